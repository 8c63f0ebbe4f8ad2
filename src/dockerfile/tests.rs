//! Tests of what is read of Dockerfiles and of patterns.

use std::path::{Path, PathBuf};

use super::glob::Glob;
use super::ignore::{Fate, Patterns, clean};
use super::read::{Kind, read};
use super::referee;

#[test]
fn patterns_of_paths() {
    let cases: [(&str, &[&str], &[&str]); 14] = [
        ("a", &["a"], &["ab", "b/a", ""]),
        ("*", &["a", ".git"], &["a/b"]),
        ("*.go", &["x.go", ".go"], &["a/x.go", "x.goo"]),
        ("**/x", &["x", "a/x", "a/b/x"], &["ax", "x/a"]),
        ("**", &["a", "a/b"], &[]),
        ("a/**", &["a/", "a/b", "a/b/c"], &["a", "b"]),
        ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/xb", "ab"]),
        ("a?c", &["abc"], &["a/c", "ac"]),
        ("[a-c]x", &["bx"], &["dx", "x"]),
        ("[^a-c]x", &["dx"], &["ax"]),
        ("a\\*", &["a*"], &["ab"]),
        ("a.b$", &["a.b$"], &["axb$"]),
        ("**/*.log", &["x.log", "a/b.log"], &["a/log"]),
        ("a*b*c", &["abc", "axbxc"], &["ab", "a/b/c"]),
    ];
    for (pattern, matching, others) in cases {
        let glob = Glob::parse(pattern).unwrap();
        for path in matching {
            assert!(glob.matches(path), "`{pattern}` is to match `{path}`");
        }
        for path in others {
            assert!(!glob.matches(path), "`{pattern}` is not to match `{path}`");
        }
    }
    for refused in ["[", "[]a", "[a", "a\\", "[a-]"] {
        assert_eq!(Glob::parse(refused), None, "{refused}");
    }
}

#[test]
fn a_pattern_of_many_stars_takes_no_time() {
    let glob = Glob::parse(&("a*".repeat(50) + "b")).unwrap();
    assert!(!glob.matches(&"a".repeat(2000)));
}

#[test]
fn what_a_dockerignore_leaves_out() {
    let cases: [(&str, &[&str], &[&str]); 16] = [
        ("node_modules", &["node_modules", "node_modules/a/b"], &["web/node_modules"]),
        ("**/node_modules", &["node_modules/x", "web/node_modules/x"], &["node_modules2"]),
        ("/a/", &["a", "a/b"], &["b/a"]),
        ("./a/../b", &["b"], &["a"]),
        ("*\n!a", &["b", "b/a"], &["a", "a/c"]),
        ("!a\n*", &["a"], &[]),
        ("a\n!a/b", &["a", "a/c"], &["a/b", "a/b/c"]),
        ("*.md\n!README*.md\nREADME-secret.md", &["x.md", "README-secret.md"], &["README.md"]),
        ("# a\n #b\n\n  c  ", &["c", "#b"], &["a"]),
        ("\u{feff}a", &["a"], &[]),
        ("a\r\nb\r\n", &["a", "b"], &[]),
        ("! a\n a", &["a"], &[]),
        ("a\n! a", &[], &["a"]),
        ("temp?", &["tempa"], &["temp"]),
        ("a/*", &["a/b", "a/b/c"], &["a"]),
        (".", &[], &["a"]),
    ];
    for (text, ignored, sent) in cases {
        let patterns = Patterns::parse(text).unwrap();
        for path in ignored {
            assert!(patterns.ignores(path), "{text:?} is to leave out `{path}`");
        }
        for path in sent {
            assert!(!patterns.ignores(path), "{text:?} is not to leave out `{path}`");
        }
    }
    assert!(Patterns::parse("!").is_none() && Patterns::parse("[").is_none());
    let patterns = Patterns::parse("*\n!src\n!.env").unwrap();
    let fates = ["src/x", ".env", "x"].map(|path| patterns.fate(path));
    assert_eq!(fates, [Fate::Sent, Fate::Kept, Fate::Ignored]);
    assert_eq!(patterns.list().len(), 3);
}

#[test]
fn paths_are_cleaned_as_the_builder_does() {
    let cases =
        [("a//b/.", "a/b"), ("./", "."), ("/..", "/"), ("../a", "../a"), ("a/../..", ".."), ("/", "/")];
    for (path, expected) in cases {
        assert_eq!(clean(path), expected, "{path}");
    }
}

/// The keyword and the arguments of each instruction.
fn said(text: &str) -> Vec<String> {
    let file = read(text);
    file.instructions().map(|it| format!("{}{}", it.keyword, it.arguments)).collect()
}

#[test]
fn instructions_and_what_continues_them() {
    let cases: [(&str, &[&str]); 10] = [
        ("FROM a\n  run b\n", &["FROM a", "RUN b"]),
        ("# escape=`\nRUN a `\n b\\\n", &["RUN a  b\\"]),
        ("# x\n# escape=`\nRUN a \\\n b", &["RUN a  b"]),
        ("RUN a \\  \n# note\n\n && b\nUSER c", &["RUN a  && b", "USER c"]),
        ("\u{feff}FROM a\r\nRUN b \\\r\n  c\r\n", &["FROM a", "RUN b   c"]),
        ("RUN <<EOF\nUSER a\nEOF\nUSER b", &["RUN <<EOF", "USER b"]),
        ("COPY <<-\"E\" <<F /x\na\n\tE\nb\nF\nUSER b", &["COPY <<-\"E\" <<F /x", "USER b"]),
        ("RUN cat <<EOF\nUSER a", &["RUN cat <<EOF", "USER a"]),
        ("nonsense here\n\n", &["NONSENSE here"]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_copied_from_the_context() {
    let cases: [(&str, &[&str]); 7] = [
        ("COPY a b /c/", &["a", "b"]),
        ("COPY --chown=1:1 --link [\"a b\", \"c\"]", &["a b"]),
        ("COPY --from=x a b", &[]),
        ("ADD https://example.org/x a.tgz /y", &["a.tgz"]),
        ("COPY <<EOF x /y\nEOF\n", &["x"]),
        ("RUN a b", &[]),
        ("COPY . .", &["."]),
    ];
    for (text, expected) in cases {
        let sources: Vec<String> =
            read(text).instructions().flat_map(super::read::Instruction::sources).collect();
        assert_eq!(sources, expected, "{text}");
        let second = referee::read(&format!("FROM x\n{text}")).unwrap();
        let takes: Vec<&str> = second.iter().flat_map(|said| &said.takes).map(String::as_str).collect();
        assert_eq!(takes, expected, "{text}");
    }
    let text = "FROM a\nRUN --mount=type=bind,source=x,target=/y --mount=type=cache,source=z b";
    assert_eq!(referee::read(text).unwrap()[1].takes, ["x"]);
}

/// Every Dockerfile below `tests`.
fn all(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if path.is_dir() {
            all(&path, found);
        } else if name.contains("dockerfile") && !name.ends_with("ignore") {
            found.push(path);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests read their own files")]
fn the_pieces_of_every_dockerfile_are_the_file_and_both_readers_agree() {
    let mut found = Vec::new();
    all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut found);
    assert!(found.len() > 10, "{}", found.len());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = read(&text);
        let together: String = file.pieces.iter().map(|piece| file.slice(piece.range.clone())).collect();
        assert_eq!(together, text, "{}", path.display());
        for it in file.instructions() {
            assert_eq!(it.arguments.len(), it.at.len(), "{}", path.display());
            let written = it.arguments.bytes().zip(&it.at);
            assert!(written.clone().all(|(byte, at)| text.as_bytes().get(*at as usize) == Some(&byte)));
        }
        assert!(
            file.pieces.iter().all(|piece| !matches!(piece.kind, Kind::Blank) || !piece.range.is_empty())
        );
        let Some(second) = referee::read(&text) else { continue };
        let starts: Vec<usize> = file.instructions().map(|it| it.range.start).collect();
        assert_eq!(
            starts,
            second.iter().map(|said| said.range.start).collect::<Vec<_>>(),
            "{}",
            path.display()
        );
    }
}
