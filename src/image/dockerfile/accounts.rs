//! The users and groups of an image: those of its base, and those that its Dockerfile creates.
//!
//! An id that nobody wrote down is only known where the base image leaves no doubt which one is next.

use std::collections::BTreeMap;

use super::super::{Facts, Reference};

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) home: Option<String>,
    /// Whether the home directory was made for it.
    pub(super) has_home: bool,
}

/// Somebody a directory belongs to, or whom a service runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) name: Option<String>,
    pub(super) id: Option<u32>,
}

/// The users and groups by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Option<u32>>,
    /// The id of the next user that is made without one, where that is known.
    next: Option<u32>,
}

/// Users of well-known base images: start of the name, user, uid, gid, home.
const OF_BASE: [(&str, &str, u32, u32, &str); 9] = [
    ("node", "node", 1000, 1000, "/home/node"),
    ("oven/bun", "bun", 1000, 1000, "/home/bun"),
    ("denoland/deno", "deno", 1993, 1993, "/home/deno"),
    ("gradle", "gradle", 1000, 1000, "/home/gradle"),
    ("gcr.io/distroless/", "nonroot", 65532, 65532, "/home/nonroot"),
    ("cgr.dev/chainguard/", "nonroot", 65532, 65532, "/home/nonroot"),
    ("mcr.microsoft.com/dotnet/", "app", 1654, 1654, "/home/app"),
    ("apache/airflow", "airflow", 50000, 0, "/home/airflow"),
    ("jupyter/", "jovyan", 1000, 100, "/home/jovyan"),
];

/// Base images without a user of an id from 1000 on.
const NO_USERS: [&str; 8] = ["alpine", "debian", "python", "golang", "rust", "ruby", "php", "busybox"];

impl Who {
    /// Whether two are the same, as far as is known: without an id or a name in common they may be.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        match (self.id, other.id, &self.name, &other.name) {
            (Some(one), Some(other), ..) => one == other,
            (_, _, Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// The superuser or its group.
    pub(super) fn root() -> Self {
        Self { name: Some("root".to_owned()), id: Some(0) }
    }

    pub(super) fn is_root(&self) -> bool {
        self.id == Some(0) || (self.id.is_none() && self.name.as_deref() == Some("root"))
    }
}

impl Accounts {
    /// Those of a base image; `facts` are the catalogue's.
    pub(super) fn of_base(base: &Reference, facts: Option<&Facts>) -> Self {
        let mut accounts = Self::default();
        accounts.add("root", Some(0), Some(0), "/root");
        accounts.add("nobody", Some(65534), Some(65534), "/");
        let name = base.name();
        let www_data = if base.is_alpine() { 82 } else { 33 };
        if matches!(name.as_str(), "php" | "debian" | "ubuntu" | "python" | "httpd" | "wordpress") {
            accounts.add("www-data", Some(www_data), Some(www_data), "/var/www");
        }
        for (prefix, user, uid, gid, home) in OF_BASE {
            let fits = name == prefix || (prefix.ends_with('/') && name.starts_with(prefix));
            if fits {
                accounts.add(user, Some(uid), Some(gid), home);
            }
        }
        accounts.add_known(facts);
        accounts.next = NO_USERS.contains(&name.as_str()).then_some(1000);
        accounts
    }

    fn add(&mut self, name: &str, uid: Option<u32>, gid: Option<u32>, home: &str) {
        let home = Some(home.to_owned());
        self.users.insert(name.to_owned(), User { uid, gid, home, has_home: true });
        self.groups.insert(name.to_owned(), gid);
    }

    /// The user that the catalogue knows of the base image.
    fn add_known(&mut self, facts: Option<&Facts>) {
        let known = facts.and_then(|facts| Some((facts.user_name.as_ref()?, facts.user.as_ref()?)));
        if let Some((name, user)) = known {
            self.users.insert(
                name.value.clone(),
                User { uid: Some(user.value.uid), gid: Some(user.value.gid), ..User::default() },
            );
            self.groups.entry(name.value.clone()).or_insert(Some(user.value.gid));
        }
    }

    /// Takes over those of another image, as `COPY --from=x /etc/passwd /etc/` does.
    pub(super) fn import(&mut self, other: &Self) {
        self.users.extend(other.users.clone());
        self.groups.extend(other.groups.clone());
    }

    /// The user of a name.
    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// The user and the group of `USER x`, `USER x:y`.
    pub(super) fn resolve(&self, text: &str) -> (Who, Who) {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let (who, primary) = if let Ok(uid) = user.parse::<u32>() {
            self.by_id(uid)
        } else {
            let known = self.users.get(user);
            let who = Who { name: Some(user.to_owned()), id: known.and_then(|user| user.uid) };
            (who, known.and_then(|user| user.gid))
        };
        match group {
            Some(group) => (who, self.group(group)),
            None => (who, Who { name: None, id: primary }),
        }
    }

    /// A user by number; one that has no entry gets group 0.
    fn by_id(&self, uid: u32) -> (Who, Option<u32>) {
        let found = self.users.iter().find(|(_, user)| user.uid == Some(uid));
        let name = found.map(|(name, _)| name.clone());
        let gid = found.map_or(Some(0), |(_, user)| user.gid);
        (Who { name, id: Some(uid) }, gid)
    }

    /// A group by name or number.
    pub(super) fn group(&self, text: &str) -> Who {
        match text.parse::<u32>() {
            Ok(gid) => Who { name: None, id: Some(gid) },
            Err(_) => Who { name: Some(text.to_owned()), id: self.groups.get(text).copied().flatten() },
        }
    }

    /// Carries out a command that makes or changes users and groups; the name of a user whose home it makes.
    pub(super) fn run(&mut self, words: &[String]) -> Option<String> {
        let (program, rest) = words.split_first()?;
        let program = program.rsplit('/').next().unwrap_or(program);
        let options = Options::read(program, rest)?;
        match program {
            "useradd" | "adduser" => self.add_user(program, &options),
            "groupadd" | "addgroup" => {
                self.add_group(&options);
                None
            }
            "usermod" => {
                self.change_user(&options);
                None
            }
            "groupmod" => {
                let gid = options.number("g");
                self.groups.insert(options.names.first()?.clone(), gid);
                None
            }
            _ => None,
        }
    }

    fn add_user(&mut self, program: &str, options: &Options) -> Option<String> {
        let name = options.names.first()?.clone();
        if self.users.contains_key(&name) && program == "adduser" && options.names.len() > 1 {
            return None; // puts a user into another group
        }
        let uid = options.number("u").or_else(|| self.next_id(options));
        let gid = self.primary_group(&name, uid, options);
        let by_default = program == "adduser";
        let makes_home = options.has("m") || (by_default && !options.has("H") && !options.has("M"));
        let home = options.value("d").map_or_else(|| format!("/home/{name}"), str::to_owned);
        let user = User { uid, gid, home: Some(home), has_home: makes_home };
        self.users.insert(name.clone(), user);
        makes_home.then_some(name)
    }

    /// The id that comes next; system users get what the packages have left.
    fn next_id(&mut self, options: &Options) -> Option<u32> {
        if options.has("r") || options.value("u").is_some() {
            return None;
        }
        let id = self.next?;
        let highest =
            self.users.values().filter_map(|user| user.uid).filter(|uid| (1000..60000).contains(uid));
        let id = highest.max().map_or(id, |highest| id.max(highest + 1));
        self.next = id.checked_add(1);
        Some(id)
    }

    fn primary_group(&mut self, name: &str, uid: Option<u32>, options: &Options) -> Option<u32> {
        if let Some(group) = options.value("g") {
            return self.group(group).id;
        }
        if let Some(gid) = self.groups.get(name).copied() {
            return gid;
        }
        let gid = uid.filter(|_| !options.has("r") && !self.groups.values().any(|gid| *gid == uid));
        self.groups.insert(name.to_owned(), gid);
        gid
    }

    fn add_group(&mut self, options: &Options) {
        if let [name] = options.names.as_slice() {
            self.groups.insert(name.clone(), options.number("g"));
        }
    }

    fn change_user(&mut self, options: &Options) {
        let Some(name) = options.names.first() else { return };
        let gid = options.value("g").map(|group| self.group(group).id);
        let mut user = self.users.remove(name).unwrap_or_default();
        if options.value("u").is_some() {
            user.uid = options.number("u");
        }
        if let Some(gid) = gid {
            user.gid = gid;
        }
        if let Some(home) = options.value("d") {
            user.home = Some(home.to_owned());
        }
        let name = options.value("l").unwrap_or(name);
        self.users.insert(name.to_owned(), user);
    }
}

/// The options of such a command, under the letters of `useradd` and `groupadd`.
struct Options {
    given: Vec<(&'static str, Option<String>)>,
    names: Vec<String>,
}

/// What an option of `useradd`, `usermod`, `groupadd`, `groupmod` means: spellings, letter, whether it has a value.
const SHADOW: [(&[&str], &str, bool); 14] = [
    (&["-u", "--uid"], "u", true),
    (&["-g", "--gid"], "g", true),
    (&["-d", "--home", "--home-dir"], "d", true),
    (&["-m", "--create-home"], "m", false),
    (&["-M", "--no-create-home"], "H", false),
    (&["-r", "--system"], "r", false),
    (&["-l", "--login"], "l", true),
    (&["-s", "--shell"], "", true),
    (&["-G", "--groups"], "", true),
    (&["-c", "--comment"], "", true),
    (&["-p", "--password"], "", true),
    (&["-K", "--key"], "", true),
    (&["-e", "--expiredate"], "", true),
    (&["-b", "--base-dir"], "", true),
];

/// The same of `adduser` and `addgroup`, of `BusyBox` and of Debian.
const BUSYBOX: [(&[&str], &str, bool); 12] = [
    (&["-u", "--uid"], "u", true),
    (&["-G", "--ingroup", "--gid"], "g", true),
    (&["-h", "--home"], "d", true),
    (&["-H", "--no-create-home"], "H", false),
    (&["-S", "--system"], "r", false),
    (&["-D", "--disabled-password"], "", false),
    (&["-s", "--shell"], "", true),
    (&["-g", "--gecos", "--comment"], "", true),
    (&["-k"], "", true),
    (&["--firstuid", "--lastuid", "--conf"], "", true),
    (&["--group"], "", false),
    (&["--disabled-login"], "", false),
];

impl Options {
    fn read(program: &str, words: &[String]) -> Option<Self> {
        let known: &[(&[&str], &str, bool)] = match program {
            "useradd" | "usermod" | "groupadd" | "groupmod" => &SHADOW,
            "adduser" | "addgroup" => &BUSYBOX,
            _ => return None,
        };
        let mut options = Self { given: Vec::new(), names: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            options.take(program, word, &mut words, known);
        }
        Some(options)
    }

    fn take<'a>(
        &mut self,
        program: &str,
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
        known: &[(&[&str], &'static str, bool)],
    ) {
        let (bare, glued) =
            word.split_once('=').map_or((word, None), |(bare, value)| (bare, Some(value.to_owned())));
        if !bare.starts_with('-') {
            self.names.push(word.to_owned());
        } else if bare.starts_with("--") {
            let found = known.iter().find(|(spellings, ..)| spellings.contains(&bare));
            if let Some((_, letter, has_value)) = found {
                let value = if *has_value { glued.or_else(|| rest.next().cloned()) } else { None };
                self.given.push((letter, value));
            }
        } else {
            self.letters(program, bare, rest, known);
        }
    }

    /// `-mu 1000`, `-u1000`: letters in one word, of which the last may have a value.
    fn letters<'a>(
        &mut self,
        program: &str,
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
        known: &[(&[&str], &'static str, bool)],
    ) {
        let mut letters = word.trim_start_matches('-').chars();
        while let Some(letter) = letters.next() {
            let spelling = format!("-{letter}");
            let found = known.iter().find(|(spellings, ..)| spellings.contains(&spelling.as_str()));
            let meaning = match found {
                // of a group, `-g` is the id, also with BusyBox
                _ if program == "addgroup" && letter == 'g' => Some(("g", true)),
                // of a login, not of a group
                _ if program != "usermod" && letter == 'l' => None,
                Some((_, meaning, has_value)) => Some((*meaning, *has_value)),
                None => None,
            };
            match meaning {
                Some((meaning, true)) => {
                    let glued = letters.as_str();
                    let value = if glued.is_empty() { rest.next().cloned() } else { Some(glued.to_owned()) };
                    self.given.push((meaning, value));
                    return;
                }
                Some((meaning, false)) => self.given.push((meaning, None)),
                None => {}
            }
        }
    }

    fn has(&self, letter: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == letter)
    }

    fn value(&self, letter: &str) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == letter)?.1.as_deref()
    }

    fn number(&self, letter: &str) -> Option<u32> {
        self.value(letter)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Accounts, Who};
    use crate::image::Reference;

    fn accounts(base: &str, commands: &[&str]) -> Accounts {
        let mut accounts = Accounts::of_base(&Reference::parse(base).unwrap(), None);
        for command in commands {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            accounts.run(&words);
        }
        accounts
    }

    fn resolved(base: &str, commands: &[&str], user: &str) -> String {
        let (user, group) = accounts(base, commands).resolve(user);
        let show = |who: Who| who.id.map_or("?".to_owned(), |id| id.to_string());
        format!("{}:{}", show(user), show(group))
    }

    #[test]
    fn users_by_every_command() {
        let cases: [(&str, &[&str], &str, &str); 21] = [
            ("x/y", &["groupadd -g 1000 node", "useradd -u 1000 -g node -m node"], "1000", "1000:1000"),
            ("x/y", &["useradd -mu 5 app"], "app", "5:5"),
            ("x/y", &["useradd --uid=5 --gid 6 --create-home app"], "app", "5:6"),
            ("x/y", &["useradd -r -s /bin/false app"], "app", "?:?"),
            ("debian", &["useradd -m app"], "app", "1000:1000"),
            ("debian", &["useradd app", "useradd -m two"], "two", "1001:1001"),
            ("debian", &["useradd -r app"], "app", "?:?"),
            ("x/y", &["useradd app"], "app", "?:?"),
            ("alpine", &["adduser -D app"], "app", "1000:1000"),
            ("alpine", &["addgroup -g 7 g", "adduser -D -H -u 5 -G g -g note app"], "app", "5:7"),
            ("alpine", &["addgroup -S g", "adduser -S -G g app"], "app", "?:?"),
            (
                "alpine",
                &["addgroup -S -g 9 g", "adduser -S -u9 -G g app", "addgroup app video"],
                "app",
                "9:9",
            ),
            ("debian", &["adduser --disabled-password --gecos x --uid 5 app"], "app", "5:5"),
            ("debian", &["adduser --system --uid 5 --gid 6 app"], "app", "5:6"),
            ("x/y", &["useradd -u 5 app", "usermod -u 8 -g 9 app"], "app", "8:9"),
            ("x/y", &["useradd -u 5 app", "usermod -l b app"], "b", "5:5"),
            ("node:22", &[], "node", "1000:1000"),
            ("php:8-fpm-alpine", &[], "www-data", "82:82"),
            ("x/y", &[], "nobody", "65534:65534"),
            ("x/y", &[], "1234", "1234:0"),
            ("x/y", &["groupadd -g 4 g"], "1234:g", "1234:4"),
        ];
        for (base, commands, user, expected) in cases {
            assert_eq!(resolved(base, commands, user), expected, "{base} {commands:?}");
        }
        assert_eq!(resolved("x/y", &[], "app"), "?:?");
    }

    #[test]
    fn homes() {
        let home = |base, command| {
            let accounts = accounts(base, &[command]);
            let user = accounts.user("app").unwrap().clone();
            (user.home.unwrap(), user.has_home)
        };
        assert_eq!(home("debian", "useradd -m app"), ("/home/app".to_owned(), true));
        assert_eq!(home("debian", "useradd app"), ("/home/app".to_owned(), false));
        assert_eq!(home("alpine", "adduser -D -h /app app"), ("/app".to_owned(), true));
        assert_eq!(home("alpine", "adduser -S -H app"), ("/home/app".to_owned(), false));
    }

    #[test]
    fn who_may_be_whom() {
        let who = |name: Option<&str>, id| Who { name: name.map(str::to_owned), id };
        assert!(who(Some("a"), Some(5)).may_be(&who(Some("b"), Some(5))));
        assert!(!who(Some("a"), None).may_be(&who(Some("b"), None)));
        assert!(who(Some("a"), None).may_be(&who(None, Some(5))), "not known: it may");
        assert!(who(None, Some(0)).is_root() && !who(Some("a"), None).is_root());
    }
}
