//! A file with a plan and the edits that are to write it, put together by hand.

use harden::edit::{Edit, Rewrite};
use harden::plan::{Change, Confidence, Decision, Inherited, Op, Plan, ServicePlan, Style, Value};
use harden::source::{FileId, Source, Span};
use harden::verify::{ProofError, Verified, prove};
use harden::yaml::{Limits, NodeId, Tree, parse};

/// Keys from the service downwards.
pub(crate) type Keys = &'static [&'static str];

pub(crate) const MEM: Keys = &["mem_limit"];
pub(crate) const LIMIT: Keys = &["deploy", "resources", "limits", "memory"];

pub(crate) const TWO: &str = "\
# a stack
services:
  web: # front
    image: nginx:1.27
    ports: ['80:80']
  # the store
  db:
    image: postgres:16
    environment:
      PORT: 5432
      RATE: 1.50
      FLAG: 'true'
volumes:
  data: {}
";

/// A file, its services, and what is planned and written.
pub(crate) struct Case {
    pub(crate) tree: Tree,
    pub(crate) file: FileId,
    pub(crate) names: Vec<String>,
    pub(crate) services: Vec<NodeId>,
    pub(crate) changes: Vec<(usize, Change)>,
    pub(crate) inherited: Vec<Inherited>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) style: Style,
}

impl Case {
    pub(crate) fn new(text: &str) -> Self {
        Self::read(text).unwrap_or_else(|| panic!("no services in\n{text}"))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut tree = Tree::default();
        let file = parse(&mut tree, Source::new("compose.yml", text), &Limits::default()).ok()?;
        let root = tree.documents().first()?.root?;
        let top = tree.get(root, "services")?;
        let name = |key| tree.text(key).unwrap_or_default().to_owned();
        let names = tree.entries(top).iter().map(|entry| name(entry.key)).collect();
        let services = tree.entries(top).iter().map(|entry| entry.value).collect();
        let (changes, inherited, edits) = (Vec::new(), Vec::new(), Vec::new());
        Some(Self { tree, file, names, services, changes, inherited, edits, style: Style::Blocks })
    }

    pub(crate) fn text(&self) -> &str {
        self.tree.source(self.file).text()
    }

    pub(crate) fn index(&self, service: &str) -> usize {
        self.names.iter().position(|name| name == service).unwrap()
    }

    pub(crate) fn op(mut self, service: &str, path: Keys, op: Op) -> Self {
        let confidence = Confidence::Likely("a test".into());
        let change = Change { path: path.into(), op, why: "a test".into(), confidence };
        self.changes.push((self.index(service), change));
        self
    }

    pub(crate) fn set(self, service: &str, path: Keys, value: Value) -> Self {
        self.op(service, path, Op::Set(value))
    }

    pub(crate) fn mem(self, service: &str) -> Self {
        self.set(service, MEM, Value::str("64m"))
    }

    pub(crate) fn append(self, service: &str, path: Keys, items: &[&'static str]) -> Self {
        self.op(service, path, Op::Append(items.iter().map(|&item| Value::str(item)).collect()))
    }

    pub(crate) fn inherit(mut self, heir: &str, source: &str, path: Keys) -> Self {
        let (heir, source) = (self.index(heir), self.index(source));
        self.inherited.push(Inherited { heir, source, path: path.into() });
        self
    }

    /// Inserts text right after the only occurrence of a needle.
    pub(crate) fn after(self, needle: &str, text: &str) -> Self {
        let at = self.find(needle) + needle.len();
        self.edit(at, at, text)
    }

    /// Replaces the only occurrence of a needle.
    pub(crate) fn replace(self, needle: &str, text: &str) -> Self {
        let at = self.find(needle);
        self.edit(at, at + needle.len(), text)
    }

    pub(crate) fn find(&self, needle: &str) -> usize {
        let mut found = self.text().match_indices(needle);
        let (at, _) = found.next().unwrap_or_else(|| panic!("no {needle:?}"));
        assert!(found.next().is_none(), "{needle:?} twice");
        at
    }

    pub(crate) fn edit(mut self, start: usize, end: usize, text: &str) -> Self {
        self.edits.push(Edit { span: Span::new(start, end), text: text.to_owned() });
        self.edits.sort_by_key(|edit| edit.span.start);
        self
    }

    pub(crate) fn plan(&self) -> Plan {
        let decisions = |index| {
            let own = self.changes.iter().filter(|(service, _)| *service == index);
            own.map(|(_, change)| ("test", Decision::Apply(vec![change.clone()]))).collect()
        };
        let plan = |(index, name): (usize, &String)| ServicePlan {
            service: name.clone(),
            level: harden::plan::Level::Standard,
            decisions: decisions(index),
        };
        let services = self.names.iter().enumerate().map(plan).collect();
        Plan { services, inherited: self.inherited.clone(), style: self.style, ..Plan::default() }
    }

    pub(crate) fn rewritten(&self) -> String {
        apply(self.text(), &self.edits)
    }

    pub(crate) fn prove(&self) -> Result<Verified, ProofError> {
        self.prove_text(self.rewritten())
    }

    pub(crate) fn prove_text(&self, text: String) -> Result<Verified, ProofError> {
        let rewrite = Rewrite { file: self.file, edits: self.edits.clone(), parts: Vec::new(), text };
        prove(&self.tree, &self.services.clone().into(), &self.plan(), rewrite, &Plan::default())
    }

    #[track_caller]
    pub(crate) fn holds(&self) {
        let text = self.rewritten();
        let proven = self.prove().unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(proven.text(), text);
    }

    #[track_caller]
    pub(crate) fn is_refused(&self, expected: &str) {
        let error = self.prove().expect_err(&self.rewritten()).to_string();
        assert!(error.contains(expected), "{error:?} instead of {expected:?}\n{}", self.rewritten());
    }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let (mut result, mut at) = (String::new(), 0);
    for edit in edits {
        result.push_str(&text[at..edit.span.range().start]);
        result.push_str(&edit.text);
        at = edit.span.range().end;
    }
    result + &text[at..]
}
