//! What was measured of images, told: a small table for each, and the same for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::builds::{Build, Builds, Figures};
use crate::compose::size_in_words;

/// One part for each image that was built both ways.
pub(super) fn table(builds: &Builds) -> String {
    let mut text = String::new();
    for (service, build) in &builds.services {
        let _ = writeln!(text, "\n{service}: built before and after {} changed", edited(build));
        text += &rows(build);
        if let Some(why) = &build.wrong {
            let _ = writeln!(text, "  the new image is not taken: {why}");
        }
    }
    for (service, why) in &builds.skipped {
        let _ = writeln!(text, "\n{service}: not built for comparison: {why}");
    }
    if let Some(why) = left_out(builds) {
        let _ = writeln!(text, "\nDockerfiles and `.dockerignore` files are left out of the diff: {why}");
    }
    text
}

/// Why nothing of what builds would change is in the diff; none where it is, or nothing would change.
pub(super) fn left_out(builds: &Builds) -> Option<&str> {
    if let Some(why) = &builds.left_out {
        return Some(why);
    }
    let why = if builds.fail() { "a new image fails" } else { "not all of them could be tried" };
    let is_any = !builds.services.is_empty() || !builds.skipped.is_empty();
    (is_any && !builds.hold()).then_some(why)
}

fn edited(build: &Build) -> String {
    let names: Vec<String> = build.edited.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

fn rows(build: &Build) -> String {
    let mut text = format!("  {:12}  {:>10}  {:>10}\n", "", "before", "after");
    let mut row = |name: &str, of: &dyn Fn(&Figures) -> String, note: &str| {
        let after = build.after.as_ref().map_or_else(|| "-".to_owned(), of);
        let line = format!("  {name:12}  {:>10}  {after:>10}{note}", of(&build.before));
        let _ = writeln!(text, "{}", line.trim_end());
    };
    row("image", &|figures| size_in_words(figures.image), "");
    row("context", &|figures| size_in_words(figures.context.bytes), "");
    row("files in it", &|figures| figures.context.files.to_string(), "");
    row("full build", &|figures| seconds(figures.full), "");
    let note = build.touched.as_ref().map(|file| format!("  once `{file}` changes"));
    let again = |figures: &Figures| figures.again.map_or_else(|| "-".to_owned(), seconds);
    row("next build", &again, note.as_deref().unwrap_or("  no file of the context is copied"));
    text
}

/// The same for programs.
pub(super) fn document(build: &Build) -> Value {
    json!({
        "edited": build.edited, "touched": build.touched, "works": build.wrong.is_none(), "why": build.wrong,
        "before": figures(&build.before), "after": build.after.as_ref().map(figures),
    })
}

fn figures(figures: &Figures) -> Value {
    json!({
        "image_bytes": figures.image, "context_bytes": figures.context.bytes, "context_files": figures.context.files,
        "build_seconds": rounded(figures.full), "rebuild_seconds": figures.again.map(rounded),
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// What is measured once is no more exact than that.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::super::builds::{Build, Figures};
    use super::{document, rows};
    use crate::prove::context::Load;
    use std::time::Duration;

    fn build(after: Option<Figures>) -> Build {
        let before = Figures {
            image: 402_000_000,
            context: Load { bytes: 30_120_000, files: 2210 },
            full: Duration::from_millis(14_040),
            again: Some(Duration::from_millis(13_160)),
        };
        let (edited, touched) = (vec![".dockerignore".to_owned()], Some("app.py".to_owned()));
        Build { edited, touched, before, after, wrong: None }
    }

    #[test]
    fn figures_stand_below_each_other() {
        let after = Figures {
            image: 358_000_000,
            context: Load { bytes: 1234, files: 4 },
            full: Duration::from_secs(12),
            again: None,
        };
        let expected = "                    before       after
  image           402.0 MB    358.0 MB
  context          30.1 MB      1.2 kB
  files in it         2210           4
  full build        14.0 s      12.0 s
  next build        13.2 s           -  once `app.py` changes
";
        assert_eq!(rows(&build(Some(after))), expected);
        assert!(rows(&build(None)).contains("402.0 MB           -\n"));
    }

    #[test]
    fn programs_are_told_the_same() {
        let told = document(&build(None));
        assert_eq!(told["before"]["rebuild_seconds"], 13.2);
        assert_eq!(told["before"]["context_files"], 2210);
        assert!(told["after"].is_null() && told["works"] == true);
    }
}
