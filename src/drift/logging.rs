//! `logging`: only what the file says. What it leaves open is the engine's to choose, which also adds options of its own.

use super::said::{Said, text};
use super::{Difference, Pair, Verdict};
use crate::compose::Logging;
use crate::image::expand::literal;
use crate::source::Place;

/// Options whose values tell nothing but sizes and modes; others may be addresses and tokens.
const PLAIN: [&str; 5] = ["max-size", "max-file", "max-buffer-size", "mode", "compress"];

/// `logging`.
pub(super) fn logging(pair: &Pair<'_>) -> Verdict {
    let Some(logging) = &pair.service.logging else { return Verdict::Nothing };
    let runs = &pair.container.host_config.log_config;
    let mut differences = match text(logging.value.driver.as_ref()) {
        Said::Unknown => return Verdict::Unknown("logging.driver".to_owned()),
        Said::This(driver, place) if driver != runs.r#type => {
            return Verdict::differs(
                "logging.driver",
                Some(driver),
                runs.r#type.clone(),
                place.or(logging.place),
            );
        }
        _ => Vec::new(),
    };
    let Some(options) = options(&logging.value) else {
        return Verdict::Unknown("logging.options".to_owned());
    };
    for (name, wanted) in options {
        let found = runs.config.get(&name);
        if found != Some(&wanted) {
            differences.push(option(&name, &wanted, found, logging.place));
        }
    }
    Verdict::of(differences, true)
}

/// The options of the file; `None` where a value is not known.
fn options(logging: &Logging) -> Option<Vec<(String, String)>> {
    let options = logging.options.as_ref().map(|options| &options.value).into_iter().flatten();
    options
        .map(|(name, value)| Some((name.clone(), literal(value.as_deref().unwrap_or_default())?)))
        .collect()
}

fn option(name: &str, wanted: &str, found: Option<&String>, place: Option<Place>) -> Difference {
    let is_plain = PLAIN.contains(&name);
    let file = if is_plain { wanted } else { "a value" }.to_owned();
    let runs = match found {
        None => "no such option",
        Some(value) if is_plain => value,
        Some(_) => "another value",
    };
    Difference { key: format!("logging.options.{name}"), file: Some(file), runs: runs.to_owned(), place }
}
