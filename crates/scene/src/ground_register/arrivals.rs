//! Looks on their way to the ground register, put in order.
//!
//! Workers and shards finish looks in any order; the register takes them in the order of captured-at, and of two of one moment
//! the one of the camera whose id comes first. Replay knows when nothing earlier can come any more ([`Arrivals::before`]); live, a look
//! is held for a moment ([`Arrivals::held_since`]), and one that comes later still is taken as it comes, and counted.

use std::collections::BTreeMap;

use curbwatch_types::{CameraId, Monotonic, Wall};

use super::GroundLook;

/// Looks held, at most; then the earliest go on at once. Some seconds of a district's.
const HELD_MAX: usize = 4096;

type Turn = (Wall, CameraId, u64);

/// Looks that wait for earlier ones.
#[derive(Debug, Default)]
pub struct Arrivals {
    held: BTreeMap<Turn, (Monotonic, GroundLook)>,
    number: u64,
    /// The latest look that went on.
    gone_on: Option<Wall>,
    late: u64,
}

impl Arrivals {
    /// Takes a look in, which came at `arrived`.
    pub fn put(&mut self, look: GroundLook, arrived: Monotonic) {
        self.late += u64::from(Some(look.at.at) < self.gone_on);
        let turn = (look.at.at, look.camera.clone(), self.number);
        self.number += 1;
        self.held.insert(turn, (arrived, look));
    }

    /// The looks before a moment, in order.
    pub fn before(&mut self, moment: Wall) -> Vec<GroundLook> {
        self.take_while(|(at, ..), _| *at < moment)
    }

    /// The looks up to the last one that came at `arrived` or before, in order, and those beyond the bound.
    pub fn held_since(&mut self, arrived: Monotonic) -> Vec<GroundLook> {
        let waited = |(_, (came, _)): &(&Turn, &(Monotonic, GroundLook))| *came <= arrived;
        let last = self.held.iter().rfind(waited).map(|(turn, _)| turn.clone());
        let spare = self.held.len().saturating_sub(HELD_MAX);
        self.take_while(|turn, taken| Some(turn) <= last.as_ref() || taken < spare)
    }

    /// All of them, in order.
    pub fn all(&mut self) -> Vec<GroundLook> {
        self.take_while(|_, _| true)
    }

    /// Looks that came after a later one had gone on.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn take_while(&mut self, goes_on: impl Fn(&Turn, usize) -> bool) -> Vec<GroundLook> {
        let mut taken = Vec::new();
        while let Some(first) = self.held.first_entry() {
            if !goes_on(first.key(), taken.len()) {
                break;
            }
            let (_, look) = first.remove();
            self.gone_on = self.gone_on.max(Some(look.at.at));
            taken.push(look);
        }
        taken
    }
}
