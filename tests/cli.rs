//! Runs the console blocks of the README and of `tests/cli/*.trycmd` and compares what they print.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes what they print now.

#[test]
fn console_blocks_print_what_they_show() {
    // on GitHub annotations would come by themselves
    let cases = trycmd::TestCases::new();
    // waivers are judged as on the first day of 2026
    cases
        .env("GITHUB_ACTIONS", "false")
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .case("README.md")
        .case("tests/cli/*.trycmd");
}
