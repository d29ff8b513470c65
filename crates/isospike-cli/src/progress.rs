//! Progress on stderr, shown to people only: not with `--quiet`, and not when stderr is not a
//! terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use isospike::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Progress of one run.
pub(crate) struct Bars {
    bar: ProgressBar,
    dt_ms: f64,
}

impl Bars {
    /// Nothing to show yet.
    pub(crate) fn new(quiet: bool, dt_ms: f64) -> Bars {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Bars { bar: ProgressBar::with_draw_target(None, target), dt_ms }
    }

    /// The callback that shows how many synapses are made.
    pub(crate) fn building(&self) -> Progress {
        self.style("building   {bar:30} {human_pos} of {human_len} synapses  {elapsed}");
        let bar = self.bar.clone();
        // Threads report out of order.
        let most = AtomicU64::new(0);
        Arc::new(move |done, all| {
            let before = most.fetch_max(done, Ordering::Relaxed);
            bar.set_length(all);
            bar.set_position(before.max(done));
        })
    }

    /// Begins to show simulated time.
    pub(crate) fn simulate(&self, steps: u64) {
        self.bar.set_length(steps);
        self.bar.set_position(0);
        self.bar.reset_eta();
        self.bar.reset_elapsed();
        self.style("simulating {bar:30} {msg}  {elapsed}, {eta} left");
    }

    /// Shows the step reached and how long it took.
    pub(crate) fn step(&self, step: u64, simulate_s: f64) {
        if !self.bar.is_hidden() {
            let ms = step as f64 * self.dt_ms;
            let all_ms = self.bar.length().unwrap_or(0) as f64 * self.dt_ms;
            let factor = if step > 0 { simulate_s * 1000.0 / ms } else { 0.0 };
            self.bar
                .set_message(format!("{ms:.0} of {all_ms:.0} ms, real-time factor {factor:.2}"));
            self.bar.set_position(step);
        }
    }

    /// Begins to count networks.
    pub(crate) fn members(&self, n: u64) {
        self.bar.set_length(n);
        self.style(
            "running    {bar:30} {human_pos} of {human_len} networks  {elapsed}, {eta} left",
        );
    }

    /// One network is done.
    pub(crate) fn member(&self) {
        self.bar.inc(1);
    }

    /// Begins to count points of a sweep.
    pub(crate) fn all_points(&self, n: usize) {
        self.bar.set_length(n as u64 * Self::PART);
        self.style("running    {bar:30} {msg}  {elapsed}, {eta} left");
        self.bar.set_message(format!("0 of {n} points"));
    }

    /// Some points from `first` on are done to a part.
    pub(crate) fn points(&self, first: usize, n: usize, part: f64) {
        if !self.bar.is_hidden() {
            let all = self.bar.length().unwrap_or(0) / Self::PART;
            let done = first as f64 + n as f64 * part;
            self.bar.set_message(format!("{done:.0} of {all} points"));
            self.bar.set_position((done * Self::PART as f64) as u64);
        }
    }

    /// Parts of a point that the bar of a sweep counts.
    const PART: u64 = 1000;

    /// Says what is going on when there is nothing to count.
    pub(crate) fn say(&self, what: &'static str) {
        self.style("{msg}");
        self.bar.set_message(what);
    }

    fn style(&self, template: &str) {
        let style = ProgressStyle::with_template(template).expect("a template of ours");
        self.bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    }
}

impl Drop for Bars {
    /// Leaves no trace.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
