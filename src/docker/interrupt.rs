//! Ctrl-C and the other requests to end: noted, so that whoever waits stops waiting and everything is tidied up.
//!
//! A second one changes nothing: tidying up goes on.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether someone asked to end.
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Listens from now on. Where that is not possible, the process ends as any other does, and `prove --clean` tidies up.
pub fn listen() {
    // a second call finds its own handler, which is as good
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed));
}
