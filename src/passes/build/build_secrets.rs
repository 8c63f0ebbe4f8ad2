//! The pass `build_secrets`. What it does and why stands in `build_secrets.md`, which `harden explain` prints.
#![doc = include_str!("build_secrets.md")]

use super::super::findings::{self, Found};
use super::super::secrets::{Kind, kind};
use super::super::{Context, Meta, Pass, PassKind, Reads};
use super::junk::is_private;
use super::{pieces, site};
use crate::dockerfile::read::Instruction;
use crate::plan::{Severity, Skip, Verdict};
use crate::source::{Place, Span};

/// The pass.
#[derive(Debug)]
pub struct BuildSecrets;

const META: Meta = Meta {
    id: "build_secrets",
    summary: "credentials that a build leaves in the image, and files from nowhere",
    kind: PassKind::Advice,
    text: include_str!("build_secrets.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

const HELP: &str = "use `RUN --mount=type=secret` and `build.secrets`, and change what was ever in an image";
const HELP_ALONE: &str = "use `RUN --mount=type=secret`, and change what was ever in an image";
const HELP_FETCHED: &str = "add `--checksum=sha256:…`, so that nobody can put another file in its place";

impl Pass for BuildSecrets {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let Some((site, recipe)) = site(context) else { return Verdict::Skip(Skip::NotApplicable) };
        let file = pieces(recipe);
        let inline = context.service.build.as_ref().and_then(|build| build.dockerfile_inline.as_ref()?.place);
        let place = |it: &Instruction| {
            let span = Span::new(it.range.start, it.range.start + it.keyword.len());
            site.dockerfile.as_ref().map(|file| Place { file: file.id, span }).or(inline)
        };
        let help = if context.project.alone { HELP_ALONE } else { HELP };
        let (mut secrets, mut fetched) = (Vec::new(), Vec::new());
        for it in file.instructions() {
            secrets
                .extend(held(it).into_iter().map(|(severity, name)| Found::new(severity, name, place(it))));
            fetched.extend(unchecked(it).then(|| Found::new(Severity::Low, "ADD", place(it))));
        }
        match (secrets.is_empty(), findings::worst(&fetched)) {
            (false, _) => findings::verdict(&secrets, "credentials in the build:", help),
            (true, Some(first)) => {
                let message = "`ADD` takes a file from the network without a checksum";
                findings::advise(Severity::Low, message, HELP_FETCHED, first.place)
            }
            (true, None) => Verdict::Skip(Skip::NotApplicable),
        }
    }
}

/// What an instruction holds or copies that nobody else should have: how bad, and a name for it, never a value.
fn held(it: &Instruction) -> Vec<(Severity, String)> {
    match it.keyword.as_str() {
        "ENV" | "ARG" | "LABEL" => {
            pairs(it).into_iter().filter_map(|(name, value)| credential(name, &value)).collect()
        }
        "COPY" | "ADD" => {
            let sources = it.sources();
            let private =
                sources.iter().filter(|source| is_private(source.rsplit('/').next().unwrap_or(source)));
            let private = private.map(|source| (Severity::High, source.clone()));
            private.chain(by_form(it)).collect()
        }
        "RUN" | "CMD" | "ENTRYPOINT" => by_form(it).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A word that is a credential by its form, whatever it is for.
fn by_form(it: &Instruction) -> Option<(Severity, String)> {
    let mut words = it.arguments.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '[', ']']));
    let found = words.find_map(|word| kind("", word).filter(|_| !word.contains('$')));
    found.map(|kind| (severity(kind), it.keyword.clone()))
}

fn credential(name: &str, value: &str) -> Option<(Severity, String)> {
    let value = value.trim_matches(['"', '\'']);
    if value.contains('$') {
        return None;
    }
    kind(name, value).map(|kind| (severity(kind), name.to_owned()))
}

fn severity(kind: Kind) -> Severity {
    if kind == Kind::Token { Severity::High } else { Severity::Medium }
}

/// The names and values that `ENV` or `ARG` sets.
fn pairs(it: &Instruction) -> Vec<(&str, String)> {
    let body = it.body();
    let (first, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    // `ENV NAME value with blanks`
    if it.keyword == "ENV" && !first.contains('=') {
        return vec![(first, rest.trim().to_owned())];
    }
    let pairs = body.split_whitespace().filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name, value.to_owned())).collect()
}

/// Whether `ADD` fetches a file that may be another one tomorrow.
fn unchecked(it: &Instruction) -> bool {
    let is_address = |word: &str| word.starts_with("http://") || word.starts_with("https://");
    let is_repository =
        |word: &str| word.split('#').next().is_some_and(|word| word.strip_suffix(".git").is_some());
    let mut words = it.body().split_whitespace();
    let fetched = words.any(|word| is_address(word) && !is_repository(word));
    it.keyword == "ADD" && fetched && it.flags().all(|(name, _)| name != "checksum")
}

#[cfg(test)]
mod tests {
    use super::{held, unchecked};
    use crate::dockerfile::read::read;

    #[test]
    fn what_is_held() {
        let cases = [
            ("ENV API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345", "API_TOKEN"),
            ("ENV DB_PASSWORD hunter2hunter2", "DB_PASSWORD"),
            ("ARG A=1 DB_PASSWORD=\"hunter2hunter2\"", "DB_PASSWORD"),
            ("ARG DB_PASSWORD", ""),
            ("ENV DB_PASSWORD=$GIVEN", ""),
            ("ENV PASSWORD_FILE=/run/secrets/x", ""),
            ("COPY .env config/id_rsa /x/", ".env id_rsa"),
            ("COPY .env.example cert.pem /x/", ""),
            ("COPY --from=a .env /x/", ""),
            ("ADD https://bob:pa55w0rdx@example.org/x.tgz /x", "ADD"),
            ("LABEL by=\"me\" token=\"ghp_0123456789abcdefghijABCDEFGHIJ012345\"", "token"),
            ("LABEL org.opencontainers.image.title=secret", ""),
            ("RUN git clone https://bob:pa55w0rdx@example.org/x.git", "RUN"),
            ("RUN --mount=type=secret,id=x curl https://example.org/x", ""),
        ];
        for (text, expected) in cases {
            let file = read(text);
            let held = held(file.instructions().next().unwrap());
            let names: Vec<&str> = held.iter().map(|(_, name)| name.rsplit('/').next().unwrap()).collect();
            assert_eq!(names.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_fetched() {
        let fetches = |text: &str| unchecked(read(text).instructions().next().unwrap());
        assert!(fetches("ADD https://example.org/x.tgz /x"));
        assert!(!fetches("ADD --checksum=sha256:ab https://example.org/x.tgz /x"));
        assert!(
            !fetches("ADD https://example.org/x.git#main /x") && !fetches("COPY a b") && !fetches("ADD a b")
        );
    }
}
