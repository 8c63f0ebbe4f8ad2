//! `<<` on meanings: a second implementation, so that a mistake in `load`'s is not repeated in the proof.
//!
//! Own keys win, earlier merges win over later ones, and a merged mapping's own `<<` counts. Anything that
//! cannot be merged is left where it is.

use std::collections::HashSet;

use super::meaning::Meaning;

/// Up to this many keys are compared one by one, which is faster than hashing them.
const FEW: usize = 64;

/// The same value with every `<<` in it resolved.
pub(super) fn resolve(value: Meaning<'_>) -> Meaning<'_> {
    match value {
        Meaning::Seq(items) => Meaning::Seq(items.into_iter().map(resolve).collect()),
        Meaning::Map(entries) => {
            merge(entries.into_iter().map(|(key, value)| (key, resolve(value))).collect())
        }
        Meaning::Tagged(inner) => Meaning::Tagged(Box::new((inner.0, resolve(inner.1)))),
        scalar => scalar,
    }
}

type Entries<'a> = Vec<(Meaning<'a>, Meaning<'a>)>;

fn merge(mut entries: Entries<'_>) -> Meaning<'_> {
    let found = entries.iter().position(|(key, value)| key.is("<<") && is_source(value));
    let Some(position) = found else { return Meaning::Map(entries) };
    let (_, source) = entries.remove(position);
    let merged: Vec<_> = mappings(source).into_iter().flatten().collect();
    if entries.len() + merged.len() <= FEW {
        add_few(&mut entries, merged);
    } else {
        add_many(&mut entries, merged);
    }
    Meaning::Map(entries)
}

fn add_few<'a>(entries: &mut Entries<'a>, merged: Entries<'a>) {
    for (key, value) in merged {
        if !entries.iter().any(|(own, _)| *own == key) {
            entries.push((key, value));
        }
    }
}

fn add_many<'a>(entries: &mut Entries<'a>, merged: Entries<'a>) {
    let mut seen: HashSet<_> = entries.iter().map(|(key, _)| key.clone()).collect();
    entries.extend(merged.into_iter().filter(|(key, _)| seen.insert(key.clone())));
}

fn is_source(value: &Meaning<'_>) -> bool {
    match value {
        Meaning::Map(_) => true,
        Meaning::Seq(items) => items.iter().all(|item| matches!(item, Meaning::Map(_))),
        _ => false,
    }
}

fn mappings(source: Meaning<'_>) -> Vec<Entries<'_>> {
    match source {
        Meaning::Map(entries) => vec![entries],
        Meaning::Seq(items) => items.into_iter().flat_map(mappings).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::difference;
    use super::super::meaning::read;
    use super::resolve;

    fn merges_to(text: &str, expected: &str) {
        let actual = resolve(read(text).unwrap().remove(0));
        let expected = read(expected).unwrap().remove(0);
        assert_eq!(difference(&expected, &actual), None, "{text}\n{actual:?}");
    }

    #[test]
    fn own_keys_win_wherever_they_stand() {
        merges_to("a: 1\n<<: {a: 2, b: 2}\n", "{a: 1, b: 2}");
        merges_to("<<: {a: 2, b: 2}\na: 1\n", "{a: 1, b: 2}");
    }

    #[test]
    fn earlier_merges_win() {
        merges_to("<<: [{a: 1}, {a: 2, b: 2}]\n", "{a: 1, b: 2}");
        merges_to("<<:\n  - {a: 1}\n  - {a: 2, b: 2}\n", "{a: 1, b: 2}");
    }

    #[test]
    fn merges_of_merges_and_below_count() {
        merges_to("<<: {<<: {a: 1, b: 1}, b: 2}\n", "{a: 1, b: 2}");
        merges_to("x:\n  - k: {<<: {a: 1}}\n", "x: [{k: {a: 1}}]");
        merges_to("x: !t {<<: {a: 1}}\n", "x: !t {a: 1}");
    }

    #[test]
    fn many_keys_merge_as_few_do() {
        let keys = |range: std::ops::Range<usize>, value: &str| {
            range.map(|key| format!("k{key}: {value}")).collect::<Vec<_>>().join(", ")
        };
        let text = format!("<<: [{{{}}}, {{{}}}]\nk1: own\n", keys(0..60, "a"), keys(50..90, "b"));
        let expected = format!("{{k0: a, k1: own, {}, {}}}", keys(2..60, "a"), keys(60..90, "b"));
        merges_to(&text, &expected);
    }

    #[test]
    fn what_is_no_mapping_stays() {
        merges_to("<<: text\na: 1\n", "{<<: text, a: 1}");
        merges_to("<<: [{a: 1}, text]\n", "{<<: [{a: 1}, text]}");
    }
}
