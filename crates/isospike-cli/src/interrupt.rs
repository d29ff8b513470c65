//! Ctrl-C, SIGTERM and SIGHUP: the first one ends a run, which then writes what it recorded; a
//! second one ends the process and leaves nothing behind but a checkpoint with its records.

use crate::staging::Partial;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// There is something to keep.
static RECORDING: AtomicBool = AtomicBool::new(false);
/// When a run was first asked to end.
static REQUESTED: OnceLock<Instant> = OnceLock::new();
/// What must not stay behind when the process ends at once.
static UNFINISHED: Mutex<Option<Partial>> = Mutex::new(None);

/// Exit code of a run that was stopped.
pub(crate) const EXIT_CODE: u8 = 130;

/// One request can arrive twice: `timeout` sends its signal to the process and to its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Takes over the signals.
pub(crate) fn install() {
    let handler = || {
        match REQUESTED.get() {
            None if RECORDING.load(Ordering::SeqCst) => {
                let _ = REQUESTED.set(Instant::now());
                eprintln!(
                    "\nstopping: what was recorded is being written; Ctrl-C again to give it up"
                );
                return;
            }
            Some(first) if first.elapsed() < SAME_REQUEST => return,
            _ => {}
        }
        if let Ok(partial) = UNFINISHED.lock()
            && let Some(partial) = &*partial
        {
            partial.remove();
        }
        std::process::exit(i32::from(EXIT_CODE));
    };
    // Without a handler the signals end the process, which is what they do everywhere.
    if let Err(e) = ctrlc::set_handler(handler) {
        tracing::warn!("Ctrl-C cannot be caught: {e}");
    }
}

/// From now on there is something to keep.
pub(crate) fn keep() {
    RECORDING.store(true, Ordering::SeqCst);
}

/// Whether a run should end.
pub(crate) fn requested() -> bool {
    REQUESTED.get().is_some()
}

/// Names what is removed if the process ends at once; `None` when it is complete or gone.
pub(crate) fn unfinished(partial: Option<Partial>) {
    if let Ok(mut p) = UNFINISHED.lock() {
        *p = partial;
    }
}
