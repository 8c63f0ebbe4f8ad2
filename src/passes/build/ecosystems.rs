//! Commands that install what a program depends on, and the files that say what that is.
//!
//! A table, and what is needed to read it. Files are known by their names only.

use crate::dockerfile::shell::{self, Command};

/// A command that installs dependencies.
#[derive(Debug)]
pub(super) struct Install {
    /// The command in a few words.
    pub(super) shown: String,
    /// The folder that it changes into first, if it does.
    pub(super) folder: Option<String>,
    /// Which of the commands of its `RUN` it is.
    pub(super) at: usize,
    /// Whether the shell does nothing with its words but take away the quotes.
    pub(super) is_plain: bool,
    /// Folders that it makes where the source goes.
    pub(super) makes: &'static [&'static str],
    /// Whether what to run first is all of it.
    is_all: bool,
    tool: &'static Tool,
    /// What to run first, once the files are there.
    first: String,
    /// What the script does before, as far as it belongs to that.
    before: String,
    /// Files that the command names.
    named: Vec<String>,
}

/// What an install reads of the context, and what it comes to once that is there.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Files, from the folder that it runs in.
    pub(super) files: Vec<String>,
    /// Folders, likewise.
    pub(super) folders: Vec<String>,
    /// The file that each part of a workspace has, where there are parts.
    pub(super) of_parts: Option<&'static str>,
    /// What to run.
    pub(super) first: String,
    /// Whether that is the command itself, of which nothing is left for later.
    pub(super) is_all: bool,
    /// What else is to be known of that.
    pub(super) note: &'static str,
}

/// A tool that installs.
#[derive(Clone, Copy, Debug)]
struct Tool {
    /// Programs, and the words one of which follows: an empty one stands for none.
    programs: &'static [&'static str],
    words: &'static [&'static str],
    /// The first of these that is there is needed.
    manifests: &'static [&'static str],
    /// Those of these that are there are needed, too.
    others: &'static [&'static str],
    /// So are these folders.
    folders: &'static [&'static str],
    /// Whether a manifest further below is a part of the same.
    has_parts: bool,
    /// What to run instead, where the command itself also needs the source.
    first: First,
    note: &'static str,
    makes: &'static [&'static str],
}

/// What installs without the source.
#[derive(Clone, Copy, Debug)]
enum First {
    /// The command itself.
    Itself,
    /// The command with these words more.
    With(&'static str),
    /// Another one.
    Other(&'static str),
}

const NPM: &[&str] = &["package-lock.json", "npm-shrinkwrap.json", ".npmrc"];
const NODE: &[&str] = &["node_modules"];
const GRADLE: &[&str] = &["build.gradle", "build.gradle.kts"];
/// Where its wrapper, its catalogue of versions and plugins of the project are.
const GRADLE_FOLDERS: &[&str] = &["gradle", "buildSrc", "build-logic"];

/// The file of a pnpm workspace, for which the lock file is enough.
const PNPM_WORKSPACE: &str = "pnpm-workspace.yaml";

/// All tools.
const TOOLS: [Tool; 19] = [
    parts(node(&["npm"], &["ci", "i", "install"], NPM)),
    Tool {
        folders: &[".yarn", "patches", "prisma"],
        ..parts(node(&["yarn"], &["", "install"], &["yarn.lock", ".yarnrc.yml", ".npmrc"]))
    },
    parts(node(&["pnpm"], &["i", "install", "fetch"], &["pnpm-lock.yaml", ".npmrc"])),
    parts(node(&["bun"], &["i", "install"], &["bun.lock", "bun.lockb", "bunfig.toml"])),
    tool(&["pip", "pip3"], &["install"], &[], &[]),
    with(&["poetry"], &["install"], &["pyproject.toml"], &["poetry.lock"], First::With("--no-root")),
    parts(with(&["uv"], &["sync"], &["pyproject.toml"], &["uv.lock"], First::With("--no-install-project"))),
    Tool { makes: &[".venv"], ..tool(&["pipenv"], &["install", "sync"], &["Pipfile"], &["Pipfile.lock"]) },
    with(&["go"], &["mod", "build"], &["go.mod"], &["go.sum"], First::Other("go mod download")),
    Tool {
        note: "better: `RUN --mount=type=cache` for the registry and `target`",
        ..parts(with(
            &["cargo"],
            &["build", "install", "chef", "fetch"],
            &["Cargo.toml"],
            &["Cargo.lock"],
            // without any target it refuses the manifest
            First::Other("mkdir -p src && touch src/main.rs && cargo fetch"),
        ))
    },
    Tool {
        folders: &[".mvn"],
        ..parts(with(&["mvn"], &[], &["pom.xml"], &[], First::Other("mvn -B dependency:go-offline")))
    },
    Tool {
        folders: &[".mvn"],
        ..parts(with(
            &["mvnw", "./mvnw"],
            &[],
            &["pom.xml"],
            &["mvnw"],
            First::Other("./mvnw -B dependency:go-offline"),
        ))
    },
    Tool {
        folders: GRADLE_FOLDERS,
        ..parts(with(
            &["gradle"],
            &[],
            GRADLE,
            &["settings.gradle", "settings.gradle.kts", "gradle.properties"],
            First::Other("gradle --no-daemon dependencies"),
        ))
    },
    Tool {
        folders: GRADLE_FOLDERS,
        ..parts(with(
            &["gradlew", "./gradlew"],
            &[],
            GRADLE,
            &["settings.gradle", "settings.gradle.kts", "gradle.properties", "gradlew"],
            First::Other("./gradlew --no-daemon dependencies"),
        ))
    },
    Tool {
        note: "and `composer dump-autoload` at the end",
        ..with(
            &["composer"],
            &["install"],
            &["composer.json"],
            &["composer.lock"],
            First::With("--no-scripts --no-autoloader"),
        )
    },
    Tool {
        makes: &["vendor"],
        ..tool(&["bundle"], &["install", ""], &["Gemfile"], &["Gemfile.lock", ".ruby-version"])
    },
    parts(with(
        &["dotnet"],
        &["restore", "build", "publish"],
        &["*.csproj", "*.fsproj", "*.sln", "*.slnx"],
        &[
            "nuget.config",
            "NuGet.config",
            "NuGet.Config",
            "Directory.Packages.props",
            "Directory.Build.props",
            "Directory.Build.targets",
            "global.json",
            "packages.lock.json",
        ],
        First::Other("dotnet restore"),
    )),
    Tool { makes: &["deps"], has_parts: true, ..tool(&["mix"], &["deps.get"], &["mix.exs"], &["mix.lock"]) },
    with(&["deno"], &["install"], &["deno.json"], &["deno.lock"], First::Other("deno install")),
];

const fn tool(
    programs: &'static [&'static str],
    words: &'static [&'static str],
    manifests: &'static [&'static str],
    others: &'static [&'static str],
) -> Tool {
    let (folders, makes): (&[&str], &[&str]) = (&[], &[]);
    Tool {
        programs,
        words,
        manifests,
        others,
        folders,
        has_parts: false,
        first: First::Itself,
        note: "",
        makes,
    }
}

const fn node(
    programs: &'static [&'static str],
    words: &'static [&'static str],
    others: &'static [&'static str],
) -> Tool {
    // what is patched or generated when it is installed
    let folders = &["patches", "prisma"];
    Tool { makes: NODE, folders, ..tool(programs, words, &["package.json"], others) }
}

const fn with(
    programs: &'static [&'static str],
    words: &'static [&'static str],
    manifests: &'static [&'static str],
    others: &'static [&'static str],
    first: First,
) -> Tool {
    Tool { first, ..tool(programs, words, manifests, others) }
}

const fn parts(tool: Tool) -> Tool {
    Tool { has_parts: true, ..tool }
}

/// The first command of a script that installs dependencies by a list of them.
pub(super) fn installs(body: &str) -> Option<Install> {
    let commands = shell::commands(body)?;
    commands.iter().enumerate().find_map(|(at, command)| {
        let before = commands.get(..at)?;
        let mut install = install(command)?;
        install.at = at;
        let start = command.words.first()?.range.start;
        body.get(..start)?.trim_start().clone_into(&mut install.before);
        let entered = before.iter().rev().find(|command| command.word(0) == "cd");
        install.folder = entered.map(|command| command.word(1).to_owned());
        Some(install)
    })
}

fn install(command: &Command) -> Option<Install> {
    let words: Vec<&str> = command.program().iter().map(|word| word.text.as_str()).collect();
    let words = match words.as_slice() {
        ["python" | "python3", "-m", rest @ ..] => rest,
        all => all,
    };
    let (program, rest) = words.split_first()?;
    let tool = TOOLS.iter().find(|tool| tool.programs.contains(program))?;
    let verb = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    let is_of = tool.words.is_empty() || tool.words.contains(&verb);
    if !is_of || is_elsewhere(program, verb, rest) {
        return None;
    }
    let after: Vec<&str> = rest.iter().copied().skip_while(|word| *word != verb).skip(1).collect();
    let named = named(tool, &after)?;
    let first = first(tool, command);
    Some(Install {
        shown: shown(tool, program, verb, rest),
        folder: None,
        at: 0,
        is_plain: command.words.iter().all(|word| word.plain),
        makes: tool.makes,
        is_all: first == itself(command),
        tool,
        first,
        before: String::new(),
        named,
    })
}

/// Whether a command is about something else than the dependencies of what lies where it runs.
fn is_elsewhere(program: &str, verb: &str, rest: &[&str]) -> bool {
    match (program, verb) {
        ("go", "mod") => !rest.contains(&"download"),
        ("cargo", "install") => !rest.contains(&"--path"),
        ("cargo", "chef") => !rest.contains(&"cook"),
        _ => rest.iter().any(|word| matches!(*word, "-f" | "--file" | "--project-dir" | "--manifest-path")),
    }
}

/// The command in a few words: what a build tool is to do is all of them.
fn shown(tool: &Tool, program: &str, verb: &str, rest: &[&str]) -> String {
    let goals: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with('-')).collect();
    match tool.first {
        First::Other(other) if verb == "mod" => other.to_owned(),
        _ if tool.words.is_empty() => format!("{program} {}", goals.join(" ")).trim().to_owned(),
        _ => format!("{program} {verb}").trim().to_owned(),
    }
}

/// The words of a command.
fn itself(command: &Command) -> String {
    command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn first(tool: &Tool, command: &Command) -> String {
    let itself = itself(command);
    match tool.first {
        First::Other(other) => other.to_owned(),
        First::With(words) if !itself.contains(words) => format!("{itself} {words}"),
        First::With(_) | First::Itself => itself,
    }
}

/// The files that a command names; `None` where it installs something by its name.
fn named(tool: &Tool, after: &[&str]) -> Option<Vec<String>> {
    if tool.programs.contains(&"pip") {
        let pairs = after.iter().zip(after.iter().skip(1));
        let files = pairs.filter(|(flag, _)| matches!(**flag, "-r" | "--requirement"));
        let files: Vec<String> = files.map(|(_, file)| file.trim_start_matches("./").to_owned()).collect();
        let is_bare =
            |word: &&&str| !word.starts_with('-') && !files.iter().any(|file| word.ends_with(file.as_str()));
        return (!files.is_empty() && after.iter().find(is_bare).is_none()).then_some(files);
    }
    let is_itself = matches!(tool.first, First::Itself);
    let installs_names = is_itself && after.iter().any(|word| !word.starts_with('-'));
    (!installs_names).then(Vec::new)
}

impl Install {
    /// What it reads of what is sent of the folder that it runs in; `None` where what it must have does not lie there.
    pub(super) fn needs(&self, sent: &[&str]) -> Option<Needs> {
        let (tool, is_there) = (self.tool, |path: &str| sent.contains(&path));
        let first = format!("{}{}", self.before, self.first);
        if !self.named.is_empty() {
            return self.needs_named(sent, first);
        }
        let manifest = tool.manifests.iter().find_map(|manifest| {
            sent.iter().find(|path| !path.contains('/') && is_of(path, manifest)).map(|path| (manifest, path))
        });
        let (manifest, own) = manifest?;
        if tool.programs.contains(&"pnpm") && is_there(PNPM_WORKSPACE) {
            let files =
                // `package.json` names the pnpm that corepack starts
                ["package.json", "pnpm-lock.yaml", PNPM_WORKSPACE, ".npmrc"].into_iter().filter(|path| is_there(path));
            return is_there("pnpm-lock.yaml").then(|| Needs {
                files: files.map(str::to_owned).collect(),
                first: format!("{}pnpm fetch", self.before),
                is_all: self.is_all && self.first == "pnpm fetch",
                note: "and `--offline` where it installs now",
                ..Needs::default()
            });
        }
        let others = tool.others.iter().copied().filter(|path| is_there(path));
        let folders = tool.folders.iter().copied().filter(|path| is_there(path));
        let is_part = |path: &&&str| tool.manifests.iter().any(|manifest| is_part(path, manifest));
        let of_parts = sent.iter().find(is_part).filter(|_| tool.has_parts).map(|_| *manifest);
        Some(Needs {
            files: std::iter::once(*own).chain(others).map(str::to_owned).collect(),
            folders: folders.map(str::to_owned).collect(),
            of_parts,
            first,
            is_all: self.is_all,
            note: tool.note,
        })
    }

    /// The files that the command names; lists in a folder of nothing else may include each other.
    fn needs_named(&self, sent: &[&str], first: String) -> Option<Needs> {
        let mut needs = Needs { first, is_all: true, ..Needs::default() };
        for file in &self.named {
            sent.contains(&file.as_str()).then_some(())?;
            match file.rsplit_once('/') {
                Some((folder, _)) if has_only_lists(sent, folder) => needs.folders.push(folder.to_owned()),
                _ => needs.files.push(file.clone()),
            }
        }
        needs.folders.dedup();
        Some(needs)
    }
}

/// Whether everything in a folder is a list of packages.
fn has_only_lists(sent: &[&str], folder: &str) -> bool {
    let mut inside = sent.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
    let extension = |path: &str| path.rsplit_once('.').map(|(_, end)| matches!(end, "txt" | "in"));
    inside.all(|path| extension(path) == Some(true))
}

/// Whether a path is that of a manifest: a name, or what a name ends with.
fn is_of(path: &str, manifest: &str) -> bool {
    match manifest.strip_prefix('*') {
        Some(end) => path.ends_with(end),
        None => path == manifest,
    }
}

/// Whether a path is that of the manifest of a part: in a folder, and not in one that tools fill.
fn is_part(path: &str, manifest: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let is_made =
        |name: &str| matches!(name, "node_modules" | "vendor" | "target" | "build" | "dist" | "deps");
    is_of(name, manifest) && !folder.split('/').any(is_made)
}

#[cfg(test)]
mod tests {
    use super::installs;

    #[test]
    fn what_installs_and_from_what() {
        let cases = [
            ("npm ci", "npm ci", "package.json package-lock.json"),
            ("npm ci --omit=dev && npm run build", "npm ci", "package.json package-lock.json"),
            ("yarn --frozen-lockfile", "yarn", "package.json yarn.lock"),
            ("python -m pip install --no-cache-dir -r requirements.txt", "pip install", "requirements.txt"),
            ("pip install -r ./requirements.txt -r dev.txt", "pip install", "requirements.txt dev.txt"),
            ("poetry install", "poetry install", "pyproject.toml"),
            ("uv sync --frozen", "uv sync", "pyproject.toml"),
            ("CGO_ENABLED=0 go build -o /app .", "go build", "go.mod go.sum"),
            ("go mod download && go build", "go mod download", "go.mod go.sum"),
            ("cargo build --release", "cargo build", "Cargo.toml Cargo.lock"),
            ("./mvnw -B clean package", "./mvnw clean package", "pom.xml mvnw"),
            ("gradle build", "gradle build", "build.gradle.kts"),
            ("composer install --no-dev", "composer install", "composer.json"),
            ("bundle install", "bundle install", "Gemfile Gemfile.lock"),
            ("dotnet publish -c Release", "dotnet publish", "app.csproj"),
            ("mix deps.get", "mix deps.get", "mix.exs"),
            ("pipenv install --deploy", "pipenv install", "Pipfile"),
        ];
        let top = "package.json mvnw package-lock.json yarn.lock requirements.txt dev.txt pyproject.toml go.mod go.sum Cargo.toml Cargo.lock pom.xml build.gradle.kts composer.json Gemfile Gemfile.lock app.csproj mix.exs Pipfile";
        let top: Vec<&str> = top.split(' ').collect();
        for (script, shown, files) in cases {
            let install = installs(script).unwrap();
            assert_eq!(install.shown, shown, "{script}");
            assert_eq!(install.needs(&top).unwrap().files.join(" "), files, "{script}");
            assert!(install.needs(&[]).is_none(), "{script}");
        }
    }

    #[test]
    fn what_installs_something_else() {
        let others = [
            "npm run build",
            "npm install -g x",
            "pip install flask",
            "pip install .",
            "yarn build",
            "go vet",
            "cargo install x",
            "cargo chef prepare",
            "mvn -f api/pom.xml package",
            "bundle exec x",
            "echo npm ci",
            "if a; then npm ci; fi",
        ];
        for script in others {
            assert!(installs(script).is_none(), "{script}");
        }
        let workspace = ["package.json", "pnpm-workspace.yaml"];
        assert!(installs("pnpm install").unwrap().needs(&workspace).is_none());
    }

    #[test]
    fn what_to_run_first() {
        let cases = [
            ("poetry install --no-dev", "pyproject.toml", "poetry install --no-dev --no-root"),
            (
                "poetry config a b && poetry install",
                "pyproject.toml",
                "poetry config a b && poetry install --no-root",
            ),
            ("uv sync --no-install-project", "pyproject.toml", "uv sync --no-install-project"),
            ("cd web && npm ci && npm run build", "package.json", "cd web && npm ci"),
            ("pnpm i", "package.json pnpm-lock.yaml pnpm-workspace.yaml a/package.json", "pnpm fetch"),
            ("./gradlew build", "gradlew gradle build.gradle", "./gradlew --no-daemon dependencies"),
            ("cargo install --path .", "Cargo.toml", "mkdir -p src && touch src/main.rs && cargo fetch"),
        ];
        for (script, sent, first) in cases {
            let install = installs(script).unwrap();
            let needs = install.needs(&sent.split(' ').collect::<Vec<_>>()).unwrap();
            assert_eq!(needs.first, first, "{script}");
            assert_eq!(install.folder.as_deref(), script.starts_with("cd").then_some("web"), "{script}");
        }
    }

    #[test]
    fn parts_and_folders() {
        let needs = |script: &str, sent: &str| {
            let needs = installs(script).unwrap().needs(&sent.split(' ').collect::<Vec<_>>()).unwrap();
            (needs.files.join(" "), needs.folders.join(" "), needs.of_parts.is_some())
        };
        let of = |files: &str, folders: &str, parts: bool| (files.to_owned(), folders.to_owned(), parts);
        let cases = [
            ("npm ci", "package.json a/package.json", of("package.json", "", true)),
            ("npm ci", "package.json node_modules/a/package.json", of("package.json", "", false)),
            ("yarn", "package.json .yarn .yarn/a.cjs", of("package.json", ".yarn", false)),
            ("pip install -r r/a.txt", "r r/a.txt r/b.txt", of("", "r", false)),
            ("pip install -r r/a.txt", "r r/a.txt r/b.py", of("r/a.txt", "", false)),
            ("dotnet build", "x.sln a/a.csproj", of("x.sln", "", true)),
            ("go build", "go.mod a/go.mod", of("go.mod", "", false)),
        ];
        for (script, sent, expected) in cases {
            assert_eq!(needs(script, sent), expected, "{script}: {sent}");
        }
    }
}
