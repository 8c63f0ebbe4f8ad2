//! Any baseline: read, or an error.

use harden::load::{self, Options, PolicyFrom};

pub fn run(data: &[u8]) {
    super::with_file(data, |path| {
        if let Err(error) = load::baseline(&path, &PolicyFrom::File(path.clone()), &Options::default()) {
            super::check_error(&error);
        }
    });
}
