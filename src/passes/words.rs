//! What the words of a command, an entrypoint and the environment give away: which program, which options.
//!
//! Looks, and never shows: the values of variables stay in here except for the one number that is asked for.

use crate::compose::{Secret, Service, Spanned, Variable};

/// The words of the entrypoint and then of the command, without quotes around them.
pub(super) fn of(service: &Service) -> impl Iterator<Item = &str> {
    let entrypoint = service.entrypoint.iter().flat_map(|command| command.words());
    let command = service.command.iter().flat_map(|command| command.words());
    entrypoint.chain(command).map(unquote)
}

/// The words of the values of all variables, with the name of each.
pub(super) fn of_environment(service: &Service) -> impl Iterator<Item = (&str, &str)> {
    let variables = service.environment.0.iter();
    variables.flat_map(|variable| of_variable(variable).map(|word| (variable.value.name.as_str(), word)))
}

/// The words of the value of a variable.
pub(super) fn of_variable(variable: &Spanned<Variable>) -> impl Iterator<Item = &str> {
    let value = variable.value.value.as_ref().map_or("", Secret::expose);
    value.split_whitespace().map(unquote)
}

/// The last path segment of a word.
pub(super) fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The value of an option among words: `--name=value`, `--name value`, `name=value` (after `-c`), where `_` and
/// `-` are the same. The last one counts.
pub(super) fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let bare = word.strip_prefix("-c").filter(|rest| rest.contains('=')).unwrap_or(word);
        let (key, value) = bare.split_once('=').map_or((bare, None), |(key, value)| (key, Some(value)));
        let is_option = value.is_some() || bare.starts_with('-');
        if is_option && same_name(key.trim_start_matches('-'), name) {
            found = value.or_else(|| words.get(at + 1).copied()).map(unquote).or(found);
        }
    }
    found
}

fn same_name(one: &str, other: &str) -> bool {
    let fold = |c: char| if c == '_' { '-' } else { c.to_ascii_lowercase() };
    one.chars().map(fold).eq(other.chars().map(fold))
}

fn unquote(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The text without its interpolation: `${NAME:-default}` is `default`, a text without `$` is itself, and
/// anything else cannot be known here.
pub(super) fn resolved(text: &str) -> Option<&str> {
    if !text.contains('$') {
        return Some(text);
    }
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let (_, default) = inner.split_once(":-").or_else(|| inner.split_once('-'))?;
    Some(default).filter(|default| !default.is_empty() && !default.contains('$'))
}

#[cfg(test)]
mod tests {
    use super::{option, resolved};

    #[test]
    fn options_in_every_spelling() {
        let cases = [
            (&["--maxmemory", "2gb"][..], "maxmemory", Some("2gb")),
            (&["--maxmemory=2gb"], "maxmemory", Some("2gb")),
            (&["postgres", "-c", "shared_buffers=1GB"], "shared_buffers", Some("1GB")),
            (&["postgres", "-cshared_buffers='1GB'"], "shared-buffers", Some("1GB")),
            (&["--max_connections=5", "--max-connections=7"], "max_connections", Some("7")),
            (&["--wiredTigerCacheSizeGB", "1.5"], "wiredTigerCacheSizeGB", Some("1.5")),
            (&["maxmemory", "2gb"], "maxmemory", None),
            (&["--maxmemory"], "maxmemory", None),
            (&["--maxmemory-policy", "noeviction"], "maxmemory", None),
        ];
        for (words, name, value) in cases {
            assert_eq!(option(words, name), value, "{words:?}");
        }
    }

    #[test]
    fn defaults_of_variables_are_read() {
        assert_eq!(resolved("1g"), Some("1g"));
        assert_eq!(resolved("${M:-2g}"), Some("2g"));
        assert_eq!(resolved("${M-2g}"), Some("2g"));
        for text in ["${M}", "$M", "${M:-}", "${M:-${N}}", "x${M:-2}", "${M:?say}"] {
            assert_eq!(resolved(text), None, "{text}");
        }
    }
}
