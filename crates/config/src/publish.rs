//! Schema, reference page and example file, written from the declarations.

/// x
pub fn schema() -> String { String::new() }
/// x
pub fn reference() -> String { String::new() }
/// x
pub fn example() -> String { String::new() }
/// x
pub fn generated() -> Vec<(&'static str, String)> { Vec::new() }
