//! The program with cameras: the real `curbwatch` binary against the farm.
//!
//! The farm is this crate's and the program is another's, which this crate must not depend on (Cargo
//! would not hand over its binary anyway: only a package's own tests get `CARGO_BIN_EXE_*`). So the
//! binary is taken where Cargo puts it, beside `curbwatch-lab`: `cargo test --workspace` builds both
//! before it runs anything. When only this crate is tested it may be missing or old; then it is built
//! first, see `binary`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod binary;
mod clips;
mod disk;
mod isolation;
mod patrol;
mod probe;
mod recheck;
mod reload;
mod run;
mod running;
mod setting;
#[path = "../support/mod.rs"]
mod support;
