//! How services end when they are told to: how long each takes, and whether the engine has to kill it.
//!
//! Those that others wait for are stopped last, so that none fails only because what it needs went first.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::judge::{Findings, Judge};
use super::symptom::{Kind, Phase};
use crate::docker::{Container, Failure};
use crate::evidence::{Ending, Stop};

/// Exit codes of what ends because it is told to: by itself, by an interrupt, by the signal to end. An init that may not
/// signal its server ends with another, and the server dies hard.
const CLEAN: [i32; 3] = [0, 130, 143];

/// The exit code of what the engine kills once it has waited for long enough.
const KILLED: i32 = 137;

impl Judge<'_> {
    /// Stops services, and sees which do not end as before.
    ///
    /// # Errors
    /// When the engine fails, or there is no more time.
    pub(super) fn stop(&self, findings: &mut Findings) -> Result<(), Failure> {
        let running = self.project.containers()?;
        let running: Vec<&Container> = running
            .iter()
            .filter(|container| {
                container.state.status == "running" && findings.contains_key(container.service())
            })
            .collect();
        let mut took = BTreeMap::new();
        for level in self.levels.iter().rev() {
            let of_level = running.iter().copied();
            let of_level = of_level.filter(|container| level.iter().any(|name| name == container.service()));
            took.extend(self.stop_at_once(&of_level.collect::<Vec<_>>())?);
        }
        for container in self.project.containers()? {
            let name = container.service();
            if let (Some(took), Some(finding)) = (took.get(name), findings.get_mut(name)) {
                let stop = stop(container.state.exit_code, *took);
                finding.seen.stop = Some(stop);
                if finding.symptom.is_none() && self.stopped_before(name) && stop.ended != Ending::Clean {
                    let words = worse(stop, container.state.exit_code);
                    finding.symptom = Some(self.symptom(Kind::Stop, Phase::Fresh, &words, ""));
                }
            }
        }
        Ok(())
    }

    fn stopped_before(&self, name: &str) -> bool {
        let before = self.before.get(name).and_then(|before| before.stop);
        before.is_some_and(|stop| stop.ended == Ending::Clean)
    }

    /// Stops containers that do not need each other; how long each takes.
    fn stop_at_once(&self, containers: &[&Container]) -> Result<Vec<(String, Duration)>, Failure> {
        if Instant::now() > self.end {
            return Err(Failure::NoTime);
        }
        thread::scope(|scope| {
            let stops: Vec<_> = containers
                .iter()
                .map(|container| scope.spawn(|| (container.service(), self.project.stop(&container.id))))
                .collect();
            let done = stops.into_iter().filter_map(|stop| stop.join().ok());
            done.map(|(name, took)| Ok((name.to_owned(), took?))).collect()
        })
    }
}

fn stop(code: i32, took: Duration) -> Stop {
    let ended = match code {
        code if CLEAN.contains(&code) => Ending::Clean,
        KILLED => Ending::Killed,
        _ => Ending::Unclean,
    };
    // how long the command itself takes is no more exact than that
    Stop { seconds: (took.as_secs_f64() * 10.0).round() / 10.0, ended }
}

fn worse(stop: Stop, code: i32) -> String {
    let what = "it no longer stops cleanly when it is told to";
    match stop.ended {
        Ending::Killed => format!("{what}: killed after {:.1} s", stop.seconds),
        _ => format!("{what}: exit code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{stop, worse};
    use crate::evidence::Ending;
    use std::time::Duration;

    #[test]
    fn how_it_ended() {
        let took = Duration::from_millis(10_240);
        let cases = [
            (0, Ending::Clean),
            (143, Ending::Clean),
            (130, Ending::Clean),
            (1, Ending::Unclean),
            (111, Ending::Unclean),
            (137, Ending::Killed),
        ];
        for (code, expected) in cases {
            let stop = stop(code, took);
            assert_eq!(stop.ended, expected, "{code}");
            assert!((stop.seconds - 10.2).abs() < 1e-9);
        }
        assert!(worse(stop(137, took), 137).ends_with("killed after 10.2 s"));
        assert!(worse(stop(111, took), 111).ends_with("exit code 111"));
    }
}
