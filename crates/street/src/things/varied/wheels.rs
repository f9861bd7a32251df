//! Other makes of what drives and is ridden, one file per kind; the bodies they share are in `shell`, what is fitted to them in
//! `fittings`.
//!
//! Not for: what streets held out have.

mod bicycles;
mod buses;
mod cars;
mod fittings;
mod scooters;
mod shell;
#[cfg(test)]
mod tests;
mod tricycles;
mod trucks;
mod vans;

use super::any_colour;

pub(super) use bicycles::bicycle;
pub(super) use buses::bus;
pub(super) use cars::car;
pub(super) use scooters::ebike;
pub(super) use tricycles::three_wheeler;
pub(super) use trucks::truck;
pub(super) use vans::van;
