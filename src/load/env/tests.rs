//! `.env` files, as measured with Docker Compose 2.26.1; `tests/interpolation.rs` asks it again.

use std::path::Path;

use super::dotenv::{complain, parse};
use crate::compose::interpolate::{Nothing, Variables};

fn read(text: &str) -> Result<Vec<(String, String)>, usize> {
    let (found, bad) = parse(text, &Nothing);
    match bad.first() {
        Some(bad) => Err(bad.line),
        None => Ok(found.into_iter().map(|set| (set.name, set.value)).collect()),
    }
}

/// Measured with Docker Compose 2.26.1; a `$` stands twice, and what nobody knows stays.
#[test]
fn as_compose_reads_it() {
    let cases = [
        ("A=1", "A=1"),
        ("A = 1 ", "A=1"),
        ("export A=1", "A=1"),
        ("export  A=1\nexportB=2", "A=1 exportB=2"),
        ("A: 1\nB:2", "A=1 B=2"),
        ("A:=1", "A==1"),
        ("A : 'x' # c", "A=x"),
        ("A=x # c\nB=x#c\nC=x\t#c", "A=x B=x#c C=x\t#c"),
        ("A='x' # c\nB=1", "A=x B=1"),
        ("A='x'B=1", "A=x B=1"),
        ("A='x' y\nB=2", "A=x B=2"),
        ("A= #c\nB=#c", "A=#c B=#c"),
        ("A=\nB=''\nC=\"\"", "A= B= C="),
        ("A=\n\n\nB=2", "A= B=2"),
        ("A=a\\nb\nB='a\\nb'\nC=\"a\\nb\"", "A=a\\nb B=a\\nb C=a\nb"),
        (r#"A="a\tc\\d\"e\$f\x41\0101\q""#, "A=a\tc\\d\"e$$f\\x41A\\q"),
        (r#"A="\01\0777\0377\08\0999\012345""#, "A=\\1\\777ÿ\\8\\999S45"),
        (r#"A="\0""#, "A=\\"),
        (r"A='a\\b\'c\d'", r"A=a\\b'c\d"),
        (r"A='a\\'", r"A=a\\"),
        (r"A='x\\\'y'", r"A=x\\'y"),
        ("A=a\"b\"", "A=a\"b\""),
        ("A=\"a\nb\"\nB='c\nd'", "A=a\nb B=c\nd"),
        ("A=1\nB=$A-${A}\nC='$A'\nD=\"$A\"", "A=1 B=1-1 C=$$A D=1"),
        ("B=$A\nA=1", "B=${A} A=1"),
        ("A=$$x\nB=\"$$x\"\nC=$\nD=a$1", "A=$$x B=$$x C=$$ D=a$$1"),
        ("A=\\$x", "A=\\${x}"),
        ("A=${U:-d}\nB=${A:+2}${U:?no}", "A=${U:-d} B=2${U:?no}"),
        ("A=x\nB=${A:-${U}}${E-y}", "A=x B=x${E-y}"),
        ("A=1\nA=$A$A", "A=1 A=11"),
        ("A\nB=1\n", "B=1"),
        ("A.b=1\nA-b=2\nA[0]=3\né=4\n1A=5", "A.b=1 A-b=2 A[0]=3 é=4 1A=5"),
        ("\u{feff}A=1\r\nB=2\r\n", "A=1 B=2"),
        ("A=\"1\r\n2\"\r\nB='1'\r\n", "A=1\r\n2 B=1"),
        ("#c\n\n  A=1\n  # d\n\tB=2", "A=1 B=2"),
        ("A=a=b\nB=`x`\nC=1;D=2", "A=a=b B=`x` C=1;D=2"),
        ("A=\u{a0}1\nB=\u{2003}1\u{2003}", "A=1 B=\u{2003}1"),
        ("# only", ""),
        ("", ""),
    ];
    for (text, expected) in cases {
        let found = read(text).unwrap_or_else(|line| panic!("{text:?} has a bad line {line}"));
        let found: Vec<String> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(found.join(" "), expected, "{text:?}");
    }
}

#[test]
fn bad_lines_are_found() {
    let cases = [
        ("A", 1),
        ("A=1\nA B", 2),
        ("export A", 1),
        ("A='x'y", 1),
        ("A B=1", 1),
        ("A!=1", 1),
        ("\"A\"=1", 1),
        ("=1", 1),
        ("A=1\n:1", 2),
        ("A=1\n\n}\n", 3),
        ("A=\"x\"\"y\"", 1),
        ("A=1\nB='unterminated\nC=1", 2),
        ("A=\"x # y", 1),
        ("A=${", 1),
        ("A=\"${\"", 1),
        ("A=${U:-a # b}", 1),
        ("A\u{2003}=1", 1),
        ("A=\nB=${A:?no}", 2),
    ];
    for (text, line) in cases {
        assert_eq!(read(text), Err(line), "{text:?}");
    }
}

#[test]
fn all_bad_lines_are_told_and_none_is_shown() {
    let text = "A=hush ${\nhush hush=1\n  export B='hush\n";
    let (_, bad) = parse(text, &Nothing);
    let (source, told) = complain(Path::new(".env"), bad);
    assert_eq!(source.text(), "A=***\n***\nexport B=***");
    let places: Vec<_> = told.iter().map(|told| source.line_col(told.place.unwrap().span.start)).collect();
    assert_eq!(places, [(1, 3), (2, 1), (3, 10)]);
    assert!(!format!("{told:?}").contains("hush"), "{told:?}");
}

#[test]
fn what_is_around_wins_and_is_inherited() {
    struct Shell;
    impl Variables for Shell {
        fn value(&self, name: &str) -> Option<&str> {
            (name == "S").then_some("shell")
        }
    }
    let (found, _) = parse("S=file\nA=$S\nS\nT\n", &Shell);
    let found: Vec<_> = found.iter().map(|set| (set.name.as_str(), set.value.as_str())).collect();
    assert_eq!(found, [("S", "file"), ("A", "shell"), ("S", "shell")]);
}

#[test]
fn values_cannot_grow_without_bounds() {
    let doubling: Vec<String> = (1..64).map(|n| format!("A{n}=$A{}$A{}", n - 1, n - 1)).collect();
    let (_, bad) = parse(&format!("A0=xxxxxxxx\n{}", doubling.join("\n")), &Nothing);
    assert!(!bad.is_empty());
}
