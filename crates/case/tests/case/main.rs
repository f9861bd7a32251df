//! The crate from outside: incidents in, evidence, rows and requests out.
#![expect(clippy::tests_outside_test_module, reason = "this whole binary is tests")]

mod evidence;
mod fixture;
mod kill_nine;
mod sinks;
mod store;
mod wire;
