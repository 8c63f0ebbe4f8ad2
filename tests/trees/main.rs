//! Whole trees from outside: which files are projects, in which order they are told, and what happens to files that
//! several projects share.

mod found;
mod harness;
mod lists;
mod many;
mod shared;
