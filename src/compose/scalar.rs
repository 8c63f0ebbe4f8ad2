//! Scalars as Compose reads them: sizes, flags and numbers, any of which may hide behind a `${VARIABLE}`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A scalar of a fixed type, or one that only the environment knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// Written out.
    Literal(T),
    /// Holds an interpolation such as `${MEM:-512m}`; the text as written.
    Variable(String),
}

impl<T> Setting<T> {
    /// The value when it is written out.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Variable(_) => None,
        }
    }
}

/// A type that is written as one YAML scalar.
pub trait Scalar: Sized {
    /// What a message says was expected: `a size such as 512m`.
    const EXPECTED: &'static str;
    /// Reads it; `None` when it is not one.
    fn parse(text: &str) -> Option<Self>;
}

/// A size in bytes, as `512m`, `1.5gb` or `1024`. `-1` (no limit) is `Bytes(0)`, as 0 is.
/// Units as Docker's `units.RAMInBytes`: powers of 1024, case ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl Bytes {
    /// Mebibytes.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count * 1024 * 1024)
    }
}

impl fmt::Display for Bytes {
    /// The shortest exact form: `512m`, `2g`, `1536m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 4] = [(40, "t"), (30, "g"), (20, "m"), (10, "k")];
        let exact = UNITS.iter().find(|(shift, _)| self.0 != 0 && self.0.is_multiple_of(1 << shift));
        match exact {
            Some((shift, unit)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Scalar for Bytes {
    const EXPECTED: &'static str = "a size such as 512m";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == "-1" {
            return Some(Self(0));
        }
        let text = text.replace('_', "");
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits)?;
        let Some(shift) = shift(unit.trim_start()) else { return sane(radix(&text).or(text.parse().ok())?) };
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(1 << shift).map(Self);
        }
        sane(
            number.parse::<f64>().ok()?
                * f64::from(1_u32 << (shift.min(30)))
                * 2_f64.powi(shift.max(30) - 30),
        )
    }
}

/// The power of two of a unit: `m`, `mb`, `mi` and `mib` are one.
fn shift(unit: &str) -> Option<i32> {
    let unit = unit.strip_suffix('b').unwrap_or(unit);
    let unit = unit.strip_suffix('i').filter(|letter| !letter.is_empty()).unwrap_or(unit);
    ["", "k", "m", "g", "t", "p"]
        .iter()
        .zip((0..).step_by(10))
        .find_map(|(name, shift)| (*name == unit).then_some(shift))
}

fn sane(bytes: f64) -> Option<Bytes> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked in the condition")]
    (bytes.is_finite() && (0.0..9e18).contains(&bytes)).then_some(Bytes(bytes as u64))
}

/// A number that YAML writes as `0x1f`, `0o17` or `0b11`.
fn radix(text: &str) -> Option<f64> {
    let (digits, radix) = [("0x", 16), ("0o", 8), ("0b", 2)]
        .iter()
        .find_map(|(prefix, radix)| text.strip_prefix(prefix).map(|digits| (digits, *radix)))?;
    #[expect(clippy::cast_precision_loss, reason = "no limit is meant to the byte beyond 2^53")]
    u64::from_str_radix(digits, radix).ok().map(|value| value as f64)
}

/// A boolean in any spelling that Compose takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

impl Scalar for Flag {
    const EXPECTED: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" | "on" => Some(Self(true)),
            "false" | "f" | "0" | "no" | "n" | "off" => Some(Self(false)),
            _ => None,
        }
    }
}

impl Scalar for i64 {
    const EXPECTED: &'static str = "a whole number";

    /// A fraction is dropped, as Compose drops it.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        text.parse().ok().or_else(|| {
            let float = f64::parse(&text)?;
            #[expect(clippy::cast_possible_truncation, reason = "bounded in the condition")]
            (float.abs() < 9e15).then_some(float as Self)
        })
    }
}

impl Scalar for f64 {
    const EXPECTED: &'static str = "a number such as 1.5";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        radix(&text).or_else(|| text.parse().ok()).filter(|number: &Self| number.is_finite())
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(SettingVisitor(PhantomData))
    }
}

struct SettingVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for SettingVisitor<T> {
    type Value = Setting<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.contains('$') {
            return Ok(Setting::Variable(text.to_owned()));
        }
        T::parse(text).map(Setting::Literal).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Flag, Scalar};

    #[test]
    fn sizes_read_as_docker_reads_them() {
        let cases = [
            ("512m", 512 << 20),
            ("1.5g", 3 << 29),
            ("64MiB", 64 << 20),
            ("1024", 1024),
            ("2 gb", 2 << 30),
            ("-1", 0),
            ("512Mi", 512 << 20),
            ("1_000", 1000),
            ("0x1000", 4096),
            ("1e9", 1_000_000_000),
        ];
        for (text, bytes) in cases {
            assert_eq!(Bytes::parse(text), Some(Bytes(bytes)), "{text}");
        }
        for text in ["lots", "", "m", "1x", "--1", "1..5m", "512i", "5ib", "1e", "-1e9"] {
            assert_eq!(Bytes::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_written_short_and_exact() {
        assert_eq!(Bytes::mib(512).to_string(), "512m");
        assert_eq!(Bytes::mib(2048).to_string(), "2g");
        assert_eq!(Bytes(1000).to_string(), "1000");
        assert_eq!(Bytes(0).to_string(), "0");
    }

    #[test]
    fn numbers_read_as_yaml_has_them() {
        assert_eq!(i64::parse("1_000"), Some(1000));
        assert_eq!(i64::parse("0x1f"), Some(31));
        assert_eq!(i64::parse("1.5"), Some(1));
        assert_eq!(i64::parse("-1"), Some(-1));
        assert_eq!(f64::parse("1e-1"), Some(0.1));
        assert_eq!(f64::parse("1_0.5"), Some(10.5));
        for text in ["", "x", "0x", "1.5.2", "inf"] {
            assert_eq!(f64::parse(text), None, "{text}");
        }
    }

    #[test]
    fn yaml_1_1_booleans_count() {
        assert_eq!(Flag::parse("yes"), Some(Flag(true)));
        assert_eq!(Flag::parse("Off"), Some(Flag(false)));
        assert_eq!(Flag::parse("maybe"), None);
    }
}
