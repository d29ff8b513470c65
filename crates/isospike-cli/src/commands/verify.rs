//! `isospike verify`: the same bits on every device of this machine.

use super::masses;
use super::network::load;
use crate::args::{PrecisionArg, VerifyArgs};
use crate::failure::Failure;
use crate::text::{self, digits};
use isospike::backend::memory::thousands;
use isospike::{
    Divergence, Options, Place, Precision, Ran, Run, Verdict, Verification, steps_in, verify_masses,
};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;

/// Exit code when runs differ or a device broke down.
const DIFFERENT: u8 = 1;
/// Digits of a digest in the table.
const SHOWN: usize = 12;

#[derive(Serialize)]
struct Page<'a> {
    network: &'a str,
    precision: String,
    time_ms: f64,
    n_steps: u64,
    /// No two runs differ, and none failed.
    equal: bool,
    runs: Vec<Line>,
    absent: &'a [isospike::PassedOver],
}

#[derive(Serialize)]
struct Line {
    device: String,
    threads: Option<usize>,
    instruction_set: Option<&'static str>,
    /// `"equal"`, `"differs"`, `"not run"`, `"failed"`.
    verdict: &'static str,
    /// Why it was not run, or how it failed.
    reason: Option<String>,
    /// Where it parts from the first run.
    divergence: Option<Divergence>,
    digest: Option<String>,
    state_digest: Option<String>,
    n_spikes: Option<u64>,
    build_s: Option<f64>,
    simulate_s: Option<f64>,
}

/// Runs a network everywhere and compares.
///
/// # Errors
/// If the network or the arguments cannot be used, or fewer than two places can run it: that would
/// look like a pass. That runs differ is a result.
pub(crate) fn verify(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let (named, n_steps, verification) = everywhere(args)?;
    if verification.holds() && verification.compared() < 2 {
        let reasons = verification.runs.iter().filter_map(|r| match &r.verdict {
            Verdict::NotRun(reason) => Some(format!("{}: {reason}", r.place)),
            _ => None,
        });
        let reasons = reasons.collect::<Vec<_>>().join("\n");
        return Err(Failure::user(format!("there is nothing to compare\n{reasons}")));
    }
    let page = Page {
        network: &named.0,
        precision: named.1.to_string(),
        time_ms: args.time,
        n_steps,
        equal: verification.holds(),
        runs: verification.runs.iter().map(Line::of).collect(),
        absent: &verification.absent,
    };
    if args.json {
        text::print_json(&page);
    } else {
        text::print(&page.text(&verification));
    }
    Ok(if page.equal { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

/// Name and precision, steps, and what came of it.
fn everywhere(args: &VerifyArgs) -> Result<((String, Precision), u64, Verification), Failure> {
    let begin = |place: &Place| {
        if !args.quiet {
            eprintln!("{place}");
        }
    };
    let options = Options { memory_limit: args.network.memory_limit, ..Options::default() };
    if let Some(file) = masses::find(&args.network.network)? {
        let limit = ("--memory-limit", args.network.memory_limit.is_some());
        masses::refuse(&args.network, "cpu", &[limit])?;
        let network = masses::changed(&args.network, &file)?;
        let precision = match args.network.precision {
            Some(PrecisionArg::F64) => Precision::F64,
            _ => Precision::F32,
        };
        let steps = steps_in(args.time, network.recipe().dt)?;
        let found = verify_masses(&network, file.signal, precision, steps, &options, begin)?;
        return Ok(((file.name, precision), steps, found));
    }
    let network = Arc::new(load(&args.network)?);
    let steps = steps_in(args.time, network.dt_ms)?;
    let found = isospike::verify(&network, args.time, &options, begin)?;
    Ok(((network.name.clone(), network.precision), steps, found))
}

impl Line {
    fn of(run: &Run) -> Line {
        let (verdict, ran, reason, divergence) = match &run.verdict {
            Verdict::Equal(ran) => ("equal", Some(ran), None, None),
            Verdict::Differs(ran, at) => ("differs", Some(ran), None, at.clone()),
            Verdict::NotRun(reason) => ("not run", None, Some(reason.clone()), None),
            Verdict::Failed(reason) => ("failed", None, Some(reason.clone()), None),
        };
        let options = &run.place.options;
        Line {
            device: options.device.clone(),
            threads: options.threads,
            instruction_set: options.isa.map(|isa| isa.name()),
            verdict,
            reason,
            divergence,
            digest: ran.map(|r| r.digest.clone()),
            state_digest: ran.map(|r| r.state_digest.clone()),
            n_spikes: ran.and_then(|r| r.n_spikes),
            build_s: ran.map(|r| r.build_s),
            simulate_s: ran.map(|r| r.simulate_s),
        }
    }
}

impl Page<'_> {
    fn text(&self, verification: &Verification) -> String {
        let headings = ["where", "spikes", "simulate s", "digest", "state digest", "verdict"];
        let mut table = text::table(&headings, &[1, 2]);
        let mut notes = String::new();
        for run in &verification.runs {
            let place = run.place.to_string();
            let (ran, verdict) = match &run.verdict {
                Verdict::Equal(ran) => (Some(ran), "equal".to_owned()),
                Verdict::Differs(ran, at) => {
                    notes.push_str(&parted(&place, at.as_ref(), self.time_ms, self.n_steps));
                    (Some(ran), "DIFFERS".to_owned())
                }
                Verdict::NotRun(reason) => (None, format!("not run: {reason}")),
                Verdict::Failed(reason) => (None, format!("FAILED: {reason}")),
            };
            let [spikes, seconds, digest, state] = ran.map_or_else(Default::default, cells);
            table.add_row([place, spikes, seconds, digest, state, verdict]);
        }
        for absent in self.absent {
            let verdict = format!("not run: {}", absent.reason);
            let [a, b, c, d] = <[String; 4]>::default();
            table.add_row([absent.device.clone(), a, b, c, d, verdict]);
        }
        let (runs, time) =
            (text::count(verification.compared() as u64, "runs"), text::time(self.time_ms));
        let what = format!("{} for {time}, {}", self.network, self.precision);
        let sum = if self.equal { "all equal" } else { "NOT all equal" };
        format!("{table}\n{what}: {runs}, {sum}\n{notes}")
    }
}

fn cells(ran: &Ran) -> [String; 4] {
    let short = |digest: &str| digest.chars().take(SHOWN).collect();
    let (digest, state) = (short(&ran.digest), short(&ran.state_digest));
    [ran.n_spikes.map_or("-".to_owned(), thousands), digits(ran.simulate_s), digest, state]
}

fn parted(place: &str, at: Option<&Divergence>, time_ms: f64, n_steps: u64) -> String {
    match at {
        Some(at) => {
            let ms = at.step as f64 * time_ms / n_steps.max(1) as f64;
            format!("{place}: parts in step {}, time {ms:.4} ms: {}\n", at.step, at.what)
        }
        None => format!(
            "{place}: differs, but not when run again beside the first: it does not repeat itself\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use isospike::Place;

    fn verification(second: impl FnOnce(Ran) -> Verdict) -> Verification {
        let ran = |digest: &str| Ran {
            digest: digest.to_owned(),
            state_digest: "s".to_owned(),
            n_spikes: Some(1),
            build_s: 0.0,
            simulate_s: 0.0,
        };
        let place = || Place { options: Options::default() };
        let runs = vec![
            Run { place: place(), verdict: Verdict::Equal(ran("a")) },
            Run { place: place(), verdict: second(ran("b")) },
        ];
        Verification { runs, absent: Vec::new() }
    }

    fn page(verification: &Verification) -> (bool, String, serde_json::Value) {
        let page = Page {
            network: "n",
            precision: "f32".to_owned(),
            time_ms: 10.0,
            n_steps: 100,
            equal: verification.holds(),
            runs: verification.runs.iter().map(Line::of).collect(),
            absent: &[],
        };
        let json = serde_json::to_value(&page).expect("plain data");
        (page.equal, page.text(verification), json)
    }

    #[test]
    fn what_differs_is_named() {
        let at = Divergence { step: 15, what: "neuron 3 of E".to_owned() };
        let (equal, text, json) = page(&verification(|ran| Verdict::Differs(ran, Some(at))));
        assert!(!equal && text.contains("DIFFERS") && text.contains("NOT all equal"), "{text}");
        assert!(text.contains("parts in step 15, time 1.5000 ms: neuron 3 of E"), "{text}");
        assert_eq!(json["runs"][1]["divergence"]["step"], 15);
        let (equal, text, _) = page(&verification(|ran| Verdict::Differs(ran, None)));
        assert!(!equal && text.contains("does not repeat itself"), "{text}");
    }

    #[test]
    fn a_device_that_broke_down_is_not_one_that_cannot() {
        let (equal, text, json) = page(&verification(|_| Verdict::Failed("lost".to_owned())));
        assert!(!equal && text.contains("FAILED: lost"), "{text}");
        assert_eq!(json["runs"][1]["reason"], "lost");
        let (equal, text, json) = page(&verification(|_| Verdict::NotRun("small".to_owned())));
        assert!(equal && text.contains("not run: small") && text.contains("1 run,"), "{text}");
        assert_eq!(json["runs"][1]["verdict"], "not run");
    }
}
