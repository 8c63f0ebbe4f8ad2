//! The baseline: recorded, compared with, pruned; and what is none is refused.

use crate::Repository;

const WEB: &str = "services:\n  web:\n    image: nginx:1.27\n";
const NAME: &str = ".harden-baseline.yml";

fn recorded() -> Repository {
    let repository = Repository::new(&[("compose.yml", WEB)]);
    let told = repository.run(&["baseline"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""), "{}", told.err);
    repository
}

#[test]
fn what_is_known_passes_and_what_is_new_fails() {
    let repository = recorded();
    let text = repository.text(NAME);
    assert!(
        text.contains("version: 1\nfiles:\n  compose.yml:\n    web:\n      - cap_drop\n      - cpus\n"),
        "{text}"
    );
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains(".harden-baseline.yml: 9 known"), "{}", told.err);
    assert_eq!(repository.run(&["--check", "--no-baseline"]).code, Some(1));

    repository.put("compose.yml", &format!("{WEB}  db:\n    image: redis:7\n    init: true\n"));
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("not in `.harden-baseline.yml`: `mem_limit` of `db`"), "{}", told.err);
    assert!(!told.err.contains("of `web`"), "{}", told.err);
}

#[test]
fn what_is_fixed_is_told_and_pruned() {
    let repository = recorded();
    repository
        .put("compose.yml", &format!("{WEB}    init: true\n    cpus: 1.0\n  db:\n    image: redis:7\n"));
    let told = repository.run(&["--check"]);
    assert!(told.err.contains("7 known, 2 fixed"), "{}", told.err);
    let told = repository.run(&["baseline", "--prune"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("7 known (0 added, 2 taken out)"), "{}", told.err);
    let text = repository.text(NAME);
    assert!(!text.contains("init") && !text.contains("db:") && text.contains("read_only"), "{text}");
    assert_eq!(repository.run(&["--check"]).code, Some(1), "`db` is still new");
    repository.run(&["baseline"]);
    assert!(repository.text(NAME).contains("    db:\n"));
    assert_eq!(repository.run(&["--check"]).code, Some(0));
    repository.run(&["--write"]);
    let told = repository.run(&["baseline", "--prune"]);
    assert!(told.err.contains("0 known"), "{}", told.err);
    assert!(repository.text(NAME).ends_with("files: {}\n"));
    let told = repository.run(&["baseline", "--prune"]);
    assert!(told.err.contains("is as it should be"), "{}", told.err);
}

#[test]
fn it_lies_beside_the_policy_and_names_files_from_there() {
    let repository = Repository::new(&[
        ("shop/compose.yml", WEB),
        ("blog/compose.yml", WEB),
        (".harden.yml", "fail_on: low\nwaive: [{service: web, pass: user, reason: x}]\n"),
    ]);
    let told = repository.run(&["baseline", "shop/compose.yml"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let text = repository.text(NAME);
    assert!(text.contains("  shop/compose.yml:\n") && !text.contains("blog"), "{text}");
    assert!(text.contains("- healthcheck\n"), "advice that fails is known, too: {text}");
    assert!(!text.contains("- user\n"), "what is waived is not wrong: {text}");
    assert_eq!(repository.run(&["shop/compose.yml", "--check"]).code, Some(0));
    assert_eq!(repository.run(&["blog/compose.yml", "--check"]).code, Some(1));
    repository.run(&["baseline", "blog/compose.yml"]);
    let text = repository.text(NAME);
    assert!(text.contains("  blog/compose.yml:\n") && text.contains("  shop/compose.yml:\n"), "{text}");
    assert_eq!(repository.run(&["shop/compose.yml", "blog/compose.yml", "--check"]).code, Some(0));
    let named = repository.run(&["baseline", "shop/compose.yml", "--baseline", "shop/known.yml"]);
    assert_eq!(named.code, Some(0), "{}", named.err);
    assert!(repository.text("shop/known.yml").contains("\n  compose.yml:\n"));
    let told = repository.run(&["shop/compose.yml", "--check", "--baseline", "shop/known.yml"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
}

#[test]
fn what_is_no_baseline_is_refused_at_its_place() {
    let cases = [
        ("version: 2\nfiles: {}\n", ".harden-baseline.yml:1:10", "of version 2, and this harden knows 1"),
        ("files: {}\n", ".harden-baseline.yml:1:1", "needs a `version`"),
        ("version: one\n", ":1:10", "must be a version such as 1"),
        ("version: 1\nfiles: [compose.yml]\n", ":2:8", "`files` must be a mapping, found a list"),
        ("version: 1\nfiles:\n  compose.yml:\n    web: all\n", ":4:5", "must be a list of passes"),
        ("version: 1\nfile: {}\n", ".harden-baseline.yml", "unknown key `file`"),
        ("version: [\n", ".harden-baseline.yml", "error"),
        ("", ".harden-baseline.yml", "nothing in the baseline"),
    ];
    for (text, place, words) in cases {
        let repository = Repository::new(&[("compose.yml", WEB), (NAME, text)]);
        for words_given in [&["--check"][..], &["baseline"], &["baseline", "--prune"]] {
            let told = repository.run(words_given);
            assert_eq!(told.code, Some(2), "{text}{}", told.err);
            assert!(told.err.contains(place) && told.err.contains(words), "{text}{}", told.err);
        }
        assert_eq!(repository.text(NAME), text, "nothing is written");
    }
    let repository = Repository::new(&[("compose.yml", WEB)]);
    assert_eq!(repository.run(&["--check", "--baseline", "gone.yml"]).code, Some(2));
}
