//! `ports`: short form `[HOST:]CONTAINER[/PROTOCOL]` and long form.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use super::Written;

/// One published port (or range). Fields are as written: a number, a range, or an interpolation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Port {
    /// Address on the host; `None` means all interfaces.
    pub host_ip: Option<String>,
    /// Port on the host; `None` means an ephemeral one.
    pub published: Option<String>,
    /// Port in the container.
    pub target: String,
    /// `tcp` or `udp`.
    pub protocol: Option<String>,
    /// `host` or `ingress`.
    pub mode: Option<String>,
    /// Whether it was written as one string.
    #[serde(skip)]
    pub short: bool,
    /// What stands in the file, where variables were put into the short form; `None` when that is the value.
    #[serde(skip)]
    pub written: Option<String>,
}

impl Port {
    /// Reads the short form. Interpolations are kept whole: `${A:-1}:80` is published `${A:-1}`, target `80`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (rest, protocol) = match text.rsplit_once('/') {
            Some((rest, protocol)) if !protocol.contains('}') => (rest, Some(protocol.to_owned())),
            _ => (text, None),
        };
        let mut parts = super::mount::split_colons(rest);
        let target = parts.pop().unwrap_or_default().to_owned();
        let published = parts.pop().map(str::to_owned).filter(|port| !port.is_empty());
        let host_ip = (!parts.is_empty()).then(|| parts.join(":"));
        Self { host_ip, published, target, protocol, mode: None, short: true, written: None }
    }

    /// Reads the short form that is to stand where another port stands in the file: its variables are worth the same.
    #[must_use]
    pub fn parse_over(text: &str, old: &Self) -> Self {
        let new = Self::parse(text);
        let Some(written) = old.written.as_deref().map(Self::parse) else { return new };
        let kept = |new: &Option<String>, written: &Option<String>, value: &Option<String>| {
            if new == written { value.clone() } else { new.clone() }
        };
        let made = Self {
            host_ip: kept(&new.host_ip, &written.host_ip, &old.host_ip),
            published: kept(&new.published, &written.published, &old.published),
            target: if new.target == written.target { old.target.clone() } else { new.target.clone() },
            protocol: kept(&new.protocol, &written.protocol, &old.protocol),
            ..new.clone()
        };
        Self { written: (made != new).then(|| text.to_owned()), ..made }
    }

    /// Reads the long form, given what to find the text of a key with. `None` without a container port.
    pub(crate) fn from_parts(part: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            host_ip: part("host_ip"),
            published: part("published"),
            target: part("target")?,
            protocol: part("protocol"),
            mode: part("mode"),
            ..Self::default()
        })
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { value: Form(port), text } = Written::deserialize(deserializer)?;
        Ok(Self { written: text, ..port })
    }
}

/// Either form, without the text it was made of.
struct Form(Port);

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PortVisitor).map(Self)
    }
}

struct PortVisitor;

impl<'de> Visitor<'de> for PortVisitor {
    type Value = Port;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a port such as 8080:80, or a mapping")
    }

    fn visit_str<E>(self, text: &str) -> Result<Port, E> {
        Ok(Port::parse(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Port, A::Error> {
        // the inherent function that `remote = "Self"` derives: the long form
        Port::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn a_port_that_replaces_another_keeps_the_worth_of_its_variables() {
        let old = |text: &str, value: &str| Port { written: Some(text.to_owned()), ..Port::parse(value) };
        let over = |new: &str, old: &Port| Port::parse_over(new, old);
        let kept = over("127.0.0.1:${P}:80", &old("${P}:80", "8080:80"));
        assert_eq!(
            kept,
            Port { written: Some("127.0.0.1:${P}:80".into()), ..Port::parse("127.0.0.1:8080:80") }
        );
        let gone = over("127.0.0.1:8080:80", &old("${IP}:8080:80", "0.0.0.0:8080:80"));
        assert_eq!(gone, Port::parse("127.0.0.1:8080:80"));
        assert_eq!(over("1:2", &Port::parse("3:4")), Port::parse("1:2"));
    }
}
