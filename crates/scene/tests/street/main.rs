//! The scene as its callers see it: streets told in words, and what must hold for any street.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a scene that does not parse is a broken test"
)]

mod crowds;
mod draw;
mod eyes;
mod following;
mod ground_properties;
mod ground_words;
mod hours;
mod in_words;
mod look;
mod places;
mod play;
mod properties;
mod record;
mod rezone;
mod street;
mod time;
mod torture;
mod words;
