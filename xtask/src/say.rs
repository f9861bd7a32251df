//! The only place that prints: one line for one fact, so that a log of CI reads like a protocol.

use std::fmt::Display;
use std::io::Write as _;

/// A line on stdout; a closed stdout is no reason to stop.
pub(crate) fn line(text: impl Display) {
    if cfg!(test) {
        // So that the test harness can keep it to itself: "installing ..." by a fake would frighten people.
        #[expect(clippy::print_stdout, reason = "captured by the test harness")]
        {
            println!("{text}");
        }
        return;
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A line on stdout about what set-up finds and does.
pub(crate) fn setup(text: impl Display) {
    line(format_args!("set-up: {text}"));
}

/// The one line on stderr that says what went wrong and what to do about it.
pub(crate) fn error(text: &dyn Display) {
    let _ = writeln!(std::io::stderr().lock(), "error: {text}");
}
