//! Any Dockerfile: facts or none, and a plan.

use harden::load;
use harden::pipeline::{self, Options};
use harden::plan::Level;

pub fn run(data: &[u8]) {
    let text = super::text(data);
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    let quoted: String = quoted.chars().map(escaped).collect();
    let compose =
        format!("services:\n  a:\n    build:\n      context: .\n      dockerfile_inline: \"{quoted}\"\n");
    let Ok(loaded) = load::text("t.yml", &compose, &load::Options::default()) else { return };
    let options = Options { level: Level::Strict, ..Options::default() };
    let planned = pipeline::plan(loaded.project, &options);
    assert_eq!(planned.plan.services.len(), 1);
}

fn escaped(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '$' => "$$".to_owned(),
        c if c.is_control() || c > '\u{d7ff}' => format!("\\U{:08x}", u32::from(c)),
        c => c.to_string(),
    }
}
