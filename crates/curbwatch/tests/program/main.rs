//! The program from outside: the real binary, its output and its exit codes. One test binary, so that
//! it is linked once. What needs cameras stands in `crates/lab/tests/program`, where the farm is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod cases;
mod check;
mod failures;
mod footage;
mod ground;
mod import;
mod plan;
mod replay;
mod support;
mod why;
