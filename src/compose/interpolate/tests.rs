//! What Docker Compose 2.26.1 makes of these texts was measured with `docker compose config`; `tests/interpolation.rs`
//! asks it again where its plugin is installed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Fault, Nothing, Variables, escape, finish, substitute};

struct Known(BTreeMap<&'static str, &'static str>);

impl Variables for Known {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }
}

fn known() -> Known {
    Known(BTreeMap::from([
        ("K", "v"),
        ("E", ""),
        ("D", "a$$b"),
        ("B", "x}y"),
        ("P", "${U}/data"),
        ("Q", "${U}"),
    ]))
}

#[test]
fn known_variables_are_put_in_and_unknown_ones_stay() {
    let cases = [
        ("plain", "plain"),
        ("$K", "v"),
        ("${K}x", "vx"),
        ("$Kx", "$Kx"),
        ("$K-x", "v-x"),
        ("${K:-d}${E:-d}${E-d}", "vd"),
        ("${U:-d} ${U-d} ${U} $U", "${U:-d} ${U-d} ${U} $U"),
        ("${U:?say}${U?say}", "${U:?say}${U?say}"),
        ("${K:?say}${E?say}", "v"),
        ("${K:+r}${E:+r}${E+s}", "rs"),
        ("${U:+r}${U+r}", "${U:+r}${U+r}"),
        ("$$K$${K}$$$K", "$$K$${K}$$v"),
        ("$ $1 $- $(x)", "$ $1 $- $(x)"),
        ("$ ${K}", "$$ v"),
        ("$U$K", "${U}v"),
        ("${K:+$U}foo", "${U}foo"),
        ("${E:-$}x", "$$x"),
        ("${U:-${K}}", "${U:-v}"),
        ("${U:-${V:-${K}}}", "${U:-${V:-v}}"),
        ("${U:-$V}", "${U:-$V}"),
        ("${U:-$V$K}", "${U:-${V}v}"),
        ("$D ${U:-$D}", "a$$b ${U:-a$$b}"),
        // a value with a brace cannot stand inside another variable
        ("${U:-$B}$B", "${U:-$B}x}y"),
        ("${U:-{} $K", "${U} v"),
        // partly known, and not known whether empty
        ("$P", "${U}/data"),
        ("${P:-d} ${P:+r}", "${U}/data r"),
        ("${Q:-d} ${Q-d}", "${Q:-d} ${U}"),
    ];
    for (text, expected) in cases {
        assert_eq!(substitute(text, &known()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_text_in_which_nothing_is_known_is_not_copied() {
    for text in ["$U${V:-x}$$y$", "plain"] {
        assert!(matches!(substitute(text, &Nothing), Ok(Cow::Borrowed(_))), "{text}");
    }
}

#[test]
fn what_compose_sees_when_nothing_else_is_set() {
    let cases = [
        ("${U}", ""),
        ("$U", ""),
        ("${U:-d}", "d"),
        ("${U-d}", "d"),
        ("${U:+r}${U+r}", ""),
        ("$$U", "$U"),
        ("a$", "a$"),
        ("$1 $- $(pwd) $é", "$1 $- $(pwd) $é"),
        ("${U:-a}b}", "ab}"),
        ("${U:-{}}", "{}"),
        ("${U:-{}", "{"),
        ("${U:-{{}} ${V:-y}", "{{} y"),
        ("${U:-{{x}}} ${V:-y}", "{{x}} y"),
        ("${U:-{}}-}", "{}}-"),
        ("${U:-}}", "}"),
        ("${U:-a}\n${U}", "a\n"),
        ("${U-:?}", ":?"),
        ("${U:-a:-b}", "a:-b"),
        ("${U:-$}x", "$x"),
        ("${U:-a$}b}", "a$b}"),
        ("${U-${V-{}}", "{"),
        ("$U:-x", ":-x"),
    ];
    for (text, expected) in cases {
        assert_eq!(finish(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_compose_refuses() {
    let name = |name: &str| name.to_owned();
    let cases = [
        ("${", Fault::Name),
        ("${}", Fault::Name),
        ("${1}", Fault::Name),
        ("${ K}", Fault::Name),
        ("${é:-x}", Fault::Name),
        ("${{ github.x }}", Fault::Name),
        ("${K", Fault::Unclosed(name("K"))),
        ("${U:-a\nb}", Fault::Unclosed(name("U"))),
        ("${U:-$", Fault::Unclosed(name("U"))),
        ("${K:x}", Fault::Operator(name("K"))),
        ("${K:}", Fault::Operator(name("K"))),
        ("${K }", Fault::Operator(name("K"))),
        ("${K.x}", Fault::Operator(name("K"))),
        ("${K:=x}", Fault::Operator(name("K"))),
        ("${K/x/y}", Fault::Operator(name("K"))),
        ("${K:-${}", Fault::Name),
        ("${U:+${}", Fault::Name),
        ("${K:-a} ${", Fault::Name),
        ("${U:-{} ${K}", Fault::Unclosed(name("K"))),
        ("${U:-{}} ${K:-y}", Fault::Unclosed(name("K"))),
        ("${U:-$${} ${K:-y}", Fault::Unclosed(name("K"))),
    ];
    for (text, fault) in cases {
        assert_eq!(substitute(text, &known()), Err(fault.clone()), "{text}");
        assert_eq!(substitute(text, &Nothing), Err(fault.clone()), "{text}");
        assert_eq!(finish(text), Err(fault), "{text}");
    }
}

#[test]
fn a_required_variable_that_is_empty_is_a_fault_that_shows_no_value() {
    let said = |text: &str| substitute(text, &known()).unwrap_err().to_string();
    assert_eq!(said("${E:?set it}"), "the variable `E` is required: set it");
    assert_eq!(said("${E:?}"), "the variable `E` is required");
    assert_eq!(said("${E:?not $K}"), "the variable `E` is required");
    assert_eq!(said("${K:-${E:?x}}"), "the variable `E` is required: x");
}

#[test]
fn bounds_hold() {
    let deep = |depth: usize| format!("{}x{}", "${A:-".repeat(depth), "}".repeat(depth));
    assert!(substitute(&deep(64), &Nothing).is_ok());
    assert_eq!(substitute(&deep(65), &Nothing), Err(Fault::Depth));
    assert_eq!(finish(&deep(65)), Err(Fault::Depth));
    let long: &'static str = Box::leak("x".repeat(1 << 16).into_boxed_str());
    let variables = Known(BTreeMap::from([("A", long)]));
    assert_eq!(substitute(&"$A".repeat(100), &variables), Err(Fault::Length));
    let many = "${A:-x}".repeat(200_000);
    assert_eq!(finish(&many).map(|text| text.len()), Ok(200_000));
}

#[test]
fn a_dollar_sign_in_a_value_is_doubled() {
    assert_eq!(escape("a$b$"), "a$$b$$");
    assert_eq!(finish(&escape("a$b${")).as_deref(), Ok("a$b${"));
}
