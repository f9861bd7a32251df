//! The program: command line, HTTP, console.
fn main() {}
