//! Reports made up for the reporters' tests: everything a report can hold, and names that try to break out.

use serde_json::json;

use super::{
    Change, Confidence, Counts, Decision, Diagnostic, DiagnosticKind, Edit, Evidence, File, Level, Mode, Op,
    Outcome, Place, Point, Project, Report, Service, Severity, Status, Unread, Waiver, fingerprint,
};

/// A name with everything that means something somewhere.
pub(crate) const HOSTILE: &str = "a\"'&<b>]]>|`x`\n::error::%0A,\u{1b}[31m[l](http://e) @all {0}\\";

/// Two projects: one with drift (one of it waived), one that failed.
pub(crate) fn report() -> Report {
    let web = service("shop/compose.yml", "web");
    Report::new(Level::Standard, Mode::Check, vec![project("shop/compose.yml", web), failed("broken.yml")])
}

/// A project whose path, service and texts are hostile.
pub(crate) fn hostile() -> Report {
    Report::new(Level::Standard, Mode::Check, vec![project(HOSTILE, service(HOSTILE, HOSTILE))])
}

fn project(path: &str, service: Service) -> Project {
    let services = vec![service];
    Project {
        path: path.to_owned(),
        status: Status::Changes,
        written: false,
        level: Some(Level::Standard),
        runs_as: None,
        check: None,
        counts: Counts::of(&services),
        files: vec![File {
            path: path.to_owned(),
            diff: Some("@@ -1 +1 @@\n-```\n+x\n".to_owned()),
            masked: false,
        }],
        services,
        unread: vec![Unread {
            file: Some("other.yml".to_owned()),
            reason: "`include` names it".to_owned(),
            place: Some(place(path, 1)),
            services: Vec::new(),
        }],
        diagnostics: Vec::new(),
    }
}

fn failed(path: &str) -> Project {
    Project {
        status: Status::Failed,
        level: None,
        counts: Counts::default(),
        files: Vec::new(),
        services: Vec::new(),
        unread: Vec::new(),
        diagnostics: vec![Diagnostic {
            kind: DiagnosticKind::Error,
            message: "`mem_limit` must be a size".to_owned(),
            help: Some("write a number and a unit".to_owned()),
            place: Some(place(path, 3)),
            note: None,
        }],
        ..project(path, service(path, "x"))
    }
}

fn service(path: &str, name: &str) -> Service {
    let always = Confidence::Known { evidence: Evidence::AlwaysSafe { why: name.to_owned() } };
    let change = |key: &str| Change {
        path: vec![key.to_owned()],
        op: Op::Set,
        value: json!(true),
        index: None,
        text: format!("{key}: {name}"),
        why: name.to_owned(),
        confidence: always.clone(),
    };
    let apply = |key: &str| Outcome::Apply { changes: vec![change(key)] };
    let advise = Outcome::Advise {
        severity: Severity::High,
        message: name.to_owned(),
        help: "take it out".to_owned(),
        fix: Vec::new(),
        proposal: None,
    };
    let held = Outcome::HeldBack {
        changes: vec![change("user")],
        reason: "guess".to_owned(),
        release: "`--level strict`".to_owned(),
    };
    let skip = Outcome::Skip { reason: "own_init".to_owned(), text: name.to_owned() };
    let waived = Waiver {
        reason: "on purpose".to_owned(),
        until: Some("2027-03-01".to_owned()),
        place: Some(place(".harden.yml", 2)),
    };
    let decision = |pass: &str, outcome| Decision {
        pass: pass.to_owned(),
        fingerprint: fingerprint::of(&[path, name, pass]),
        place: Some(place(path, 2)),
        outcome,
        edits: Vec::new(),
        carried_by: Vec::new(),
        check: None,
        waiver: None,
    };
    let edit = Edit { place: place(path, 4), text: "    init: true\n".to_owned() };
    let decisions = vec![
        Decision { edits: vec![edit], ..decision("mem_limit", apply("mem_limit")) },
        decision("cpus", apply("cpus")),
        decision("user", held),
        decision("init", skip),
        decision("logging", Outcome::Already { evidence: Evidence::File { place: Some(place(path, 5)) } }),
        Decision { waiver: Some(waived), ..decision("read_only", apply("read_only")) },
        decision("docker_socket", advise),
    ];
    Service { name: name.to_owned(), place: Some(place(path, 2)), level: Level::Standard, decisions }
}

fn place(file: &str, line: usize) -> Place {
    let point = |column| Point { line, column, utf16: column, byte: 0 };
    Place { file: file.to_owned(), start: point(3), end: point(6) }
}
