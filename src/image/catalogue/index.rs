//! The files of the catalogue with the names they answer to, so that no file is read to find another.
//!
//! A test compares this list with the folder, and the names with those in the files.

/// Names and text of every file, in the order of the folder.
pub const FILES: &[(&[&str], &str)] = &[
    (&["postgres"], include_str!("postgres.yml")),
    (&["redis"], include_str!("redis.yml")),
    (&["nginx"], include_str!("nginx.yml")),
];
