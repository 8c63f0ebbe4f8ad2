//! What a person says of a decision: that it does not count, or how bad its finding is.
//!
//! A waived decision stays in the plan, whole, so that every report shows what is waived and why.

use crate::plan::{Decision, PassId, Severity, Skip, Verdict, Waived};
use crate::policy::{Policy, Standing};

/// A finding as bad as the policy says.
pub(super) fn weigh(verdict: Verdict, severity: Option<Severity>) -> Verdict {
    match (verdict, severity) {
        (Verdict::Advise(mut finding), Some(severity)) => {
            finding.severity = severity;
            Verdict::Advise(finding)
        }
        (verdict, _) => verdict,
    }
}

/// Takes a decision out where a waiver that has not run out says so.
pub(super) fn waive(decision: Decision, policy: &Policy, service: &str, pass: PassId) -> Decision {
    if matches!(decision, Decision::Already(_) | Decision::Skip(_)) {
        return decision;
    }
    match policy.waiver(service, pass).filter(|waiver| waiver.standing(policy.today) != Standing::Expired) {
        Some(waiver) => Decision::Skip(Skip::Waived(Box::new(Waived {
            decision,
            reason: waiver.reason.clone(),
            until: waiver.until,
            place: waiver.place,
        }))),
        None => decision,
    }
}
