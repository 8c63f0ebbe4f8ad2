//! The spanned tree of any text: its spans are the text, or there is an error with a place.

use harden::source::Source;
use harden::yaml::{Limits, Tree, parse};

use super::spans::Spans;

pub fn run(data: &[u8]) {
    let text = super::text(data);
    let mut tree = Tree::default();
    match parse(&mut tree, Source::new("t", text.as_str()), &Limits::default()) {
        Ok(_) => {
            let wrong = Spans::check(&tree);
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
        Err(error) => assert!(text.get(error.place.span.range()).is_some(), "{error}"),
    }
}
