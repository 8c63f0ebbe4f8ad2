//! A person's word that a pass is to leave a service alone, with its reason and its last day.
//!
//! Knows the calendar; whether there was anything to leave alone is for the pipeline to see.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::image::catalogue::fits;
use crate::plan::PassId;
use crate::source::Place;

/// How many days before its end a waiver is warned of.
const SOON: i32 = 14;

/// One waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The service, in which `*` stands for anything.
    pub service: String,
    /// The pass.
    pub pass: PassId,
    /// Why; never empty.
    pub reason: String,
    /// The last day on which it holds; forever when there is none.
    pub until: Option<Date>,
    /// Where it is written.
    pub place: Place,
}

/// Whether a waiver holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Holds,
    /// It does, for that many days more; 0 is the last day.
    Ends(i32),
    /// It does not any more.
    Expired,
}

impl Waiver {
    /// Whether it is about this service and pass.
    #[must_use]
    pub fn is_for(&self, service: &str, pass: PassId) -> bool {
        self.pass == pass && fits(&self.service, service)
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        let Some(until) = self.until else { return Standing::Holds };
        let left = until.since(today).map_or(0, |span| span.get_days());
        match until < today {
            true => Standing::Expired,
            false if left <= SOON => Standing::Ends(left),
            false => Standing::Holds,
        }
    }
}

/// Today, in UTC, so that it is the same day for everybody. `SOURCE_DATE_EPOCH` stands for the clock where it is set.
#[must_use]
pub fn today() -> Date {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    let fixed = fixed.and_then(|seconds| Timestamp::from_second(seconds).ok());
    fixed.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::{Standing, Waiver};
    use crate::source::Place;
    use jiff::civil::date;

    #[test]
    fn the_last_day_counts() {
        let waiver = Waiver {
            service: "db*".into(),
            pass: "read_only",
            reason: "x".into(),
            until: Some(date(2027, 3, 1)),
            place: Place::default(),
        };
        for (today, standing) in [
            (date(2026, 12, 31), Standing::Holds),
            (date(2027, 2, 14), Standing::Holds),
            (date(2027, 2, 15), Standing::Ends(14)),
            (date(2027, 3, 1), Standing::Ends(0)),
            (date(2027, 3, 2), Standing::Expired),
        ] {
            assert_eq!(waiver.standing(today), standing, "{today}");
        }
        assert!(waiver.is_for("db2", "read_only"));
        assert!(!waiver.is_for("web", "read_only") && !waiver.is_for("db", "user"));
        assert_eq!(Waiver { until: None, ..waiver }.standing(date(9000, 1, 1)), Standing::Holds);
    }
}
