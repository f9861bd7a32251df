//! The scene as its callers see it: streets told in words, and what must hold for any street.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a script that does not parse is a broken test"
)]

mod following;
mod groups;
mod hours;
mod properties;
mod scenes;
mod script;
