//! Any policy, as the `x-harden` of a compose file: valid, or faults with places.

use harden::load::{self, PolicyFrom, PolicyOptions};
use harden::passes;
use harden::pipeline::{self, Options};

pub fn run(data: &[u8]) {
    let mut compose = "services:\n  a: {image: nginx}\n  b: {image: example/b}\nx-harden:\n".to_owned();
    for line in super::text(data).lines() {
        compose.push_str("  ");
        compose.push_str(line);
        compose.push('\n');
    }
    let bounds = load::Options::default();
    let Ok(mut loaded) = load::text("t.yml", &compose, &bounds) else { return };
    // a file that is not there would be an error: nothing is looked for beside the text
    let baseline = PolicyFrom::Nothing;
    let wanted = PolicyOptions { from: PolicyFrom::Found, baseline, today: Some(today()) };
    match load::policy(&mut loaded, &wanted, &passes::known(), &bounds) {
        Ok(policy) => {
            let options = Options { policy: policy.into(), ..Options::default() };
            assert_eq!(pipeline::plan(loaded.project, &options).plan.services.len(), 2);
        }
        Err(error) => super::check_error(&error),
    }
}

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 1, 1)
}
