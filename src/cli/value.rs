//! Values that can be typed: enums of the plan with what each value means, passes, images and sizes.

use clap::ValueEnum;
use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};

use crate::compose::stack::Target;
use crate::compose::{Bytes, Scalar as _};
use crate::passes;
use crate::plan::{Level, PassId, Style};

impl ValueEnum for Level {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Safe, Self::Standard, Self::Strict]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Safe => "only what cannot go wrong",
            Self::Standard => "also what rarely goes wrong; the summary says what it assumes",
            Self::Strict => "also guesses, and changes of what the outside sees",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

impl ValueEnum for Style {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Blocks, Self::Anchors]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Blocks => PossibleValue::new("blocks").help("a block in each service"),
            Self::Anchors => PossibleValue::new("anchors")
                .help("what three or more services share is written once, as `x-harden-defaults`"),
        })
    }
}

impl ValueEnum for Target {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Compose, Self::Swarm]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Compose => PossibleValue::new("compose").help("`docker compose up`"),
            Self::Swarm => PossibleValue::new("swarm").help("`docker stack deploy`: only what it honours"),
        })
    }
}

/// A pass by its id. Shells are told all of them; an error tells the one that may have been meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassParser;

impl TypedValueParser for PassParser {
    type Value = PassId;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<PassId, clap::Error> {
        pass_id.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let metas = passes::ALL.iter().map(|pass| pass.meta());
        Some(Box::new(metas.map(|meta| PossibleValue::new(meta.id).help(meta.summary))))
    }
}

/// The pass of that id, or what may have been meant.
fn pass_id(text: &str) -> Result<PassId, String> {
    let ids = || passes::ALL.iter().map(|pass| pass.meta().id);
    if let Some(id) = ids().find(|&id| id == text) {
        return Ok(id);
    }
    let near = ids().map(|id| (strsim::jaro_winkler(id, &text.to_lowercase()), id));
    let best = near.filter(|(score, _)| *score > 0.8).max_by(|left, right| left.0.total_cmp(&right.0));
    Err(match best {
        Some((_, id)) => format!("there is no such pass; did you mean `{id}`?"),
        None => "there is no such pass; `harden passes` lists them".to_owned(),
    })
}

/// An image: anything that can stand in `image:`.
pub(super) fn image(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_name { Ok(text.to_owned()) } else { Err("expected an image such as postgres:16".to_owned()) }
}

/// A limit on what is read.
pub(super) fn size(text: &str) -> Result<u64, String> {
    match Bytes::parse(text) {
        Some(Bytes(0)) | None => Err("expected a size such as 64m".to_owned()),
        Some(Bytes(bytes)) if bytes >= u64::from(u32::MAX) => Err("the largest limit is below 4g".to_owned()),
        Some(Bytes(bytes)) => Ok(bytes),
    }
}
