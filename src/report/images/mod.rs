//! What is known of images, as `harden images` shows it.
//!
//! [`text`] for a person, [`json`] for a program. Both are handed a plan that was made in the usual way.

pub mod json;
pub mod text;
pub(super) mod value;

use crate::image::Basis;
use crate::image::catalogue::Answer;
use crate::plan::Plan;
use crate::report::words::clean;
use crate::source::Source;

/// An image whose name is known although a variable may change it.
const EXAMPLE: &str = "${IMAGE:-postgres:16}";

/// One image that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a> {
    /// The image as it was asked for.
    pub image: &'a str,
    /// Whether the name is known without the environment.
    pub named: bool,
    /// What the catalogue says; nothing when it does not have the image.
    pub answer: Option<&'a Answer>,
    /// Names of the catalogue that may have been meant, when it does not have the image.
    pub near: &'a [&'static str],
    /// The decisions for a service that says nothing but this image.
    pub plan: &'a Plan,
    /// The file that service was written in.
    pub sources: &'a [Source],
    /// That file, hardened.
    pub text: &'a str,
}

/// That nothing is known of an image, and what to do about that.
pub(crate) fn unknown(card: &Card<'_>) -> (String, String) {
    let image = clean(card.image);
    if !card.named {
        let help = format!("give the variable a default, such as `{EXAMPLE}`");
        return (format!("only the environment knows which image `{image}` is"), help);
    }
    let near: Vec<String> = card.near.iter().map(|name| format!("`{name}`")).collect();
    let help = match near.split_last() {
        None => "`harden images` lists what is known".to_owned(),
        Some((only, [])) => format!("did you mean {only}?"),
        Some((last, others)) => format!("did you mean {} or {last}?", others.join(", ")),
    };
    (format!("`{image}` is not in the catalogue"), help)
}

/// How a fact was come by, in one word.
pub(super) fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Policy(_) => "policy",
        Basis::Measured => "measured",
        Basis::Stated | Basis::Dockerfile(_) => "stated",
        Basis::Inferred | Basis::Assumed => "inferred",
        Basis::Memory | Basis::Doubtful => "memory",
    }
}
