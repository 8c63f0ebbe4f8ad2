//! Groups findings that ask for the same remedy, so that it is named once.

use std::collections::HashMap;

use crate::plan::{Decision, Finding, PassId, Plan, Severity};

/// Findings of one pass that ask for the same remedy.
pub(super) struct Advice<'a> {
    /// How bad.
    pub(super) severity: Severity,
    /// The pass.
    pub(super) pass: PassId,
    /// The remedy.
    pub(super) help: &'a str,
    /// Different messages, each as first found, with all services that it was found in.
    pub(super) found: Vec<(&'a Finding, Vec<usize>)>,
}

/// All findings of a plan, in the order in which they first appear.
pub(super) fn collect(plan: &Plan) -> Vec<Advice<'_>> {
    let mut collector = Collector::default();
    for (service, plan) in plan.services.iter().enumerate() {
        for (pass, decision) in &plan.decisions {
            if let Decision::Advise(finding) = decision {
                collector.add(pass, finding, service);
            }
        }
    }
    collector.all
}

#[derive(Default)]
struct Collector<'a> {
    all: Vec<Advice<'a>>,
    remedies: HashMap<(Severity, PassId, &'a str), usize>,
    messages: HashMap<(usize, &'a str), usize>,
}

impl<'a> Collector<'a> {
    fn add(&mut self, pass: PassId, finding: &'a Finding, service: usize) {
        let (severity, help) = (finding.severity, finding.help.as_ref());
        let at = *self.remedies.entry((severity, pass, help)).or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push(Advice { severity, pass, help, found: Vec::new() });
        }
        let Some(advice) = self.all.get_mut(at) else { return };
        let message = *self.messages.entry((at, &finding.message)).or_insert(advice.found.len());
        match advice.found.get_mut(message) {
            Some((_, services)) => services.push(service),
            None => advice.found.push((finding, vec![service])),
        }
    }
}
