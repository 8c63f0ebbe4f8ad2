//! Memory, CPU and processes. Compose reads `deploy.resources.limits` as it reads the keys of the service.

use super::said::{Said, setting, text};
use super::{Pair, Verdict};
use crate::compose::{Bytes, Scalar as _, Service};

const NO_LIMIT: &str = "no limit";

/// The period of a CPU quota that names none, in microseconds.
const PERIOD: i64 = 100_000;

/// Billionths of a CPU that two spellings of one limit may be apart.
const NEAR: u64 = 1_000_000;

/// `mem_limit`.
pub(super) fn memory(pair: &Pair<'_>) -> Verdict {
    let limits = pair.service.limits();
    let nested = setting(limits.and_then(|limits| limits.memory.as_ref()));
    let (key, said) = keyed(
        "mem_limit",
        setting(pair.service.mem_limit.as_ref()),
        "deploy.resources.limits.memory",
        nested,
    );
    let runs = u64::try_from(pair.container.host_config.memory).unwrap_or(0);
    verdict(key, &said.map(|bytes: Bytes| bytes.0), runs, &|bytes| Bytes(bytes).to_string(), 0)
}

/// `cpus`.
pub(super) fn cpus(pair: &Pair<'_>) -> Verdict {
    let limits = pair.service.limits();
    let nested = setting(limits.and_then(|limits| limits.cpus.as_ref()));
    let (key, said) =
        keyed("cpus", setting(pair.service.cpus.as_ref()), "deploy.resources.limits.cpus", nested);
    let (key, said) = keyed(key, said.map(billionths), "cpu_quota", quota(pair.service));
    verdict(key, &said, running_cpus(pair), &cpu_words, NEAR)
}

/// `pids_limit`.
pub(super) fn pids(pair: &Pair<'_>) -> Verdict {
    let limits = pair.service.limits();
    let nested = setting(limits.and_then(|limits| limits.pids.as_ref()));
    let (key, said) = keyed(
        "pids_limit",
        setting(pair.service.pids_limit.as_ref()),
        "deploy.resources.limits.pids",
        nested,
    );
    let runs = u64::try_from(pair.container.host_config.pids_limit.unwrap_or(0)).unwrap_or(0);
    verdict(
        key,
        &said.map(|limit: i64| u64::try_from(limit).unwrap_or(0)),
        runs,
        &|limit| limit.to_string(),
        0,
    )
}

/// The value that is said, with the key that says it.
fn keyed<T>(
    key: &'static str,
    said: Said<T>,
    other: &'static str,
    nested: Said<T>,
) -> (&'static str, Said<T>) {
    let key = if said.is_silent() && !nested.is_silent() { other } else { key };
    (key, said.or(nested))
}

/// Both sides of one limit, where 0 is none.
fn verdict(key: &str, said: &Said<u64>, runs: u64, words: &dyn Fn(u64) -> String, near: u64) -> Verdict {
    let shown = |limit: u64| if limit == 0 { NO_LIMIT.to_owned() } else { words(limit) };
    match said {
        Said::Unknown => Verdict::Unknown(key.to_owned()),
        Said::Nothing if runs == 0 => Verdict::Nothing,
        Said::Nothing => Verdict::Tighter(format!("{key}: {}", shown(runs))),
        &Said::This(limit, _) if limit.abs_diff(runs) <= near && (limit == 0) == (runs == 0) => Verdict::Same,
        &Said::This(limit, place) => Verdict::differs(key, Some(shown(limit)), shown(runs), place),
    }
}

fn running_cpus(pair: &Pair<'_>) -> u64 {
    let host = &pair.container.host_config;
    match u64::try_from(host.nano_cpus) {
        Ok(nano) if nano > 0 => nano,
        _ => of_quota(host.cpu_quota, host.cpu_period),
    }
}

/// `cpu_quota`, in billionths of a CPU.
fn quota(service: &Service) -> Said<u64> {
    let number = |said: Said<String>| said.map(|text| i64::parse(&text).unwrap_or(0));
    let period = match number(text(service.cpu_period.as_deref())) {
        Said::Unknown => return Said::Unknown,
        Said::Nothing => 0,
        Said::This(period, _) => period,
    };
    number(text(service.cpu_quota.as_deref())).map(|quota| of_quota(quota, period))
}

fn of_quota(quota: i64, period: i64) -> u64 {
    let period = if period <= 0 { PERIOD } else { period };
    let cpus = quota.max(0).saturating_mul(1_000_000_000) / period;
    u64::try_from(cpus).unwrap_or(0)
}

/// As Compose makes the number for the engine.
fn billionths(cpus: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    let billionths = (cpus.clamp(0.0, 1e9) * 1e9).round() as u64;
    billionths
}

/// `0.5`, `2.0`.
fn cpu_words(billionths: u64) -> String {
    let (whole, part) = (billionths / 1_000_000_000, billionths % 1_000_000_000);
    let part = format!("{part:09}");
    let part = part.trim_end_matches('0');
    format!("{whole}.{}", if part.is_empty() { "0" } else { part })
}
