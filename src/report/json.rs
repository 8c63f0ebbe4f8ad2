//! The JSON report: the model itself.

use super::model::Report;

/// The report, indented, with a last line break.
pub(super) fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
