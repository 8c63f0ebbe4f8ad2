//! What harden says of itself: its passes, schemas, completions and man page. Reads no user file.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{Cli, Schema};
use crate::load;
use crate::passes::{self, PassKind};
use crate::plan::PassId;
use crate::report::explain;

/// A table of all passes, in the order in which they run.
pub(super) fn passes() -> String {
    let metas = || passes::ALL.iter().map(|pass| pass.meta());
    let width = metas().map(|meta| meta.id.len()).max().unwrap_or(0);
    let mut table = String::new();
    for meta in metas() {
        let kind = match meta.kind {
            PassKind::Rewrite => "rewrites",
            PassKind::Advice => "advises",
        };
        let _ = writeln!(table, "{:width$}  {kind:8}  {}", meta.id, meta.summary);
    }
    table
}

/// The text of a pass, with colours.
pub(super) fn explain(id: PassId) -> String {
    let found = passes::ALL.iter().map(|pass| pass.meta()).find(|meta| meta.id == id);
    found.map(explain::text).unwrap_or_default()
}

/// A completion script.
pub(super) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "harden", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The man page, in roff.
pub(super) fn man() -> String {
    let mut page = Vec::new();
    // a vector takes all that is written
    let _ = clap_mangen::Man::new(Cli::command()).render(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

/// An embedded JSON Schema.
pub(super) fn schema(schema: Schema) -> &'static str {
    match schema {
        Schema::Compose => load::COMPOSE_SCHEMA,
        Schema::Catalogue => include_str!("../../schemas/catalogue.schema.json"),
        Schema::Report => include_str!("../../schemas/report.schema.json"),
        Schema::Evidence => include_str!("../../schemas/evidence.schema.json"),
        Schema::Images => include_str!("../../schemas/images.schema.json"),
        Schema::Policy => include_str!("../../schemas/policy.schema.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::{completions, explain, passes, schema};
    use crate::cli::Schema;
    use clap_complete::Shell;

    #[test]
    fn every_pass_is_listed_and_explained() {
        let table = passes();
        for pass in crate::passes::ALL {
            let id = pass.meta().id;
            assert!(table.lines().any(|line| line.starts_with(id)), "{id}");
            let text = explain(id);
            assert!(text.contains(pass.meta().explained().lead), "{id}: {text}");
        }
    }

    #[test]
    fn completions_know_the_options() {
        assert!(completions(Shell::Bash).contains("--check"));
    }

    #[test]
    fn schemas_are_json() {
        for which in [
            Schema::Compose,
            Schema::Catalogue,
            Schema::Evidence,
            Schema::Images,
            Schema::Report,
            Schema::Policy,
        ] {
            let json: serde_json::Value = serde_json::from_str(schema(which)).unwrap();
            assert!(json.get("$schema").is_some(), "{which:?}");
        }
    }
}
