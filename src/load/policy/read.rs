//! From the tree of a policy to its layer, with every fault on the way.
//!
//! Knows where a key may stand and what becomes of its value; the keys themselves, and what they take, are in the
//! vocabulary.

use super::scalar::{self, day, is_path, plain};
use crate::compose::Via;
use crate::image::{FACTS, OwnFacts, Refused};
use crate::load::Diagnostic;
use crate::load::effective::fields;
use crate::plan::PassId;
use crate::policy::vocabulary::{
    ENABLED, Key, PROBE, SERVICE, TOP, Takes, WAIVED_PASS, WAIVER, nearest, pass_keys,
};
use crate::policy::{
    Given, ImageEntry, KnownPass, Layer, Probe, Scope, ServiceEntry, SettingKey, Settings, Value, Waiver,
};
use crate::source::Place;
use crate::yaml::{Kind, NodeId, Tree};

/// Texts longer than this are not shown.
const LONGEST_SHOWN: usize = 40;

/// Collects what is read and what is wrong.
pub(super) struct Reader<'a> {
    tree: &'a Tree,
    passes: &'a [KnownPass],
    /// Everything that is wrong.
    pub(super) faults: Vec<Diagnostic>,
}

/// A key and its value, as written.
#[derive(Clone, Copy)]
struct Written<'a> {
    name: &'a str,
    key: NodeId,
    value: NodeId,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tree: &'a Tree, passes: &'a [KnownPass]) -> Self {
        Self { tree, passes, faults: Vec::new() }
    }

    /// A policy file, or an `x-harden` at the top of a compose file.
    pub(super) fn top(&mut self, node: NodeId) -> Layer {
        let mut layer = Layer::default();
        for (key, written) in self.known(node, "the policy", TOP) {
            match key.takes {
                Takes::Passes => self.passes(written.value, Scope::Every, &mut layer.settings),
                Takes::Services => {
                    for service in self.mapping(written.value, "services") {
                        let entry = self.service(service, &mut layer.waivers);
                        layer.services.push(entry);
                    }
                }
                Takes::Images => {
                    for image in self.mapping(written.value, "images") {
                        layer.images.extend(self.image(image));
                    }
                }
                Takes::Waivers => self.waivers(written, &mut layer.waivers),
                _ => self.set(key, None, written, Scope::Every, &mut layer.settings),
            }
        }
        layer
    }

    /// A service's own `x-harden`, laid over one that is farther away.
    pub(super) fn own(
        &mut self,
        node: NodeId,
        name: &str,
        far: Option<ServiceEntry>,
        waivers: &mut Vec<Waiver>,
    ) -> ServiceEntry {
        let place = self.tree.place(node);
        let mut entry = self.entry(node, name, place, waivers);
        if let Some(far) = far {
            entry.settings.over(&far.settings);
            entry.image = far.image.then(entry.image);
        }
        entry
    }

    fn service(&mut self, written: Written<'a>, waivers: &mut Vec<Waiver>) -> ServiceEntry {
        self.entry(written.value, written.name, self.tree.place(written.key), waivers)
    }

    fn entry(&mut self, node: NodeId, name: &str, place: Place, waivers: &mut Vec<Waiver>) -> ServiceEntry {
        let (mut settings, mut image) = (Settings::default(), OwnFacts::default());
        for (key, written) in self.known(node, &format!("service `{name}`"), SERVICE) {
            match key.takes {
                Takes::Passes => self.passes(written.value, Scope::Service, &mut settings),
                Takes::Facts => image = self.facts(written.value, "image"),
                Takes::WaivedPasses => self.waived(written, name, waivers),
                _ => self.set(key, None, written, Scope::Service, &mut settings),
            }
        }
        ServiceEntry { pattern: name.to_owned(), place, settings, image }
    }

    fn passes(&mut self, node: NodeId, scope: Scope, settings: &mut Settings) {
        for written in self.mapping(node, "passes") {
            let Some((pass, advises)) = self.pass(written.name, written.key) else { continue };
            if self.is_scalar(written.value) {
                self.set(ENABLED, Some(pass), written, scope, settings);
                continue;
            }
            let keys: Vec<Key> = pass_keys(pass, advises).collect();
            for (key, written) in self.known(written.value, &format!("`{pass}`"), &keys) {
                self.set(key, Some(pass), written, scope, settings);
            }
        }
    }

    /// The pass of that id.
    fn pass(&mut self, name: &str, at: NodeId) -> Option<(PassId, bool)> {
        let found = self.passes.iter().find(|(id, ..)| *id == name);
        if found.is_none() {
            let meant = nearest(name, self.passes.iter().map(|(id, ..)| *id));
            let help = meant.map_or_else(|| "`harden passes` lists them".to_owned(), did_you_mean);
            self.fault(&format!("there is no pass `{}`", shown(name)), Some(help), at);
        }
        found.map(|(id, advises, _)| (*id, *advises))
    }

    fn set(
        &mut self,
        key: Key,
        pass: Option<PassId>,
        at: Written<'a>,
        scope: Scope,
        settings: &mut Settings,
    ) {
        let value = match key.takes {
            Takes::Paths => self.paths(key, at),
            Takes::Probe => self.probe(at),
            takes => {
                let value = self.text(at.value).and_then(|text| scalar::value(takes, text));
                if value.is_none() {
                    self.mismatch(at, takes);
                }
                value
            }
        };
        if let Some(value) = value {
            let name: SettingKey = (pass, key.name);
            settings.set(name, Given { value, place: self.place(at), scope });
        }
    }

    fn paths(&mut self, key: Key, at: Written<'a>) -> Option<Value> {
        if !matches!(self.tree.node(self.tree.resolve(at.value)).kind, Kind::Sequence { .. }) {
            self.mismatch(at, key.takes);
            return None;
        }
        let mut paths = Vec::new();
        for item in self.tree.items(at.value) {
            if let Some(path) = self.tree.text(item.node).filter(|text| is_path(text)) {
                paths.push(path.to_owned());
            } else {
                let found = self.found(item.node);
                let message = format!("an item of `{}` must be an absolute path, found {found}", at.name);
                self.fault(&message, None, item.node);
            }
        }
        Some(Value::Paths(paths))
    }

    /// A command alone, or one with the image that it is in.
    fn probe(&mut self, at: Written<'a>) -> Option<Value> {
        if !matches!(self.tree.node(self.tree.resolve(at.value)).kind, Kind::Mapping { .. }) {
            let command = self.said(at, Takes::Probe)?;
            return Some(Value::Probe(Probe { command, image: None }));
        }
        let (mut command, mut image) = (None, None);
        for (key, written) in self.known(at.value, "a probe", PROBE) {
            let said = self.said(written, key.takes);
            if key.name == "image" { image = said } else { command = said }
        }
        let missing = [("command", &command), ("image", &image)].into_iter().find(|(_, said)| said.is_none());
        if let Some((name, _)) = missing {
            let help = (name == "image").then(|| "a command alone is run inside the service".to_owned());
            self.fault(&format!("this probe needs `{name}`"), help, at.key);
        }
        Some(Value::Probe(Probe { command: command?, image: Some(image?) }))
    }

    fn image(&mut self, written: Written<'a>) -> Option<ImageEntry> {
        let pattern = written.name.to_owned();
        let tag = pattern.rsplit('/').next().and_then(|last| last.split_once([':', '@']));
        if tag.is_some() {
            let help = Some("facts hold for every tag of an image".to_owned());
            self.fault("an image is named without its tag", help, written.key);
            return None;
        }
        let facts = self.facts(written.value, written.name);
        Some(ImageEntry { pattern, place: self.tree.place(written.key), facts })
    }

    fn facts(&mut self, node: NodeId, owner: &str) -> OwnFacts {
        let mut facts = OwnFacts::default();
        for written in self.mapping(node, owner) {
            let value = plain(self.tree, written.value);
            match facts.add(written.name, value, self.place(written)) {
                Ok(()) => {}
                Err(Refused::Unknown) => {
                    let names: Vec<&str> = FACTS.iter().map(|(name, _)| *name).collect();
                    self.unknown(written, &format!("the facts of `{}`", shown(owner)), &names);
                }
                Err(Refused::Expected(expected)) => {
                    let found = self.found(written.value);
                    let message = format!("`{}` must be {expected}, found {found}", written.name);
                    self.faults.push(Diagnostic {
                        message,
                        help: None,
                        place: Some(self.place(written)),
                        note: None,
                    });
                }
            }
        }
        facts
    }

    /// A list of waivers.
    fn waivers(&mut self, at: Written<'a>, waivers: &mut Vec<Waiver>) {
        if !matches!(self.tree.node(self.tree.resolve(at.value)).kind, Kind::Sequence { .. })
            && !self.tree.is_null(at.value)
        {
            return self.mismatch(at, Takes::Waivers);
        }
        for item in self.tree.items(at.value) {
            let keys = self.known(item.node, "a waiver", WAIVER);
            let find =
                |name: &str| keys.iter().find(|(key, _)| key.name == name).map(|(_, written)| *written);
            let (service, pass) = (find("service"), find("pass"));
            for (name, found) in [("service", service), ("pass", pass)] {
                if found.is_none() && !keys.is_empty() {
                    self.fault(&format!("a waiver needs `{name}`"), None, item.node);
                }
            }
            let service = service.and_then(|service| self.said(service, Takes::Service));
            let pass = pass.and_then(|pass| self.pass(self.text(pass.value).unwrap_or_default(), pass.value));
            let reasons = self.reasons(item.node, &keys);
            if let (Some(service), Some((pass, _)), Some((reason, until))) = (service, pass, reasons) {
                let place = self.line(item.node);
                waivers.push(Waiver { service, pass, reason, until, place });
            }
        }
    }

    /// Waivers of one service, by pass.
    fn waived(&mut self, at: Written<'a>, service: &str, waivers: &mut Vec<Waiver>) {
        for written in self.mapping(at.value, at.name) {
            let pass = self.pass(written.name, written.key);
            let keys = self.known(written.value, "a waiver", WAIVED_PASS);
            let reasons = self.reasons(written.key, &keys);
            if let (Some((pass, _)), Some((reason, until))) = (pass, reasons) {
                let place = self.tree.place(written.key);
                waivers.push(Waiver { service: service.to_owned(), pass, reason, until, place });
            }
        }
    }

    /// The reason, which has to be there, and the last day.
    fn reasons(
        &mut self,
        waiver: NodeId,
        keys: &[(Key, Written<'a>)],
    ) -> Option<(String, Option<jiff::civil::Date>)> {
        let find = |name: &str| keys.iter().find(|(key, _)| key.name == name).map(|(_, written)| *written);
        let Some(reason) = find("reason") else {
            let help = Some("say why, for those who come after you: `reason: …`".to_owned());
            self.fault("a waiver needs a `reason`", help, waiver);
            return None;
        };
        let reason = self.said(reason, Takes::Text);
        let Some(until) = find("until") else { return Some((reason?, None)) };
        if let Some(day) = self.text(until.value).and_then(day) {
            return Some((reason?, Some(day)));
        }
        self.mismatch(until, Takes::Day);
        None
    }

    /// A text that says something.
    fn said(&mut self, at: Written<'a>, takes: Takes) -> Option<String> {
        let text = self.text(at.value).map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() || self.tree.is_null(at.value) {
            self.mismatch(at, takes);
            return None;
        }
        text.map(str::to_owned)
    }

    /// The entries of a mapping that has a name for each of its values; nothing for an empty value.
    fn mapping(&mut self, node: NodeId, owner: &str) -> Vec<Written<'a>> {
        let is_mapping = matches!(self.tree.node(self.tree.resolve(node)).kind, Kind::Mapping { .. });
        if !is_mapping && !self.tree.is_null(node) {
            let found = self.found(node);
            let owner =
                if owner.contains([' ', '`']) { owner.to_owned() } else { format!("`{}`", shown(owner)) };
            self.fault(&format!("{owner} must be a mapping, found {found}"), None, node);
        }
        let tree = self.tree;
        let written = fields(tree, node, Via::Own).into_iter().filter_map(|field| {
            let key = field.key.node()?;
            Some(Written { name: tree.text(key).unwrap_or_default(), key, value: field.value.node() })
        });
        written.collect()
    }

    /// The entries of a mapping: name, key and value.
    pub(super) fn pairs(&mut self, node: NodeId, owner: &str) -> Vec<(&'a str, NodeId, NodeId)> {
        self.mapping(node, owner)
            .into_iter()
            .map(|written| (written.name, written.key, written.value))
            .collect()
    }

    /// The entries of a mapping with a fixed set of keys.
    fn known(&mut self, node: NodeId, owner: &str, keys: &[Key]) -> Vec<(Key, Written<'a>)> {
        let mut known = Vec::new();
        for written in self.mapping(node, owner) {
            if let Some(key) = keys.iter().find(|key| key.name == written.name) {
                known.push((*key, written));
            } else {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                self.unknown(written, owner, &names);
            }
        }
        known
    }

    fn unknown(&mut self, at: Written<'_>, owner: &str, known: &[&str]) {
        let all = || {
            let names: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
            format!("it takes {}", names.join(", "))
        };
        let help = nearest(at.name, known.iter().copied()).map_or_else(all, did_you_mean);
        self.fault(&format!("unknown key `{}` in {owner}", shown(at.name)), Some(help), at.key);
    }

    fn mismatch(&mut self, at: Written<'_>, takes: Takes) {
        let found = self.found(at.value);
        let message = format!("`{}` must be {}, found {found}", at.name, takes.expected());
        let text = self.text(at.value).unwrap_or_default();
        let help = nearest(text, takes.words().iter().copied()).map(did_you_mean);
        let place = Some(self.place(at));
        self.faults.push(Diagnostic { message, help, place, note: None });
    }

    /// Notes a fault at a node, or at its first line.
    pub(super) fn fault(&mut self, message: &str, help: Option<String>, at: NodeId) {
        let place = Some(self.line(at));
        self.faults.push(Diagnostic { message: message.to_owned(), help, place, note: None });
    }

    fn found(&self, node: NodeId) -> String {
        match &self.tree.node(self.tree.resolve(node)).kind {
            Kind::Mapping { .. } => "a mapping".to_owned(),
            Kind::Sequence { .. } => "a list".to_owned(),
            _ if self.tree.is_null(node) => "nothing".to_owned(),
            _ => format!("`{}`", shown(self.tree.text(node).unwrap_or_default())),
        }
    }

    fn text(&self, node: NodeId) -> Option<&'a str> {
        let tree: &'a Tree = self.tree;
        tree.text(node)
    }

    fn is_scalar(&self, node: NodeId) -> bool {
        self.text(node).is_some()
    }

    /// The value where it is on one line, else its key.
    fn place(&self, at: Written<'_>) -> Place {
        let place = self.tree.place(at.value);
        let text = self.tree.source(place.file).slice(place.span);
        if text.is_empty() || text.contains('\n') { self.tree.place(at.key) } else { place }
    }

    /// The first line of a node.
    fn line(&self, node: NodeId) -> Place {
        self.tree.first_line(node)
    }
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// A text that is fit to be shown in a message.
fn shown(text: &str) -> String {
    let cleaned = text.chars().map(|c| if c.is_control() { '?' } else { c });
    let mut cut: String = cleaned.take(LONGEST_SHOWN).collect();
    if text.chars().count() > LONGEST_SHOWN {
        cut.push('…');
    }
    cut
}
