//! Commands that install what a program depends on, and the files that say what that is.
//!
//! A table, and what is needed to read it. Files are known by their names only.

use crate::dockerfile::shell::{self, Command};

/// A command that installs dependencies.
#[derive(Debug)]
pub(super) struct Install {
    /// The command in a few words.
    pub(super) shown: String,
    /// What to run first, once the files are there.
    pub(super) first: String,
    /// What else is to be known of that.
    pub(super) note: &'static str,
    /// Whether the whole `RUN` is nothing but this, and may stand before the source.
    pub(super) is_movable: bool,
    /// Folders that it makes where the source goes.
    pub(super) makes: &'static [&'static str],
    tool: &'static Tool,
    /// Files that the command names.
    named: Vec<String>,
}

/// A tool that installs.
#[derive(Debug)]
struct Tool {
    /// Programs, and the words one of which follows: an empty one stands for none.
    programs: &'static [&'static str],
    words: &'static [&'static str],
    /// The first of these that is there is needed.
    manifests: &'static [&'static str],
    /// Those of these that are there are needed, too.
    others: &'static [&'static str],
    /// If one of these is there, more is read than is known here.
    unless: &'static [&'static str],
    /// What to run instead, where the command itself also needs the source.
    first: &'static str,
    note: &'static str,
    makes: &'static [&'static str],
}

const NPM: &[&str] = &["package-lock.json", "npm-shrinkwrap.json", ".npmrc"];
const NODE: &[&str] = &["node_modules"];

/// All tools.
const TOOLS: [Tool; 17] = [
    tool(&["npm"], &["ci", "i", "install"], &["package.json"], NPM, NODE),
    Tool {
        unless: &[".yarn"],
        ..tool(&["yarn"], &["", "install"], &["package.json"], &["yarn.lock", ".yarnrc.yml", ".npmrc"], NODE)
    },
    Tool {
        unless: &["pnpm-workspace.yaml"],
        ..tool(&["pnpm"], &["i", "install"], &["package.json"], &["pnpm-lock.yaml", ".npmrc"], NODE)
    },
    tool(&["bun"], &["i", "install"], &["package.json"], &["bun.lock", "bun.lockb", "bunfig.toml"], NODE),
    tool(&["pip", "pip3"], &["install"], &[], &[], &[]),
    with(&["poetry"], &["install"], &["pyproject.toml"], &["poetry.lock"], "poetry install --no-root", ""),
    with(&["uv"], &["sync"], &["pyproject.toml"], &["uv.lock"], "uv sync --no-install-project", ""),
    tool(&["pipenv"], &["install", "sync"], &["Pipfile"], &["Pipfile.lock"], &[".venv"]),
    with(&["go"], &["mod", "build"], &["go.mod"], &["go.sum"], "go mod download", ""),
    with(
        &["cargo"],
        &["build"],
        &["Cargo.toml"],
        &["Cargo.lock"],
        "cargo fetch",
        "better: `RUN --mount=type=cache` for the registry and `target`",
    ),
    with(&["mvn", "mvnw", "./mvnw"], &[], &["pom.xml"], &[], "mvn -B dependency:go-offline", ""),
    with(
        &["gradle", "gradlew", "./gradlew"],
        &[],
        &["build.gradle", "build.gradle.kts"],
        &["settings.gradle", "settings.gradle.kts", "gradle.properties"],
        "gradle --no-daemon dependencies",
        "",
    ),
    with(
        &["composer"],
        &["install"],
        &["composer.json"],
        &["composer.lock"],
        "composer install --no-scripts --no-autoloader",
        "and `composer dump-autoload` at the end",
    ),
    tool(&["bundle"], &["install", ""], &["Gemfile"], &["Gemfile.lock", ".ruby-version"], &["vendor"]),
    with(
        &["dotnet"],
        &["restore", "build", "publish"],
        &["*.csproj", "*.fsproj"],
        &["nuget.config", "Directory.Packages.props"],
        "dotnet restore",
        "",
    ),
    tool(&["mix"], &["deps.get"], &["mix.exs"], &["mix.lock"], &["deps"]),
    with(&["deno"], &["install"], &["deno.json"], &["deno.lock"], "deno install", ""),
];

const fn tool(
    programs: &'static [&'static str],
    words: &'static [&'static str],
    manifests: &'static [&'static str],
    others: &'static [&'static str],
    makes: &'static [&'static str],
) -> Tool {
    Tool { programs, words, manifests, others, unless: &[], first: "", note: "", makes }
}

const fn with(
    programs: &'static [&'static str],
    words: &'static [&'static str],
    manifests: &'static [&'static str],
    others: &'static [&'static str],
    first: &'static str,
    note: &'static str,
) -> Tool {
    Tool { programs, words, manifests, others, unless: &[], first, note, makes: &[] }
}

/// The first command of a script that installs dependencies by a list of them.
pub(super) fn installs(body: &str) -> Option<Install> {
    let commands = shell::commands(body)?;
    let is_alone = commands.len() == 1;
    commands.iter().find_map(|command| install(command, is_alone, body))
}

fn install(command: &Command, is_alone: bool, body: &str) -> Option<Install> {
    let words: Vec<&str> = command.program().iter().map(|word| word.text.as_str()).collect();
    let words = match words.as_slice() {
        ["python" | "python3", "-m", rest @ ..] => rest,
        all => all,
    };
    let (program, rest) = words.split_first()?;
    let tool = TOOLS.iter().find(|tool| tool.programs.contains(program))?;
    let verb = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    if !(tool.words.is_empty() || tool.words.contains(&verb)) || verb == "mod" && !rest.contains(&"download")
    {
        return None;
    }
    let after: Vec<&str> = rest.iter().copied().skip_while(|word| *word != verb).skip(1).collect();
    let named = named(tool, &after)?;
    let is_plain = command.words.iter().all(|word| word.plain);
    let itself = tool.first.is_empty() || body.trim() == tool.first;
    let first = if itself { one(command) } else { tool.first.to_owned() };
    Some(Install {
        shown: match verb {
            "mod" => tool.first.to_owned(),
            verb => format!("{program} {verb}").trim().to_owned(),
        },
        first,
        note: tool.note,
        is_movable: is_alone && is_plain && itself,
        makes: tool.makes,
        tool,
        named,
    })
}

/// The words of a command.
fn one(command: &Command) -> String {
    command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
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
    let installs_names = tool.first.is_empty() && after.iter().any(|word| !word.starts_with('-'));
    (!installs_names).then(Vec::new)
}

impl Install {
    /// The files that it reads; `None` where they do not lie in the context, or more is read than is known.
    pub(super) fn files(&self, is_there: impl Fn(&str) -> bool, top: &[&str]) -> Option<Vec<String>> {
        let tool = self.tool;
        if tool.unless.iter().any(|path| top.contains(path)) {
            return None;
        }
        if !self.named.is_empty() {
            return self
                .named
                .iter()
                .all(|file| !file.contains('/') && is_there(file))
                .then(|| self.named.clone());
        }
        let is_of = |name: &&&str, pattern: &str| match pattern.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => **name == pattern,
        };
        let mut found =
            tool.manifests.iter().filter_map(|pattern| top.iter().find(|name| is_of(name, pattern)));
        let manifest = found.next().filter(|name| is_there(name))?;
        let others = tool.others.iter().filter(|name| is_there(name));
        Some([*manifest].into_iter().chain(others.copied()).map(str::to_owned).collect())
    }
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
            ("./mvnw -B package", "./mvnw package", "pom.xml"),
            ("gradle build", "gradle build", "build.gradle.kts"),
            ("composer install --no-dev", "composer install", "composer.json"),
            ("bundle install", "bundle install", "Gemfile Gemfile.lock"),
            ("dotnet publish -c Release", "dotnet publish", "app.csproj"),
            ("mix deps.get", "mix deps.get", "mix.exs"),
            ("pipenv install --deploy", "pipenv install", "Pipfile"),
        ];
        let top = "package.json package-lock.json yarn.lock requirements.txt dev.txt pyproject.toml go.mod go.sum Cargo.toml Cargo.lock pom.xml build.gradle.kts composer.json Gemfile Gemfile.lock app.csproj mix.exs Pipfile";
        let top: Vec<&str> = top.split(' ').collect();
        for (script, shown, files) in cases {
            let install = installs(script).unwrap();
            assert_eq!(install.shown, shown, "{script}");
            assert_eq!(install.files(|path| top.contains(&path), &top).unwrap().join(" "), files, "{script}");
            assert!(install.files(|_| false, &top).is_none(), "{script}");
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
            "bundle exec x",
            "echo npm ci",
            "if a; then npm ci; fi",
        ];
        for script in others {
            assert!(installs(script).is_none(), "{script}");
        }
        assert!(
            installs("pnpm install")
                .unwrap()
                .files(|_| true, &["package.json", "pnpm-workspace.yaml"])
                .is_none()
        );
    }
}
