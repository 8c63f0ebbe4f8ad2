//! The pass `env_secrets`. What it does and why stands in `env_secrets.md`, which `harden explain` prints.
#![doc = include_str!("env_secrets.md")]

use super::findings::Found;
use super::secrets::{Kind, kind};
use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds};
use crate::compose::{Environment, Secret, Spanned, Variable};
use crate::image::expand::{blank, expand};
use crate::plan::{Severity, Skip, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct EnvSecrets;

const META: Meta = Meta {
    id: "env_secrets",
    summary: "passwords, tokens and keys written into the file",
    kind: PassKind::Advice,
    text: include_str!("env_secrets.md"),
    reads: Reads { keys: &["environment", "build"], facts: &["file_env"] },
};

const WRITTEN: &str = "credentials in the file";
const DEFAULTS: &str = "default credentials";
const HELP_DEFAULT: &str = "leave the default out: `${NAME:?}` refuses to start without a value";
const HELP: &str =
    "take it from a secret, or from `.env` as `${NAME:?}`, and change it if it was ever shared";
const HELP_BUILD: &str = "use `build.secrets`: build arguments stay in the image";

impl Pass for EnvSecrets {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        let environment = all(&service.environment);
        let arguments = service.build.iter().flat_map(|build| all(&build.args)).map(|(found, is_default)| {
            (Found { name: format!("build argument {}", found.name), ..found }, is_default)
        });
        let (defaults, written): (Vec<_>, Vec<_>) =
            environment.chain(arguments).partition(|(_, is_default)| *is_default);
        let found = |list: Vec<(Found, bool)>| list.into_iter().map(|(found, _)| found).collect::<Vec<_>>();
        report(&found(written), &found(defaults), context)
    }
}

/// One finding for what is written out and for what is only a default.
fn report(written: &[Found], defaults: &[Found], context: &Context<'_>) -> Verdict {
    let named = |found: &[Found], words: &str| format!("{words}: {}", findings::names(found));
    let (found, message, help) = match (written, defaults) {
        (written, []) => (written, named(written, WRITTEN), help(written, context)),
        ([], defaults) => (defaults, named(defaults, DEFAULTS), HELP_DEFAULT.into()),
        (written, defaults) => {
            let message = format!("{}; {}", named(written, WRITTEN), named(defaults, DEFAULTS));
            (written, message, help(written, context))
        }
    };
    match findings::worst(found) {
        Some(worst) => findings::advise(worst.severity, message, help, worst.place),
        None => Verdict::Skip(Skip::NotApplicable),
    }
}

/// The credentials of an environment, and whether each is only a default.
fn all(environment: &Environment) -> impl Iterator<Item = (Found, bool)> {
    environment.0.iter().filter_map(credential)
}

fn credential(variable: &Spanned<Variable>) -> Option<(Found, bool)> {
    let Variable { name, value, written, from_file } = &variable.value;
    // a value from a file of variables is where it should be; the text that names it may still hold another
    let value = written.as_ref().or(value.as_ref()).filter(|_| !from_file).map(Secret::expose)?;
    let found = |severity| Found::new(severity, name.clone(), variable.place);
    let severity = |kind| if kind == Kind::Token { Severity::High } else { Severity::Medium };
    if !value.contains('$') {
        return kind(name, value).map(|kind| (found(severity(kind)), false));
    }
    if let Some(kind) = kind(name, &blank(value)) {
        return Some((found(severity(kind)), false));
    }
    kind(name, &expand(value).text).map(|_| (found(Severity::Low), true))
}

/// The way that works for this image.
fn help(found: &[Found], context: &Context<'_>) -> Words {
    if found.iter().all(|found| found.name.starts_with("build argument ")) {
        return HELP_BUILD.into();
    }
    let file = found.iter().find_map(|found| file_variable(&found.name, context));
    match file {
        Some(file) => format!("the image reads `{file}`: use a secret").into(),
        None => HELP.into(),
    }
}

/// The variable from which the image reads the path of a file with the value: a variable of the image's own, which those
/// of its client programs (`PGPASSWORD`) are not.
fn file_variable(name: &str, context: &Context<'_>) -> Option<String> {
    let facts = grounds::known(context)?;
    let is_own =
        name.contains('_') && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !is_own {
        return None;
    }
    if name.starts_with("GF_") {
        return Some(format!("{name}__FILE"));
    }
    facts.file_env.as_ref().is_some_and(|fact| fact.value).then(|| format!("{name}_FILE"))
}

#[cfg(test)]
mod tests {
    use super::EnvSecrets;
    use crate::image::{Facts, Image, Role, Start};
    use crate::passes::findings::said;
    use crate::passes::testing::{entry, image, measured, run, unknown};
    use crate::plan::Verdict;

    #[test]
    fn written_out_or_a_default() {
        let cases = [
            ("image: x", "-"),
            (
                "environment: {DB_PASSWORD: s3cret, B_TOKEN: x}",
                "medium: credentials in the file: `B_TOKEN`, `DB_PASSWORD`",
            ),
            ("environment: ['DB_PASSWORD=s3cret']", "medium: credentials in the file: `DB_PASSWORD`"),
            ("environment: {PASSWORD: 1234}", "medium: credentials in the file: `PASSWORD`"),
            ("environment: [DB_PASSWORD]", "-"),
            ("environment: {DB_PASSWORD: }", "-"),
            ("environment: {DB_PASSWORD: '${DB_PASSWORD}'}", "-"),
            ("environment: {DB_PASSWORD: '${DB_PASSWORD:?set it}'}", "-"),
            ("environment: {DB_PASSWORD: '${DB_PASSWORD:-}'}", "-"),
            ("environment: {DB_PASSWORD: '$DB_PASSWORD'}", "-"),
            ("environment: {DB_PASSWORD: '${A:-${B}}'}", "-"),
            ("environment: {DB_PASSWORD: '${P:-changeme}'}", "low: default credentials: `DB_PASSWORD`"),
            ("environment: {DB_PASSWORD: '${A:-${B-x}}'}", "low: default credentials: `DB_PASSWORD`"),
            ("environment: {DB_PASSWORD: 'pa$$word'}", "medium: credentials in the file: `DB_PASSWORD`"),
            ("environment: {DB_URL: 'postgres://u:pw@db/x'}", "medium: credentials in the file: `DB_URL`"),
            ("environment: {DB_URL: 'postgres://u:${PW}@db/x'}", "-"),
            (
                "environment: {DB_URL: 'postgres://${U:-u}:${PW:-pw}@db/x'}",
                "low: default credentials: `DB_URL`",
            ),
            ("environment: {A: '${U:-postgres://u:pw@db/x}'}", "low: default credentials: `A`"),
            ("environment: {POSTGRES_PASSWORD_FILE: /run/secrets/x}", "-"),
            ("environment: {MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', MYSQL_RANDOM_ROOT_PASSWORD: 1}", "-"),
            (
                "environment: {A: AKIAIOSFODNN7EXAMPLE, B_PASS: x}",
                "high: credentials in the file: `A`, `B_PASS`",
            ),
            ("build: {args: {NPM_TOKEN: x}}", "medium: credentials in the file: `build argument NPM_TOKEN`"),
            ("build: {args: [NPM_TOKEN]}", "-"),
            (
                "environment: {A_PASS: x, B_PASS: '${B:-x}'}",
                "medium: credentials in the file: `A_PASS`; default credentials: `B_PASS`",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&EnvSecrets, text, &unknown())), expected, "{text}");
        }
    }

    fn help(text: &str, image: &Image) -> String {
        match run(&EnvSecrets, text, image) {
            Verdict::Advise(finding) => finding.help.into_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_way_that_works_for_the_image() {
        let known = |reads| {
            let facts = Facts { file_env: measured(reads), ..entry("postgres", Role::Datastore) };
            image(facts, Start::Unknown)
        };
        let text = "environment: {POSTGRES_PASSWORD: x, PGPASSWORD: x}";
        assert_eq!(help(text, &known(true)), "the image reads `POSTGRES_PASSWORD_FILE`: use a secret");
        assert!(help(text, &known(false)).contains(".env"));
        assert!(help(text, &unknown()).contains(".env"));
        assert!(help("environment: {PGPASSWORD: x}", &known(true)).contains(".env"));
        assert!(help("build: {args: {TOKEN: x}}", &unknown()).contains("build.secrets"));
    }

    #[test]
    fn values_are_never_said() {
        let secret = "hunter2hunter2";
        for text in [
            format!("environment: {{DB_PASSWORD: {secret}}}"),
            format!("environment: {{URL: 'amqp://u:{secret}@h'}}"),
            format!("environment: {{P_PASS: '${{P:-{secret}}}'}}"),
            format!("build: {{args: {{TOKEN: {secret}}}}}"),
        ] {
            let verdict = run(&EnvSecrets, &text, &unknown());
            assert!(matches!(verdict, Verdict::Advise(_)), "{text}");
            assert!(!format!("{verdict:?}").contains(secret), "{text}");
        }
    }
}
