//! Releases of base images that get no more updates: a dated table.
//!
//! A release has ended when its end is not after [`AS_OF`], the day up to which the table was made: never by the clock,
//! so that two runs of one version of harden say the same. Sources: the schedule of nodejs/Release, devguide.python.org
//! (versions), php.net (supported versions), ruby-lang.org (branches), alpinelinux.org (releases), the LTS page of
//! wiki.debian.org, ubuntu.com (release cycle), blog.centos.org. Where a vendor sells longer support, the free one counts.

use super::view::{Base, ON_DEBIAN};

/// The day up to which the table was made.
pub(super) const AS_OF: &str = "2026-11-01";

/// A release: the image, how its tags begin or what they contain as a word, and its last day.
type End = (&'static str, &'static str, &'static str);

/// By the first numbers of the tag.
const BY_VERSION: [End; 53] = [
    ("node", "8", "2019-12-31"),
    ("node", "10", "2021-04-30"),
    ("node", "12", "2022-04-30"),
    ("node", "13", "2020-06-01"),
    ("node", "14", "2023-04-30"),
    ("node", "15", "2021-06-01"),
    ("node", "16", "2023-09-11"),
    ("node", "17", "2022-06-01"),
    ("node", "18", "2025-04-30"),
    ("node", "19", "2023-06-01"),
    ("node", "20", "2026-04-30"),
    ("node", "21", "2024-06-01"),
    ("node", "22", "2027-04-30"),
    ("node", "23", "2025-06-01"),
    ("node", "24", "2028-04-30"),
    ("python", "2", "2020-01-01"),
    ("python", "3.5", "2020-09-30"),
    ("python", "3.6", "2021-12-23"),
    ("python", "3.7", "2023-06-27"),
    ("python", "3.8", "2024-10-07"),
    ("python", "3.9", "2025-10-31"),
    ("python", "3.10", "2026-10-31"),
    ("python", "3.11", "2027-10-31"),
    ("php", "5", "2018-12-31"),
    ("php", "7", "2022-11-28"),
    ("php", "8.0", "2023-11-26"),
    ("php", "8.1", "2025-12-31"),
    ("php", "8.2", "2026-12-31"),
    ("ruby", "2", "2023-03-31"),
    ("ruby", "3.0", "2024-04-23"),
    ("ruby", "3.1", "2025-03-26"),
    ("alpine", "3.12", "2022-05-01"),
    ("alpine", "3.13", "2022-11-01"),
    ("alpine", "3.14", "2023-05-01"),
    ("alpine", "3.15", "2023-11-01"),
    ("alpine", "3.16", "2024-05-23"),
    ("alpine", "3.17", "2024-11-22"),
    ("alpine", "3.18", "2025-05-09"),
    ("alpine", "3.19", "2025-11-01"),
    ("alpine", "3.20", "2026-04-01"),
    ("alpine", "3.22", "2027-05-01"),
    ("debian", "8", "2020-06-30"),
    ("debian", "9", "2022-06-30"),
    ("debian", "10", "2024-06-30"),
    ("debian", "11", "2026-08-31"),
    ("debian", "12", "2028-06-30"),
    ("ubuntu", "14.04", "2019-04-25"),
    ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "18.04", "2023-05-31"),
    ("ubuntu", "20.04", "2025-05-31"),
    ("centos", "6", "2020-11-30"),
    ("centos", "7", "2024-06-30"),
    ("centos", "8", "2021-12-31"),
];

/// By a word of the tag, of any image: what Debian and Ubuntu call their releases.
const BY_NAME: [(&str, &str, &str); 10] = [
    ("jessie", "Debian 8", "2020-06-30"),
    ("stretch", "Debian 9", "2022-06-30"),
    ("buster", "Debian 10", "2024-06-30"),
    ("bullseye", "Debian 11", "2026-08-31"),
    ("bookworm", "Debian 12", "2028-06-30"),
    ("trusty", "Ubuntu 14.04", "2019-04-25"),
    ("xenial", "Ubuntu 16.04", "2021-04-30"),
    ("bionic", "Ubuntu 18.04", "2023-05-31"),
    ("focal", "Ubuntu 20.04", "2025-05-31"),
    ("jammy", "Ubuntu 22.04", "2027-04-30"),
];

/// Whether an image is on one of the systems above, so that its tag may name it.
fn is_official(name: &str) -> bool {
    name == "nginx" || ON_DEBIAN.contains(&name)
}

/// What has ended below an image, and when; `None` where nothing is known to.
pub(super) fn ended(base: &Base<'_>) -> Option<(String, &'static str)> {
    if base.is_variable() {
        return None;
    }
    let name = base.name();
    let words: Vec<&str> = base.tag().split(['-', '_']).collect();
    let version = words.first().copied().unwrap_or_default();
    let own = BY_VERSION.iter().find(|(image, release, _)| *image == name && is_of(version, release));
    let own = own.map(|(image, release, end)| (format!("{} {release}", spoken(image)), *end));
    let named = BY_NAME.iter().find(|(word, ..)| is_official(&name) && words.contains(word));
    let named = named.map(|(_, release, end)| ((*release).to_owned(), *end));
    [own, named, alpine(&name, &words)].into_iter().flatten().find(|(_, end)| *end <= AS_OF)
}

/// `node:22-alpine3.16`
fn alpine(name: &str, words: &[&str]) -> Option<(String, &'static str)> {
    let version = words.iter().find_map(|word| word.strip_prefix("alpine"))?;
    let mut releases = BY_VERSION.iter().filter(|(image, ..)| *image == "alpine" && is_official(name));
    let found = releases.find(|(_, release, _)| is_of(version, release))?;
    Some((format!("Alpine {}", found.1), found.2))
}

/// Whether a version is a release, or one of its patches.
fn is_of(version: &str, release: &str) -> bool {
    version.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn spoken(image: &str) -> &str {
    match image {
        "node" => "Node.js",
        "python" => "Python",
        "php" => "PHP",
        "ruby" => "Ruby",
        "alpine" => "Alpine",
        "debian" => "Debian",
        "ubuntu" => "Ubuntu",
        "centos" => "CentOS",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::Base;
    use super::{AS_OF, BY_NAME, BY_VERSION, ended};

    #[test]
    fn what_has_ended() {
        let cases = [
            ("node:16", Some("Node.js 16 2023-09-11")),
            ("node:16.20.2-slim", Some("Node.js 16 2023-09-11")),
            ("node:160", None),
            ("node:22-bookworm", None),
            ("node:22-buster-slim", Some("Debian 10 2024-06-30")),
            ("node:22-alpine3.16", Some("Alpine 3.16 2024-05-23")),
            ("node:22-alpine", None),
            ("python:3.1", None),
            ("python:3.10-slim", Some("Python 3.10 2026-10-31")),
            ("python:3", None),
            ("php:8.2-fpm", None),
            ("debian:buster", Some("Debian 10 2024-06-30")),
            ("ubuntu:20.04", Some("Ubuntu 20.04 2025-05-31")),
            ("ubuntu:22.04", None),
            ("alpine:3.16.9", Some("Alpine 3.16 2024-05-23")),
            ("node:$V", None),
            ("node:${V:-16}", None),
            ("ghcr.io/acme/node:16", None),
            ("acme/app:buster", None),
            ("node", None),
        ];
        for (written, expected) in cases {
            let found = ended(&Base::of(written)).map(|(what, end)| format!("{what} {end}"));
            assert_eq!(found.as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn dates_are_dates() {
        let ends = BY_VERSION.iter().map(|end| end.2).chain(BY_NAME.iter().map(|end| end.2)).chain([AS_OF]);
        for end in ends {
            assert!(end.parse::<jiff::civil::Date>().is_ok(), "{end}");
        }
    }
}
