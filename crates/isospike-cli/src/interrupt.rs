//! Ctrl-C: the first one ends a run, which then writes what it recorded; the second one ends the
//! process.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// There is something to keep.
static RECORDING: AtomicBool = AtomicBool::new(false);
static REQUESTED: AtomicBool = AtomicBool::new(false);
/// What must not stay behind when the process ends at once.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Exit code of a run that was stopped.
pub const EXIT_CODE: u8 = 130;

/// Takes over Ctrl-C.
pub fn install() {
    let handler = || {
        if RECORDING.load(Ordering::SeqCst) && !REQUESTED.swap(true, Ordering::SeqCst) {
            eprintln!("\nstopping: what was recorded is being written; Ctrl-C again to give it up");
            return;
        }
        if let Ok(path) = UNFINISHED.lock()
            && let Some(path) = &*path
        {
            let _ = std::fs::remove_dir_all(path);
        }
        std::process::exit(i32::from(EXIT_CODE));
    };
    // Without a handler Ctrl-C ends the process, which is what it does everywhere.
    if let Err(e) = ctrlc::set_handler(handler) {
        tracing::warn!("Ctrl-C cannot be caught: {e}");
    }
}

/// From now on there is something to keep.
pub fn keep() {
    RECORDING.store(true, Ordering::SeqCst);
}

/// Whether a run should end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Names the directory that is removed if the process ends at once; `None` when it is complete or
/// gone.
pub fn unfinished(path: Option<PathBuf>) {
    if let Ok(mut p) = UNFINISHED.lock() {
        *p = path;
    }
}
