//! What the edit looks like, one situation a test. Each test also proves, unasked, that the new text parses, that
//! taking the edits out gives the old bytes, that all comments are still there, and that the meaning is the old
//! one with the changes applied.

mod block;
mod corpus;
mod ends;
mod flow;
mod harness;
mod lists;
mod shared;
mod style;
mod values;
