//! What of a build runs, by language: the image that it runs on, and what it takes over of the build.
//!
//! Knows only what the Dockerfile says: a program is one that `CMD` starts by its path, and that a command makes.

use super::node;
use super::two_stages::Shape;
use crate::dockerfile::shell::{self, Command};

/// The last stage of a build.
pub(super) struct Runtime {
    /// What it starts from.
    pub(super) base: String,
    /// Lines at the start of the first stage.
    pub(super) begin: Vec<String>,
    /// Lines at its end.
    pub(super) prepare: Vec<String>,
    /// Lines at the start of the last one.
    pub(super) setup: Vec<String>,
    /// What is copied, each to where it was.
    pub(super) copies: Vec<String>,
}

const STATIC: &str = "gcr.io/distroless/static-debian12";
const CERTIFICATES: &str = "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*";

/// Programs that prepare nothing for what runs later, or of which it is known what.
const BUILDERS: [&str; 30] = [
    "apk", "apt", "apt-get", "cargo", "cc", "chmod", "composer", "corepack", "dotnet", "echo", "gcc", "git",
    "go", "gradle", "gradlew", "ls", "make", "mvn", "mvnw", "npm", "npx", "pip", "pip3", "pnpm", "python",
    "rm", "rustup", "set", "strip", "yarn",
];

/// Where programs are looked for by their names.
const SEARCHED: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Packages of the system that a Go program does not need when it runs, or finds where it goes.
const OF_GO: [&str; 7] = ["build-base", "ca-certificates", "gcc", "git", "make", "musl-dev", "tzdata"];

/// The last stage; `None` where it is not known what runs.
pub(super) fn runtime(shape: &Shape<'_>) -> Option<Runtime> {
    let commands = commands(shape)?;
    match shape.view.base().name().as_str() {
        "golang" => go(shape, &commands),
        "rust" => rust(shape, &commands),
        "gcc" | "buildpack-deps" => c(shape, &commands),
        "maven" | "gradle" | "eclipse-temurin" => java(shape, &commands),
        "mcr.microsoft.com/dotnet/sdk" => dotnet(shape, &commands),
        "composer" => composer(shape, &commands),
        "node" => of_node(shape, &commands),
        "python" => python(shape, &commands),
        _ => None,
    }
}

/// All commands of the build, if they can be read, and nothing of what they make is in a mount.
fn commands(shape: &Shape<'_>) -> Option<Vec<Command>> {
    let folder = shape.folder.as_deref().unwrap_or("/");
    let mut all = Vec::new();
    for run in &shape.runs {
        let is_hidden = run.flags().any(|(name, value)| {
            let target = value.split(',').find_map(|pair| pair.strip_prefix("target="));
            name == "mount"
                && target.is_none_or(|target| !target.starts_with('/') || target.starts_with(folder))
        });
        if is_hidden {
            return None;
        }
        all.extend(shell::commands(run.body())?);
    }
    let is_known = |command: &Command| {
        let words = words(command);
        let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
        // what is made beside the sources is theirs
        let is_here = rest.iter().all(|word| !word.starts_with(['/', '$', '~']));
        let is_small = matches!(first, "mkdir" | "touch") && is_here;
        is_small
            || BUILDERS.contains(&first.rsplit('/').next().unwrap_or_default()) && command.word(0) != "sudo"
    };
    all.iter().all(is_known).then_some(all)
}

fn words(command: &Command) -> Vec<&str> {
    command.program().iter().map(|word| word.text.as_str()).collect()
}

/// Whether some command begins with these words.
fn runs(commands: &[Command], begin: &[&str]) -> bool {
    commands.iter().any(|command| words(command).starts_with(begin))
}

fn option<'c>(words: &[&'c str], names: &[&str]) -> Option<&'c str> {
    let pair = words.windows(2).find(|pair| pair.first().is_some_and(|flag| names.contains(flag)));
    pair.and_then(|pair| pair.last()).copied()
}

fn ends_in(path: &str, end: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, own)| own == end)
}

/// What a `RUN` of the system installs: programs that run may need it.
fn installs(shape: &Shape<'_>) -> Vec<String> {
    shape.view.packages().into_iter().map(str::to_owned).collect()
}

fn of(base: impl Into<String>, copies: Vec<String>) -> Runtime {
    Runtime { base: base.into(), begin: Vec::new(), prepare: Vec::new(), setup: Vec::new(), copies }
}

/// A system for programs that were linked on this one, not older than it.
fn debian(tag: &str) -> Runtime {
    let name = ["bullseye", "bookworm", "trixie"].into_iter().find(|name| tag.contains(name));
    let base = format!("debian:{}-slim", name.unwrap_or("trixie"));
    Runtime { setup: vec![CERTIFICATES.to_owned()], ..of(base, Vec::new()) }
}

/// The program that starts, if these are among the paths that a build makes.
fn started(shape: &Shape<'_>, made: &[String]) -> Option<String> {
    let first = shape.words.first()?;
    if !first.contains('/') {
        let is_found = |path: &&String| SEARCHED.iter().any(|folder| **path == format!("{folder}/{first}"));
        return made.iter().find(is_found).cloned();
    }
    shape.path(first).filter(|path| made.contains(path))
}

fn go(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let builds = commands.iter().filter(|command| words(command).starts_with(&["go", "build"]));
    let made: Vec<String> = builds.filter_map(|build| shape.path(option(&words(build), &["-o"])?)).collect();
    let program = started(shape, &made).filter(|_| !shape.has_own_user())?;
    let all: Vec<&str> = shape.view.instructions().map(|it| it.arguments.as_str()).collect();
    let is_pure = all.iter().any(|text| text.contains("CGO_ENABLED=0") || text.contains("CGO_ENABLED 0"));
    let base = shape.view.base();
    let is_alpine = base.tag().contains("alpine");
    let has_compiler =
        installs(shape).iter().any(|name| matches!(name.as_str(), "gcc" | "build-base" | "g++"));
    if !installs(shape).iter().all(|name| OF_GO.contains(&name.as_str())) {
        return None;
    }
    if is_pure || is_alpine && !has_compiler {
        return Some(of(STATIC, vec![program]));
    }
    let is_simple = !is_alpine && installs(shape).is_empty();
    is_simple.then(|| Runtime { copies: vec![program], ..debian(base.tag()) })
}

fn rust(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let first = shape.words.first()?;
    let base = shape.view.base();
    let is_odd = |word: &&str| word.starts_with("--target") || *word == "--profile";
    let mut builds = commands.iter().map(words).filter(|words| words.starts_with(&["cargo", "build"]));
    let is_release = builds.any(|words| words.contains(&"--release") && !words.iter().any(is_odd));
    let place = shape.path("target/release").map(|folder| format!("{folder}/"));
    let program = if runs(commands, &["cargo", "install"]) && !first.contains('/') {
        format!("/usr/local/cargo/bin/{first}")
    } else {
        let program = shape.path(first).filter(|_| first.contains('/'))?;
        program.strip_prefix(&*place?).filter(|rest| is_release && !rest.contains('/'))?;
        program
    };
    if shape.has_own_user() || !installs(shape).is_empty() {
        return None;
    }
    let path =
        program.starts_with("/usr/local/cargo").then(|| "ENV PATH=/usr/local/cargo/bin:$PATH".to_owned());
    if base.tag().contains("alpine") {
        // linked to nothing; but without a shell there is no search for it
        return path.is_none().then(|| of(STATIC, vec![program]));
    }
    let mut runtime = Runtime { copies: vec![program], ..debian(base.tag()) };
    runtime.setup.extend(path);
    Some(runtime)
}

fn c(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    // what C++ needs of the compiler is not in a system without it
    let sources = &shape.view.site.listing.entries;
    let is_cpp =
        sources.iter().any(|it| [".cpp", ".cc", ".cxx", ".hpp"].iter().any(|end| it.path.ends_with(end)));
    let first = shape.words.first().filter(|first| first.contains('/'))?;
    let program = shape.path(first)?;
    let makes = |command: &Command| {
        let words = words(command);
        let out = option(&words, &["-o"]).and_then(|out| shape.path(out));
        match words.first() {
            Some(&"make") => {
                words.len() == 1 && shape.folder.as_ref().is_some_and(|it| program.starts_with(&**it))
            }
            Some(&("gcc" | "cc")) => {
                out.as_ref() == Some(&program) && !words.iter().any(|word| word.starts_with("-l"))
            }
            _ => false,
        }
    };
    let is_made = commands.iter().any(makes) && !is_cpp && installs(shape).is_empty();
    let mut runtime = debian(shape.view.base().tag());
    runtime.setup.clear();
    (is_made && !shape.has_own_user()).then(|| Runtime { copies: vec![program], ..runtime })
}

fn java(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let base = shape.view.base();
    let tag = base.tag();
    let tools = ["mvn", "./mvnw", "mvnw", "gradle", "./gradlew", "gradlew"];
    let is_built = tools.iter().any(|tool| runs(commands, &[tool]));
    let words: Vec<&str> = shape.words.iter().map(String::as_str).collect();
    let jar = shape.path(option(&words, &["-jar"])?).filter(|jar| ends_in(jar, "jar"))?;
    let version = match base.name().as_str() {
        "eclipse-temurin" => tag,
        "maven" => tag.split_once("eclipse-temurin-")?.1,
        _ => tag.split_once("jdk")?.1.trim_start_matches('-'),
    };
    let number: String = version.chars().take_while(char::is_ascii_digit).collect();
    let is_simple = installs(shape).is_empty() && !number.is_empty();
    let is_java = words.first() == Some(&"java") && is_built && is_simple;
    let end = if tag.contains("alpine") { "-alpine" } else { "" };
    (is_java && !shape.has_own_user()).then(|| of(format!("eclipse-temurin:{number}-jre{end}"), vec![jar]))
}

fn dotnet(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let mut publish = commands.iter().map(words).filter(|words| words.starts_with(&["dotnet", "publish"]));
    let out = shape.path(option(&publish.next()?, &["-o", "--output"])?)?;
    let [first, dll, ..] = shape.words.as_slice() else { return None };
    let dll = shape.path(dll).filter(|dll| ends_in(dll, "dll"))?;
    let base = shape.view.base();
    let version = base.tag().split('-').next().unwrap_or_default();
    let is_simple = first == "dotnet"
        && installs(shape).is_empty()
        && version.split('.').count() == 2
        && publish.next().is_none();
    let is_there = dll.strip_prefix(&*out).is_some_and(|rest| rest.starts_with('/'));
    let tag = base.tag();
    (is_simple && is_there && !shape.has_own_user())
        .then(|| of(format!("mcr.microsoft.com/dotnet/aspnet:{tag}"), vec![out]))
}

fn composer(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let folder = shape.folder.clone()?;
    let is_php = shape.words.first().is_some_and(|first| first == "php");
    let is_simple = is_php && runs(commands, &["composer", "install"]) && installs(shape).is_empty();
    (is_simple && !shape.has_own_user()).then(|| of("php:8-cli-alpine", vec![folder]))
}

fn of_node(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let folder = shape.folder.clone()?;
    let is_global = commands
        .iter()
        .any(|command| words(command).iter().any(|word| matches!(*word, "-g" | "--global" | "global")));
    let manager = shape.runs.iter().find_map(|run| node::installs(run))?;
    let prune = format!("RUN {}", node::prune(shape.view, manager)?);
    // what corepack brings is not in the last stage
    let has_corepack = commands.iter().any(|command| command.word(0) == "corepack");
    let starts_manager = shape.words.first().is_some_and(|first| matches!(first.as_str(), "pnpm" | "yarn"));
    let is_inside = copies(shape).iter().all(|to| to == &folder || to.starts_with(&format!("{folder}/")));
    let user = shape.view.last("USER").map_or("node", |it| it.body().trim());
    let is_simple =
        installs(shape).is_empty() && !is_global && is_inside && !(has_corepack && starts_manager);
    let is_user = matches!(user, "node" | "root") || !shape.has_own_user();
    let base = shape.view.base().written.to_owned();
    (is_simple && is_user).then(|| Runtime { prepare: vec![prune], ..of(base, vec![folder]) })
}

/// Where everything is copied to.
fn copies(shape: &Shape<'_>) -> Vec<String> {
    let all = shape.view.instructions().filter(|it| it.keyword == "COPY");
    let targets = all.filter_map(|it| it.body().split_whitespace().next_back().map(str::to_owned));
    let own = |to: String| match to.as_str() {
        "." | "./" => shape.folder.clone().unwrap_or_default(),
        _ => shape.path(&to).unwrap_or_default(),
    };
    targets.map(own).collect()
}

/// Compilers that wheels are made with, and the library that stays.
const WHEELS: [(&str, &str); 10] = [
    ("build-essential", ""),
    ("gcc", ""),
    ("g++", ""),
    ("make", ""),
    ("libc6-dev", ""),
    ("python3-dev", ""),
    ("pkg-config", ""),
    ("libffi-dev", ""),
    ("libpq-dev", "libpq5"),
    ("default-libmysqlclient-dev", "libmariadb3"),
];

/// The same on Alpine.
const WHEELS_ON_ALPINE: [(&str, &str); 17] = [
    ("build-base", ""),
    ("cargo", ""),
    ("freetype-dev", "freetype"),
    ("g++", ""),
    ("gcc", ""),
    ("git", ""),
    ("jpeg-dev", "libjpeg-turbo"),
    ("libffi-dev", "libffi"),
    ("libpq-dev", "libpq"),
    ("libxml2-dev", "libxml2"),
    ("libxslt-dev", "libxslt"),
    ("linux-headers", ""),
    ("make", ""),
    ("mariadb-connector-c-dev", "mariadb-connector-c"),
    ("musl-dev", ""),
    ("openssl-dev", ""),
    ("postgresql-dev", "libpq"),
];

/// What packages for building come to when it is built; `None` where that is not known of one.
fn libraries(packages: &[String], is_alpine: bool) -> Option<Vec<&str>> {
    let table: &[(&str, &'static str)] = if is_alpine { &WHEELS_ON_ALPINE } else { &WHEELS };
    let mut libraries: Vec<&str> = Vec::new();
    for name in packages {
        let known = table.iter().find(|(package, _)| package == name).map(|(_, library)| *library);
        // what is no header is there to run
        let own = Some(name.as_str()).filter(|name| is_alpine && !name.ends_with("-dev"));
        let library = known.or(own)?;
        if !library.is_empty() && !libraries.contains(&library) {
            libraries.push(library);
        }
    }
    Some(libraries)
}

fn python(shape: &Shape<'_>, commands: &[Command]) -> Option<Runtime> {
    let folder = shape.folder.clone()?;
    let found = installs(shape);
    let is_alpine = shape.view.base().tag().contains("alpine");
    let libraries = libraries(&found, is_alpine)?;
    let is_pip = runs(commands, &["pip", "install"]) || runs(commands, &["pip3", "install"]);
    let is_inside = copies(shape).iter().all(|to| to == &folder || to.starts_with(&format!("{folder}/")));
    let elsewhere = ["--user", "--target", "-t", "--prefix", "--root"];
    let mut pips = commands.iter().filter(|command| command.word(0) != "apk").map(words);
    let is_elsewhere = pips.any(|words| words.iter().any(|word| elsewhere.contains(word)));
    let is_python = shape.words.first().is_some_and(|first| !first.contains('/')) && !is_elsewhere;
    if !(is_pip && is_inside && is_python) || found.is_empty() || shape.has_own_user() {
        return None;
    }
    let base = shape.view.base().written.to_owned();
    let list = libraries.join(" ");
    let mut setup = vec![if is_alpine {
        format!("RUN apk add --no-cache {list}")
    } else {
        format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {list} && rm -rf /var/lib/apt/lists/*"
        )
    }];
    setup.retain(|_| !libraries.is_empty());
    setup.push("ENV PATH=/venv/bin:$PATH".to_owned());
    let begin = vec!["RUN python -m venv /venv".to_owned(), "ENV PATH=/venv/bin:$PATH".to_owned()];
    Some(Runtime { begin, setup, ..of(base, vec!["/venv".to_owned(), folder]) })
}
