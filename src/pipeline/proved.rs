//! What a recorded run makes of a verdict: what worked is known, with the values it worked with; what did not is left out.
//!
//! Looks only at what a pass would change: what the file has, or rules out, stays as the pass says.

use std::borrow::Cow;

use crate::compose::{Service, Via};
use crate::evidence::Record;
use crate::plan::{Change, Confidence, Evidence, Op, PassId, Skip, Value, Verdict};

/// The verdict of a pass, by what was found of the service, which has what earlier passes decided.
pub(super) fn by(verdict: Verdict, record: &Record, pass: PassId, service: &Service) -> Verdict {
    let changes = match (verdict, record.kept.get(pass)) {
        (Verdict::Change(changes), _) => changes,
        // nobody knew to whom its data belong, and now it is known
        (Verdict::Skip(Skip::BindMount(_)), Some(user)) if pass == "user" => unforeseen(user, record),
        (verdict, _) => return verdict,
    };
    if matches!(pass, "read_only" | "cap_drop") && !runs_as_then(record, service) {
        return Verdict::Change(changes);
    }
    if let Some(why) = record.dropped.get(pass) {
        return Verdict::Skip(Skip::Proved(why.clone().into()));
    }
    match record.kept.get(pass) {
        Some(values) => Verdict::Change(with(changes, values, pass, &grounds(record))),
        None => Verdict::Change(changes),
    }
}

/// Whether the service starts as the user that it was run as: what that one needs says nothing of another.
fn runs_as_then(record: &Record, service: &Service) -> bool {
    let then = record.kept.get("user").and_then(|user| user.first());
    match (&service.user, then) {
        (Some(now), Some(then)) => now.value == *then,
        (Some(now), None) => now.via != Via::Plan,
        (None, then) => then.is_none(),
    }
}

fn grounds(record: &Record) -> Confidence {
    let image = record.image.as_deref().unwrap_or("the image that is built").into();
    Confidence::Known(Evidence::Proved { image, date: record.date.as_str().into() })
}

/// The changes with the values that were tried.
fn with(changes: Vec<Change>, values: &[String], pass: PassId, confidence: &Confidence) -> Vec<Change> {
    let proved = |change: Change| Change { confidence: confidence.clone(), ..change };
    match pass {
        "cap_drop" => listed(changes, values, &["cap_add"], confidence),
        "read_only" => listed(changes, values, &["tmpfs"], confidence),
        _ => match values {
            [value] => changes.into_iter().map(|change| proved(set(change, value))).collect(),
            _ => changes.into_iter().map(proved).collect(),
        },
    }
}

/// A user that no pass would write.
fn unforeseen(user: &[String], record: &Record) -> Vec<Change> {
    let change = |user: &String| Change {
        path: Cow::Borrowed(&["user"]),
        op: Op::Set(Value::str(user.clone())),
        why: "it was run as that user, on data of its own".into(),
        confidence: grounds(record),
    };
    user.first().map(change).into_iter().collect()
}

/// A scalar with another value, in the notation it has.
fn set(change: Change, value: &str) -> Change {
    let value = value.to_owned();
    let new = match &change.op {
        Op::Set(Value::Number(old)) if **old != *value => Value::number(value),
        Op::Set(Value::Str(old)) if **old != *value => Value::str(value),
        _ => return change,
    };
    Change { op: Op::Set(new), why: "it was run with that".into(), ..change }
}

/// The switch itself, and the list beside it with these items.
fn listed(
    changes: Vec<Change>,
    items: &[String],
    list: &'static [&'static str],
    confidence: &Confidence,
) -> Vec<Change> {
    let (old, switch): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| *change.path == *list);
    let mut changes: Vec<Change> =
        switch.into_iter().map(|change| Change { confidence: confidence.clone(), ..change }).collect();
    if !items.is_empty() {
        let op = Op::Append(items.iter().cloned().map(Value::str).collect());
        let same = old.into_iter().find(|change| change.op == op).map(|change| change.why);
        let why = same.unwrap_or_else(|| "it was run with these, and not without".into());
        changes.push(Change { path: Cow::Borrowed(list), op, why, confidence: confidence.clone() });
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::by;
    use crate::compose::{Service, Spanned};
    use crate::evidence::Record;
    use crate::load;
    use crate::passes::testing::{brief, run, unknown};
    use crate::passes::{ALL, Pass};

    fn pass(id: &str) -> &'static dyn Pass {
        *ALL.iter().find(|pass| pass.meta().id == id).unwrap()
    }

    fn service(text: &str) -> Service {
        let text = format!("services:\n  a:\n    {}\n", text.replace('\n', "\n    "));
        let loaded = load::text("compose.yml", &text, &load::Options::default()).unwrap();
        loaded.project.services[0].clone()
    }

    fn judged(id: &str, text: &str, record: &Record) -> String {
        let pass = pass(id);
        brief(&by(run(pass, text, &unknown()), record, pass.meta().id, &service(text)))
    }

    #[test]
    fn what_worked_is_known_and_has_the_values_it_worked_with() {
        let kept = [
            ("mem_limit", vec!["192m"]),
            ("pids_limit", vec!["64"]),
            ("user", vec!["70:70"]),
            ("read_only", vec!["/run:uid=70,gid=70"]),
            ("cap_drop", vec![]),
            ("init", vec![]),
        ];
        let kept = kept.map(|(id, values)| (id.to_owned(), values.into_iter().map(str::to_owned).collect()));
        let record = Record { kept: kept.into(), ..Record::default() };
        let cases = [
            ("mem_limit", "image: x", "= mem_limit: \"192m\""),
            ("mem_limit", "mem_limit: 1g", "already"),
            (
                "mem_limit",
                "deploy: {resources: {limits: {cpus: 1}}}",
                "= deploy.resources.limits.memory: \"192m\"",
            ),
            ("pids_limit", "image: x", "= pids_limit: 64"),
            ("user", "image: x", "= user: \"70:70\""),
            ("read_only", "image: x\nuser: '70:70'", "= read_only: true; = tmpfs + [\"/run:uid=70,gid=70\"]"),
            ("cap_drop", "image: x\nuser: 70:70", "= cap_drop + [\"ALL\"]"),
            ("init", "image: x", "= init: true"),
            ("cpus", "image: x", "~ cpus: 1.0"),
        ];
        for (id, text, expected) in cases {
            assert_eq!(judged(id, text, &record), expected, "{id}: {text}");
        }
    }

    #[test]
    fn what_one_user_needs_says_nothing_of_another() {
        let kept = |user: &str| Record {
            kept: [("user".to_owned(), vec![user.to_owned()]), ("cap_drop".to_owned(), Vec::new())].into(),
            ..Record::default()
        };
        let bare = "= cap_drop + [\"ALL\"]";
        assert_eq!(judged("cap_drop", "image: x\nuser: '70:70'", &kept("70:70")), bare);
        // left out, held back, or another one by now
        assert!(judged("cap_drop", "image: x", &kept("70:70")).contains("SETUID"));
        assert_ne!(judged("cap_drop", "image: x\nuser: '71:71'", &kept("70:70")), bare);
        let own = Record { kept: [("cap_drop".to_owned(), Vec::new())].into(), ..Record::default() };
        assert_eq!(judged("cap_drop", "image: x\nuser: '71:71'", &own), bare);
        let mut planned = service("image: x");
        planned.user = Some(Spanned::planned("71:71".to_owned()));
        let verdict = by(run(pass("cap_drop"), "image: x", &unknown()), &own, "cap_drop", &planned);
        assert!(brief(&verdict).contains("SETUID"), "nobody tried that user");
    }

    #[test]
    fn a_user_that_was_found_is_written_where_only_its_data_spoke_against_it() {
        let kept = [("user".to_owned(), vec!["1234:1234".to_owned()])].into();
        let record = Record { kept, ..Record::default() };
        let written = "= user: \"1234:1234\"";
        assert_eq!(judged("user", "image: x\nvolumes: ['./d:/d']", &record), written);
        assert_eq!(judged("user", "image: x\nuser: root\nvolumes: ['./d:/d']", &record), "file: user: root");
        assert!(!judged("user", "image: x\nenvironment: {PUID: 5}", &record).contains("1234"));
    }

    #[test]
    fn what_did_not_work_is_left_out() {
        let dropped = [("init".to_owned(), "exit code 111".to_owned())].into();
        let record = Record { dropped, ..Record::default() };
        assert_eq!(judged("init", "image: x", &record), "Proved(\"exit code 111\")");
        assert_eq!(judged("init", "init: true", &record), "already");
        assert_eq!(judged("init", "pid: host", &record), "SharedPid");
    }
}
