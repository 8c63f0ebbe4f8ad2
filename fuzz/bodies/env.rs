//! Any `.env`: its variables are put in, or there is an error.

use harden::load::{self, Options};

pub fn run(data: &[u8]) {
    const COMPOSE: &str =
        "services:\n  a:\n    image: example/a:${TAG:-1}\n    mem_limit: ${MEM:-1g}\n    user: $A\n";
    super::with_file(data, |path| {
        let options = Options { env_files: vec![path], ..Options::default() };
        if let Err(error) = load::text("t.yml", COMPOSE, &options) {
            super::check_error(&error);
        }
    });
}
