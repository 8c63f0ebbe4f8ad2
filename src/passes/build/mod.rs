//! The passes that look at what a service is built from: its Dockerfile, and the context beside it.
//!
//! They are as the others: one file each with its text beside it, and they see no disk. What `load` found lies in the
//! model; where it found nothing, or no builder takes the Dockerfile, they have no subject.

mod amend;
pub(super) mod base_image;
pub(super) mod build_secrets;
mod caches;
pub(super) mod dockerignore;
mod ecosystems;
mod ended;
mod handed_out;
mod hidden;
pub(super) mod image_fit;
pub(super) mod image_healthcheck;
pub(super) mod image_user;
mod joined;
mod junk;
pub(super) mod layer_cleanup;
pub(super) mod layer_order;
pub(super) mod layer_size;
mod lists;
pub(super) mod multi_stage;
mod names;
mod node;
mod quotes;
mod recommends;
mod runtimes;
mod scripts;
pub(super) mod signals;
mod source_last;
#[cfg(test)]
mod testing;
mod two_stages;
mod unprivileged;
mod view;

use super::Context;
use crate::compose::{Dockerfile, Recipe, Site};
use crate::dockerfile::read;

/// What lies around the Dockerfile of a service, with the text of that.
fn site<'c>(context: &Context<'c>) -> Option<(&'c Site, &'c Dockerfile)> {
    let build = &context.service.build.as_ref()?.value;
    let Recipe::Found(recipe) = &build.recipe else { return None };
    Some((build.site.as_ref()?, recipe))
}

/// The pieces of a Dockerfile, with the lines that they are on in the file as written.
fn pieces(recipe: &Dockerfile) -> read::Dockerfile<'_> {
    let mut file = read::read(recipe.text.expose());
    file.lines = &recipe.lines;
    file
}
