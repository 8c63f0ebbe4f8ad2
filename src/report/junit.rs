//! `JUnit` XML: a suite a project, a case a service and pass. What `--check` fails for fails, and what is
//! missing; other advice does not.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::found;
use super::model::{Counted, Decision, Difference, Outcome, Project, Report, Service, Status};
use super::words::is_steering;

type Written = io::Result<()>;

/// What a case is, beside its name.
enum Verdict {
    Passed,
    Failure(String),
    Skipped(String),
    Output(String),
}

/// The report as XML.
pub(super) fn render(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // nothing can go wrong when writing to memory
    let _ = document(&mut writer, report);
    let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn document(writer: &mut Writer<Vec<u8>>, report: &Report) -> Written {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites: Vec<Suite<'_>> = report.projects.iter().map(|project| Suite::of(report, project)).collect();
    let tests = suites.iter().map(Suite::tests).sum::<usize>().to_string();
    let failures = suites.iter().map(Suite::failures).sum::<usize>().to_string();
    let errors = suites.iter().map(Suite::errors).sum::<usize>().to_string();
    let attributes = [("name", "harden"), ("tests", &*tests), ("failures", &*failures), ("errors", &*errors)];
    writer
        .create_element("testsuites")
        .with_attributes(attributes)
        .write_inner_content(|writer| suites.iter().try_for_each(|suite| suite.write(writer)))?;
    Ok(())
}

/// One project.
struct Suite<'a> {
    project: &'a Project,
    /// Why it could not be hardened, or passed.
    error: Option<String>,
    cases: Vec<(&'a Service, &'a Decision, Verdict)>,
}

impl<'a> Suite<'a> {
    fn of(report: &Report, project: &'a Project) -> Self {
        let cases =
            project.decisions().map(|(service, decision)| (service, decision, verdict(project, decision)));
        Self { project, error: error(report, project), cases: cases.collect() }
    }

    fn tests(&self) -> usize {
        self.cases.len() + 1
    }

    fn failures(&self) -> usize {
        self.cases.iter().filter(|(.., verdict)| matches!(verdict, Verdict::Failure(_))).count()
    }

    fn skipped(&self) -> usize {
        self.cases.iter().filter(|(.., verdict)| matches!(verdict, Verdict::Skipped(_))).count()
    }

    fn errors(&self) -> usize {
        usize::from(self.error.is_some())
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> Written {
        let name = allowed(&self.project.path);
        let [tests, failures, errors, skipped] =
            [self.tests(), self.failures(), self.errors(), self.skipped()].map(|count| count.to_string());
        let attributes = [
            ("name", &*name),
            ("tests", &*tests),
            ("failures", &*failures),
            ("errors", &*errors),
            ("skipped", &*skipped),
        ];
        writer.create_element("testsuite").with_attributes(attributes).write_inner_content(|writer| {
            self.loaded(writer, &name)?;
            self.cases
                .iter()
                .try_for_each(|(service, decision, verdict)| case(writer, &name, service, decision, verdict))
        })?;
        Ok(())
    }

    /// A case of its own for whether the project can be read.
    fn loaded(&self, writer: &mut Writer<Vec<u8>>, name: &str) -> Written {
        let element = writer.create_element("testcase").with_attributes([
            ("classname", name),
            ("name", "the project is read"),
            ("file", name),
        ]);
        let Some(error) = &self.error else { return element.write_empty().map(drop) };
        let error = allowed(error);
        element
            .write_inner_content(|writer| {
                let message = error.lines().next().unwrap_or_default();
                let error_element = writer.create_element("error").with_attribute(("message", message));
                error_element.write_text_content(BytesText::new(&error)).map(drop)
            })
            .map(drop)
    }
}

fn case(
    writer: &mut Writer<Vec<u8>>,
    suite: &str,
    service: &Service,
    decision: &Decision,
    verdict: &Verdict,
) -> Written {
    let class = format!("{suite}.{}", allowed(&service.name));
    let place = decision.place.as_ref().or(service.place.as_ref());
    let file = allowed(place.map_or(suite, |place| &place.file));
    let line = place.map_or(1, |place| place.start.line).to_string();
    let pass = allowed(&decision.pass);
    let attributes = [("classname", &*class), ("name", &*pass), ("file", &*file), ("line", &*line)];
    let element = writer.create_element("testcase").with_attributes(attributes);
    let (tag, text) = match verdict {
        Verdict::Passed => return element.write_empty().map(drop),
        Verdict::Failure(text) => ("failure", text),
        Verdict::Skipped(text) => ("skipped", text),
        Verdict::Output(text) => ("system-out", text),
    };
    let text = allowed(text);
    let inner = |writer: &mut Writer<Vec<u8>>| {
        let inner = writer.create_element(tag);
        if tag == "system-out" {
            return inner.write_text_content(BytesText::new(&text)).map(drop);
        }
        let message = text.lines().next().unwrap_or_default();
        inner.with_attribute(("message", message)).write_text_content(BytesText::new(&text)).map(drop)
    };
    element.write_inner_content(inner).map(drop)
}

fn verdict(project: &Project, decision: &Decision) -> Verdict {
    if let Some(waiver) = &decision.waiver {
        let until = waiver.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
        return Verdict::Skipped(format!("waived{until}: {}", waiver.reason));
    }
    let known = decision.check == Some(Counted::Known);
    match &decision.outcome {
        Outcome::Apply { .. } if project.written => Verdict::Passed,
        Outcome::Apply { changes } => {
            let texts: Vec<String> =
                changes.iter().map(|change| format!("{}: {}", change.text, change.why)).collect();
            let text = format!("missing: {}", texts.join("\nmissing: "));
            if known {
                Verdict::Skipped(format!("known to the baseline\n{text}"))
            } else {
                Verdict::Failure(text)
            }
        }
        Outcome::HeldBack { release, .. } => Verdict::Skipped(format!("held back: {release}")),
        Outcome::Skip { text, .. } => Verdict::Skipped(text.clone()),
        Outcome::Already { .. } | Outcome::Same => Verdict::Passed,
        Outcome::Differs { differences } => {
            let texts: Vec<String> = differences.iter().map(Difference::text).collect();
            Verdict::Failure(texts.join("\n"))
        }
        Outcome::Advise { severity, message, help, .. } => {
            let text = format!("{}: {message}\nhelp: {help}", found::severity(*severity));
            if decision.check == Some(Counted::Fails) {
                Verdict::Failure(text)
            } else {
                Verdict::Output(text)
            }
        }
    }
}

fn error(report: &Report, project: &Project) -> Option<String> {
    let errors: Vec<String> = project.errors().map(super::plain::diagnostic).collect();
    match project.status {
        Status::Failed => Some(errors.join("\n")),
        Status::Unsure if report.mode.decides() => found::unseen(project),
        _ => None,
    }
}

/// XML 1.0 has no way to write most control characters; those that it has are no less odd.
fn allowed(text: &str) -> String {
    let is_allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || !(is_steering(c) || matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    let text: String = text.chars().map(|c| if is_allowed(c) { c } else { '?' }).collect();
    // printed in a job of GitHub, such a line would be a command
    text.replace("\n::", "\n ::")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::model::sample;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    #[test]
    fn hostile_names_come_back_as_they_were() {
        let report = sample::hostile();
        let text = render(&report);
        let mut reader = Reader::from_str(&text);
        let mut names = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(start) | Event::Empty(start) => {
                    for attribute in start.attributes() {
                        names.push(attribute.unwrap().unescape_value().unwrap().into_owned());
                    }
                }
                _ => {}
            }
        }
        let expected = format!("{}.{}", report.projects[0].path, report.projects[0].services[0].name);
        let expected = expected.replace('\u{1b}', "?").replace("\n::", "\n ::");
        assert!(names.contains(&expected), "{expected:?} is not among {names:#?}");
    }

    #[test]
    fn the_sums_are_those_of_the_cases() {
        let text = render(&sample::report());
        assert!(
            text.contains("<testsuites name=\"harden\" tests=\"9\" failures=\"2\" errors=\"1\">"),
            "{text}"
        );
        assert_eq!(text.matches("<failure ").count(), 2, "{text}");
        assert_eq!(text.matches("<testcase ").count(), 9, "{text}");
        assert!(text.contains("waived until 2027-03-01: on purpose"), "{text}");
    }
}
