//! The binary: parse, run, print, exit code.

fn main() {}
