//! A site that Node builds, and then a program of Node only hands out: nginx does that without Node.
//!
//! By what starts, and where it says that the files are; what a project calls `preview` is known for Vite and Astro alone.

use super::hidden::resolved;
use super::node;
use super::two_stages::Parts;
use super::view::View;
use crate::dockerfile::read::Instruction;
use crate::dockerfile::{referee, shell};
use crate::plan::{Finding, Proposal, Severity, Verdict};

/// What hands files out, as a user that is not root.
const NGINX: &str = "nginxinc/nginx-unprivileged:1.29-alpine";
const ROOT: &str = "/usr/share/nginx/html";

/// One page for every path, as such sites need it.
const ONE_PAGE: &str = "COPY <<'EOF' /etc/nginx/conf.d/default.conf
server {
    listen 8080;
    root /usr/share/nginx/html;
    location / {
        try_files $uri $uri/ /index.html;
    }
}
EOF
";

/// What may be in a Dockerfile that is shown with two stages.
const KNOWN: [&str; 11] =
    ["ARG", "CMD", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "MAINTAINER", "RUN", "USER", "WORKDIR"];

/// Files that a program hands out.
#[derive(Debug, PartialEq, Eq)]
struct Served {
    folder: String,
    port: u16,
    is_one_page: bool,
}

/// What is found where the image does nothing else.
pub(super) fn find(view: &View<'_>) -> Option<Verdict> {
    let is_node = view.last("ENTRYPOINT").is_none() && view.base().name() == "node";
    let cmd = view.last("CMD").filter(|_| is_node)?;
    let build = view.instructions().find(|it| it.keyword == "RUN" && node::builds(it))?;
    let words = words(cmd)?;
    let served = served(&words.iter().map(String::as_str).collect::<Vec<_>>(), &sent(view))?;
    let mut folder = None;
    for it in view.instructions().filter(|it| it.keyword == "WORKDIR") {
        folder = Some(resolved(it.body().trim(), folder.as_deref())?);
    }
    let path = resolved(&served.folder, folder.as_deref())?;
    let proposal = propose(view, &served, &path).map(Box::new);
    let port = format!("it listens on port 8080, and not on {}", served.port);
    let help = if proposal.is_some() {
        format!("let nginx hand them out, as in this diff: {port}")
    } else {
        let from = format!("build in `FROM {} AS build`", view.base().written);
        format!("{from}, then `FROM {NGINX}` and `COPY --from=build {path} {ROOT}`: {port}")
    };
    Some(Verdict::Advise(Finding {
        severity: Severity::Low,
        message: "the image keeps Node and all that builds the site, only to hand out its files".into(),
        help: help.into(),
        place: Some(view.place(build)),
        fix: Vec::new(),
        proposal,
    }))
}

fn words(cmd: &Instruction) -> Option<Vec<String>> {
    cmd.exec().or_else(|| {
        let commands = shell::commands(cmd.body())?;
        let [command] = commands.as_slice() else { return None };
        Some(command.program().iter().map(|word| word.text.clone()).collect())
    })
}

/// The names of what lies at the top of the context.
fn sent<'v>(view: &View<'v>) -> Vec<&'v str> {
    view.site.listing.entries.iter().map(|entry| &*entry.path).filter(|path| !path.contains('/')).collect()
}

/// The words behind a program.
struct Options<'w>(&'w [&'w str]);

impl Options<'_> {
    fn port(&self, usual: u16) -> Option<u16> {
        let is_port = |flag: &&str| matches!(*flag, "-l" | "-p" | "--listen" | "--port");
        let pair = self.0.windows(2).find(|pair| pair.first().is_some_and(is_port));
        let value = pair.and_then(|pair| pair.last()?.rsplit(':').next());
        value.map_or(Some(usual), |value| value.parse().ok())
    }

    /// The first word that is neither a flag nor the value of one.
    fn folder(&self) -> Option<String> {
        let mut is_value = false;
        let plain = self.0.iter().find(|word| {
            let is_plain = !is_value && !word.starts_with('-');
            is_value = matches!(**word, "-l" | "-p" | "--listen" | "--port" | "-a" | "-c" | "--config");
            is_plain
        });
        plain.map(|word| (*word).to_owned())
    }
}

/// What a command hands out; `None` where it does something else, or does not say where the files are.
fn served(words: &[&str], sent: &[&str]) -> Option<Served> {
    let has = |start: &str| sent.iter().any(|name| name.starts_with(start));
    let words = match words {
        ["npx", rest @ ..] | ["pnpm" | "yarn" | "npm", "exec" | "dlx", rest @ ..] => rest,
        all => all,
    };
    let start = words.iter().position(|word| !word.starts_with('-'))?;
    let (program, rest) = words.get(start..)?.split_first()?;
    let options = Options(rest);
    let dist = |port, is_one_page| {
        Some(Served { folder: "dist".to_owned(), port: options.port(port)?, is_one_page })
    };
    // what Svelte makes depends on more than Vite
    let has_vite = has("vite.config.") && !has("svelte.config.");
    match (program.rsplit('/').next()?, rest) {
        ("serve", _) => {
            let is_one_page = rest.iter().any(|word| matches!(*word, "-s" | "--single"));
            Some(Served { folder: options.folder()?, port: options.port(3000)?, is_one_page })
        }
        ("http-server", _) => {
            Some(Served { folder: options.folder()?, port: options.port(8080)?, is_one_page: false })
        }
        ("npm" | "pnpm" | "yarn", ["run", "preview", ..] | ["preview", ..]) if has("astro.config.") => {
            dist(4321, false)
        }
        ("vite", ["preview", ..]) | ("npm" | "pnpm" | "yarn", ["run", "preview", ..] | ["preview", ..])
            if has_vite =>
        {
            dist(4173, true)
        }
        _ => None,
    }
}

/// The Dockerfile with two stages, where nothing is in it that is not understood.
fn propose(view: &View<'_>, served: &Served, path: &str) -> Option<Proposal> {
    let file = view.site.dockerfile.as_ref()?;
    let stage = view.last_stage().filter(|_| view.stages.len() == 1)?;
    let is_known = |it: &Instruction| KNOWN.contains(&it.keyword.as_str()) && it.heredocs.is_empty();
    if !view.file.instructions().all(is_known) || view.base().tag().is_empty() {
        return None;
    }
    let building = Parts::of(view.file, stage.name, &[]).building;
    let mut text: String = building.split_inclusive('\n').filter(|line| !installs_server(line)).collect();
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    let page = if served.is_one_page { ONE_PAGE } else { "" };
    let from = stage.name.unwrap_or("build");
    text = format!("{text}FROM {NGINX}\n{page}COPY --from={from} {path} {ROOT}\nEXPOSE 8080\n");
    let is_crlf = view.file.slice(0..view.file.pieces.last()?.range.end).contains("\r\n");
    let text = text.replace("\r\n", "\n");
    let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
    let said = referee::read(&text)?;
    let stages = said.iter().filter(|it| it.says.starts_with("FROM ")).count();
    (stages == 2).then_some(Proposal { file: file.id, text })
}

/// Whether a line only installs what nginx takes the place of.
fn installs_server(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["RUN", "npm", "i" | "install", "-g" | "--global", name]
        | ["RUN", "yarn", "global", "add", name]
        | ["RUN", "pnpm", "add", "-g" | "--global", name] => {
            matches!(name.split('@').next(), Some("serve" | "http-server"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::served;

    #[test]
    fn what_only_hands_files_out() {
        let cases = [
            ("npx serve dist", "", Some("dist 3000")),
            ("npx --yes serve -s build -l 5000", "", Some("build 5000 one page")),
            ("serve --single dist", "", Some("dist 3000 one page")),
            ("node_modules/.bin/serve -l tcp://0.0.0.0:80 out", "", Some("out 80")),
            ("http-server dist -p 80", "", Some("dist 80")),
            ("npm run preview", "vite.config.ts", Some("dist 4173 one page")),
            ("npx vite preview --host 0.0.0.0 --port 80", "vite.config.ts", Some("dist 80 one page")),
            ("pnpm preview", "astro.config.mjs", Some("dist 4321")),
            ("npm run preview", "vite.config.ts svelte.config.js", None),
            ("npm run preview", "", None),
            ("npm start", "vite.config.ts", None),
            ("serve", "", None),
            ("node server.js", "", None),
        ];
        for (text, sent, expected) in cases {
            let words: Vec<&str> = text.split(' ').collect();
            let found = served(&words, &sent.split(' ').collect::<Vec<_>>()).map(|it| {
                format!("{} {}{}", it.folder, it.port, if it.is_one_page { " one page" } else { "" })
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
