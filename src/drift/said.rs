//! What the file says of one value: nothing, this, or something that only the environment knows.

use crate::compose::{Flag, List, Scalar, Setting, Spanned};
use crate::image::expand::literal;
use crate::source::Place;

/// A value of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said<T> {
    /// The file leaves it to the image or the engine.
    Nothing,
    /// It depends on a variable that is in no file and has no default; the key.
    Unknown,
    /// It says this, here.
    This(T, Option<Place>),
}

impl<T> Said<T> {
    /// The first of two that says something.
    pub(super) fn or(self, other: Self) -> Self {
        if matches!(self, Self::Nothing) { other } else { self }
    }

    /// Whether the file leaves it open.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Said<U> {
        match self {
            Self::Nothing => Said::Nothing,
            Self::Unknown => Said::Unknown,
            Self::This(value, place) => Said::This(make(value), place),
        }
    }
}

/// A typed value.
pub(super) fn setting<T: Scalar + Clone>(value: Option<&Spanned<Setting<T>>>) -> Said<T> {
    let Some(Spanned { value, place, .. }) = value else { return Said::Nothing };
    let known = match value {
        Setting::Literal(value) => Some(value.clone()),
        Setting::Variable(text) => literal(text).and_then(|text| T::parse(&text)),
    };
    known.map_or(Said::Unknown, |value| Said::This(value, *place))
}

/// A switch.
pub(super) fn switch(value: Option<&Spanned<Setting<Flag>>>) -> Said<bool> {
    setting(value).map(|flag| flag.0)
}

/// A text; an empty one says nothing.
pub(super) fn text(value: Option<&Spanned<String>>) -> Said<String> {
    let Some(Spanned { value, place, .. }) = value else { return Said::Nothing };
    match literal(value) {
        Some(text) if text.is_empty() => Said::Nothing,
        Some(text) => Said::This(text, *place),
        None => Said::Unknown,
    }
}

/// A list; unknown where one of its items is.
pub(super) fn list(items: &List<String>) -> Said<Vec<String>> {
    let Some(first) = items.first() else { return Said::Nothing };
    let known: Option<Vec<String>> = items.iter().map(|item| literal(&item.value)).collect();
    known.map_or(Said::Unknown, |items| Said::This(items, first.place))
}

/// A path in a container, without the slash that says nothing.
pub(super) fn at(path: &str) -> &str {
    let short = path.trim_end_matches('/');
    if short.is_empty() { path } else { short }
}
