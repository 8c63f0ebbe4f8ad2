//! Any text is a project or an error.

use harden::load::{self, Options};

pub fn run(data: &[u8]) {
    match load::text("t.yml", &super::text(data), &Options::default()) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                super::check_places(&loaded.tree, warning);
            }
        }
        Err(error) => super::check_error(&error),
    }
}
