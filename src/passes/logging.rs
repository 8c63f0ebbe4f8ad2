//! The pass `logging`. What it does and why stands in `logging.md`, which `harden explain` prints.
#![doc = include_str!("logging.md")]

use super::{Context, Meta, Pass, PassKind, Reads, grounds};
use crate::compose::{Logging as Settings, Spanned};
use crate::plan::{Change, Confidence, Evidence, Op, Path, Skip, Value, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Logging;

const META: Meta = Meta {
    id: "logging",
    summary: "logs that cannot fill the disk",
    kind: PassKind::Rewrite,
    text: include_str!("logging.md"),
    reads: Reads { keys: &["logging"], facts: &[] },
};

const DRIVER: &str = "json-file";
const MAX_SIZE: &str = "10m";
const MAX_FILE: &str = "3";
const WHY: &str = "without rotation logs grow until the disk is full";

/// What `json-file` takes.
const OPTIONS: [&str; 10] = [
    "compress",
    "env",
    "env-regex",
    "labels",
    "labels-regex",
    "max-buffer-size",
    "max-file",
    "max-size",
    "mode",
    "tag",
];

/// An option, its path and its value.
type Rotation = (&'static str, &'static [&'static str], String);

/// What is written, in the order in which people write it.
fn rotation(context: &Context<'_>) -> [Rotation; 2] {
    let size = context.policy.word(META.id, "max_size").map(|size| size.value);
    let files = context.policy.count(META.id, "max_file").map(|files| files.value.to_string());
    let or = |set: Option<String>, usual: &str| set.unwrap_or_else(|| usual.to_owned());
    [
        ("max-size", &["logging", "options", "max-size"], or(size, MAX_SIZE)),
        ("max-file", &["logging", "options", "max-file"], or(files, MAX_FILE)),
    ]
}

/// The driver where the file names none.
fn driver(context: &Context<'_>) -> Value {
    Value::str(
        context.policy.word(META.id, "driver").map_or_else(|| DRIVER.to_owned(), |driver| driver.value),
    )
}

impl Pass for Logging {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        match &context.service.logging {
            None => Verdict::Change(vec![change(context, Path::Borrowed(&["logging"]), whole(context))]),
            Some(logging) => complete(context, logging),
        }
    }
}

/// Adds what is missing to the settings that are there.
fn complete(context: &Context<'_>, logging: &Spanned<Settings>) -> Verdict {
    match logging.driver.as_ref().map(|driver| driver.value.as_str()) {
        Some("local") => return Verdict::Already(grounds::written(logging)),
        None | Some("json-file" | "") => {}
        Some(driver) => return Verdict::Skip(Skip::LogDriver(driver.to_owned().into())),
    }
    if option(logging, "max-size").is_some_and(|size| matches!(size, "-1" | "0")) {
        return Verdict::Skip(Skip::SaidInFile("max-size: -1".into()));
    }
    let missing = rotation(context).into_iter().filter(|(name, ..)| option(logging, name).is_none());
    let mut changes: Vec<Change> =
        missing.map(|(_, path, value)| change(context, path.into(), Value::str(value))).collect();
    if changes.is_empty() {
        return Verdict::Already(grounds::written(logging));
    }
    if logging.driver.as_ref().is_none_or(|driver| driver.is_empty()) {
        if let Some(option) = foreign_option(logging) {
            return Verdict::Skip(Skip::LogDriver(
                format!("the one of the host that knows `{option}`").into(),
            ));
        }
        let why = "without it the options go to the default driver of the host, which may not know them";
        let driver = change(context, Path::Borrowed(&["logging", "driver"]), driver(context));
        changes.insert(0, Change { why: why.into(), ..driver });
    }
    Verdict::Change(changes)
}

/// An option that `json-file` does not know.
fn foreign_option(logging: &Settings) -> Option<&str> {
    let names = logging.options.iter().flat_map(|options| options.keys());
    names.map(String::as_str).find(|name| !OPTIONS.contains(name))
}

fn option<'a>(logging: &'a Settings, name: &str) -> Option<&'a str> {
    logging.options.as_ref()?.get(name)?.as_deref()
}

fn whole(context: &Context<'_>) -> Value {
    let options =
        rotation(context).into_iter().map(|(name, _, value)| (name.into(), Value::str(value))).collect();
    Value::Map(vec![("driver".into(), driver(context)), ("options".into(), Value::Map(options))])
}

fn change(context: &Context<'_>, path: Path, value: Value) -> Change {
    Change { path, op: Op::Set(value), why: WHY.into(), confidence: confidence(context) }
}

fn confidence(context: &Context<'_>) -> Confidence {
    if let Some(size) = context.policy.word(META.id, "max_size") {
        return grounds::wanted(&size);
    }
    match grounds::known(context) {
        Some(_) => Confidence::Known(Evidence::AlwaysSafe("the service does not see its log files".into())),
        None => grounds::likely(context, "nobody needs more of its log than the last 30m"),
    }
}

#[cfg(test)]
mod tests {
    use super::Logging;
    use crate::image::{Role, Start};
    use crate::passes::testing::{brief, entry, image, run, unknown};

    const WHOLE: &str = "logging: {driver: \"json-file\", options: {max-size: \"10m\", max-file: \"3\"}}";
    const BOTH: &str = "~ logging.options.max-size: \"10m\"; ~ logging.options.max-file: \"3\"";

    #[test]
    fn only_what_is_missing() {
        let whole = format!("~ {WHOLE}");
        let with_driver = format!("~ logging.driver: \"json-file\"; {BOTH}");
        let cases = [
            ("image: x", whole.as_str()),
            ("logging: {driver: json-file}", BOTH),
            ("logging: {options: {tag: x}}", with_driver.as_str()),
            ("logging: {}", with_driver.as_str()),
            (
                "logging: {options: {max-size: 5m}}",
                "~ logging.driver: \"json-file\"; ~ logging.options.max-file: \"3\"",
            ),
            ("logging: {options: {max-size: 5m, max-file: 2}}", "already"),
            (
                "logging: {options: {gelf-address: x}}",
                "log driver: the one of the host that knows `gelf-address`",
            ),
            ("logging: {driver: json-file, options: {max-file: 5}}", "~ logging.options.max-size: \"10m\""),
            ("logging: {driver: json-file, options: {max-size: 1m, max-file: 2}}", "already"),
            ("logging: {driver: local}", "already"),
            ("logging: {driver: syslog}", "log driver: syslog"),
            ("logging: {driver: none}", "log driver: none"),
            ("logging: {driver: '${LOG}'}", "log driver: ${LOG}"),
            ("logging: {options: {max-size: -1}}", "file: max-size: -1"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&Logging, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn safe_for_any_known_image() {
        let known = image(entry("nginx", Role::Web), Start::Unknown);
        assert_eq!(brief(&run(&Logging, "image: nginx", &known)), format!("= {WHOLE}"));
    }
}
