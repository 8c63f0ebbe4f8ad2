//! Any text, hardened: what is verified is what was planned, says a second opinion that shares no code with the proof.
//!
//! The last byte says how it is hardened.

use harden::compose::stack::Target;
use harden::edit;
use harden::load;
use harden::pipeline::{self, Options};
use harden::plan::{Level, Style};
use harden::verify;

use super::independent;

pub fn run(data: &[u8]) {
    let (how, data) = data.split_last().map_or((0, data), |(how, data)| (*how, data));
    let text = super::text(data);
    let Ok(loaded) = load::text("t.yml", &text, &load::Options::default()) else { return };
    let options = options(how);
    let load::Loaded { tree, project, services, .. } = loaded;
    let (planned, second) = pipeline::plan(project, &options).second(&options);
    let Ok(rewrites) = edit::rewrite(&tree, &services, &planned.plan) else { return };
    for rewrite in rewrites {
        let proof = verify::prove(&tree, &services, &planned.plan, rewrite, &second);
        let Ok(verified) = proof else { return };
        let opinion = independent::check(&text, verified.text(), &planned.plan);
        assert!(opinion.is_ok(), "{opinion:?}\n----\n{}----", verified.text());
    }
}

fn options(how: u8) -> Options {
    let level = match how % 3 {
        0 => Level::Safe,
        1 => Level::Standard,
        _ => Level::Strict,
    };
    let style = if how & 64 == 0 { Style::Blocks } else { Style::Anchors };
    let target = if how & 128 == 0 { Target::Compose } else { Target::Swarm };
    Options { level, level_is_given: true, style, target, ..Options::default() }
}
