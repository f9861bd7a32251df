//! Set-up, demo, test, checks, generated docs.
fn main() {}
