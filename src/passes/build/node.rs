//! What the package managers of Node do: which installs, which builds, and how each leaves out what only builds need.
//!
//! By the words of commands and the names of files; what scripts of a project do is not known.

use super::view::View;
use crate::dockerfile::read::Instruction;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    Yarn,
    Pnpm,
}

/// What puts one part of a pnpm workspace aside with what it needs.
pub(super) const DEPLOY: &str = "pnpm --filter NAME --prod deploy /out";

/// The package manager that installs what a project depends on.
pub(super) fn installs(run: &Instruction) -> Option<Manager> {
    commands(run).find_map(|words| {
        let (program, rest) = words.split_first()?;
        let verb = rest.iter().find(|word| !word.starts_with('-')).copied();
        let is_global = rest.iter().any(|word| matches!(*word, "-g" | "--global"));
        let manager = match (*program, verb) {
            ("npm", Some("ci" | "i" | "install")) => Manager::Npm,
            ("yarn", None) if !rest.contains(&"--version") => Manager::Yarn,
            ("yarn", Some("install")) => Manager::Yarn,
            ("pnpm", Some("i" | "install")) => Manager::Pnpm,
            _ => return None,
        };
        (!is_global).then_some(manager)
    })
}

/// Whether a script called `build` runs, or what such scripts mostly are.
pub(super) fn builds(run: &Instruction) -> bool {
    commands(run).any(|words| {
        let is_build = |word: &&str| *word == "build" || word.starts_with("build:");
        match words.split_first() {
            Some((&("npm" | "yarn" | "pnpm" | "turbo" | "nx" | "vite" | "ng"), rest)) => {
                rest.iter().any(is_build)
            }
            Some((&"npx", rest)) => rest.iter().any(|word| is_build(word) || *word == "tsc"),
            _ => false,
        }
    })
}

/// What leaves out what only builds need, with no blank line in it; `None` where that takes the name of a package.
pub(super) fn prune(view: &View<'_>, manager: Manager) -> Option<&'static str> {
    let has = |name: &str| view.site.listing.entries.iter().any(|entry| &*entry.path == name);
    match manager {
        Manager::Npm => Some("npm prune --omit=dev"),
        Manager::Yarn if is_berry(view) => Some("yarn workspaces focus --all --production"),
        Manager::Yarn => Some("yarn install --production --ignore-scripts --prefer-offline"),
        Manager::Pnpm if has("pnpm-workspace.yaml") => None,
        Manager::Pnpm => Some("pnpm prune --prod"),
    }
}

/// Whether yarn is of version 2 or later.
fn is_berry(view: &View<'_>) -> bool {
    let is_set_up = |path: &str| matches!(path, ".yarnrc.yml" | ".yarn/releases" | ".pnp.cjs");
    let names =
        |it: &Instruction| ["--immutable", ".yarnrc.yml"].iter().any(|word| it.arguments.contains(word));
    view.site.listing.entries.iter().any(|entry| is_set_up(&entry.path)) || view.instructions().any(names)
}

/// The words of each command, as far as they are told without reading the shell.
fn commands(run: &Instruction) -> impl Iterator<Item = Vec<&str>> {
    let parts = run.body().split([';', '|', '&', '\n']);
    parts.map(|part| part.split_whitespace().skip_while(|word| word.contains('=')).collect())
}

#[cfg(test)]
mod tests {
    use super::{Manager, builds, installs};
    use crate::dockerfile::read::read;

    #[test]
    fn what_installs_and_builds() {
        let cases = [
            ("npm ci", Some(Manager::Npm), false),
            ("corepack enable && pnpm install --frozen-lockfile", Some(Manager::Pnpm), false),
            ("corepack enable && yarn --immutable && yarn build", Some(Manager::Yarn), true),
            ("pnpm -r run build", None, true),
            ("pnpm --filter api build", None, true),
            ("NODE_ENV=x npm run build:prod", None, true),
            ("npx tsc -p .", None, true),
            ("npm install -g serve", None, false),
            ("yarn --version", None, false),
            ("echo build", None, false),
        ];
        for (script, manager, is_build) in cases {
            let text = format!("RUN {script}");
            let file = read(&text);
            let run = file.instructions().next().unwrap();
            assert_eq!((installs(run), builds(run)), (manager, is_build), "{script}");
        }
    }
}
