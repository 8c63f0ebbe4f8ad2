//! What the name of a file says of it. Measured on real repositories: nine in ten projects have a default name, most
//! others begin with `compose` or `docker-compose`, and no other name is used for Compose files alone.

use std::ffi::OsStr;

use crate::load::DEFAULT_NAMES;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Compose finds it by itself.
    Default,
    /// Compose lays it over the file with the default name by itself.
    Override,
    /// For `docker stack deploy`.
    Stack,
    /// A Compose file by convention: `docker-compose.prod.yml`, `compose-gpu.yaml`, `shop.compose.yml`.
    Other,
}

/// What a name says; none for a name that says nothing of Compose.
pub(super) fn of(name: &OsStr) -> Option<Name> {
    // what is no text in it does not change what the rest says
    let name = name.to_string_lossy();
    let name = name.as_ref();
    if DEFAULT_NAMES.contains(&name) {
        return Some(Name::Default);
    }
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    match stem {
        "compose.override" | "docker-compose.override" => Some(Name::Override),
        _ if begins(stem, "docker-stack") => Some(Name::Stack),
        _ if begins(stem, "compose") || begins(stem, "docker-compose") || ends(stem, "compose") => {
            Some(Name::Other)
        }
        _ => None,
    }
}

/// `compose.prod`, and not `composer`.
fn begins(stem: &str, word: &str) -> bool {
    stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

/// `shop.compose`, and not `decompose`.
fn ends(stem: &str, word: &str) -> bool {
    stem.strip_suffix(word).is_some_and(|rest| rest.ends_with(['.', '-', '_']))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{Name, of};

    #[test]
    fn names_say_what_a_file_is() {
        for (name, says) in [
            ("compose.yaml", Some(Name::Default)),
            ("docker-compose.yml", Some(Name::Default)),
            ("compose.override.yml", Some(Name::Override)),
            ("docker-compose.override.yaml", Some(Name::Override)),
            ("docker-compose.prod.yml", Some(Name::Other)),
            ("compose-gpu.yaml", Some(Name::Other)),
            ("docker-compose_dev.yml", Some(Name::Other)),
            ("shop.compose.yml", Some(Name::Other)),
            ("shop.docker-compose.yml", Some(Name::Other)),
            ("docker-stack.yml", Some(Name::Stack)),
            ("composer.yml", None),
            ("decompose.yml", None),
            ("compose.yml.j2", None),
            ("compose.json", None),
            ("values.yaml", None),
        ] {
            assert_eq!(of(OsStr::new(name)), says, "{name}");
        }
    }
}
