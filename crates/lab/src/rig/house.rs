//! The faults behind the cameras: a process that dies, a consumer that is away, more looks than vision can take, a disk
//! without space. Every camera is healthy; what is broken is the house.
//!
//! For: the same promises as with a faulted camera (each camera its one case, looks kept, accounts exact, no secret written),
//! while something behind the road is wrong. Not for: every way in which a store or a consumer can fail; those have tests of
//! their own (`kill`, `program`, `case`). Input: a fault by name, the rig's options, and the run without a fault.

mod away;
mod child;
mod consumer;
mod disk;
mod district;
mod kill;
mod overload;
mod workers;

use std::path::PathBuf;

use curbwatch_engine::VisionProgram;

use super::{Clips, Outcome, RigOptions};
use crate::Error;

/// What is wrong with the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HouseFault {
    /// 8: the program is killed, again and again, in the middle of its work.
    KillNine,
    /// 9: nobody takes what is delivered, then somebody does.
    ConsumerAway,
    /// 10: four times as many looks fall due as vision can take, and the consumer is slow.
    Overload,
    /// 12: vision workers, in processes of their own, are killed one after the other.
    WorkerKilled,
    /// 12: they die of one camera's pictures.
    PoisonPicture,
    /// 13: a platform of cameras reboots, and all of them return at once.
    District,
    /// 14: no space left where the store lies, then there is.
    DiskFull,
}

/// A row of the table of faults.
#[derive(Debug)]
pub struct HouseRow {
    /// The fault.
    pub fault: HouseFault,
    /// Its number in the design.
    pub number: u32,
    /// Its name on the command line.
    pub name: &'static str,
    /// What must come of it.
    pub expected: &'static str,
}

/// Every fault of the house, in the design's order.
pub const HOUSE_FAULTS: &[HouseRow] = &[
    HouseRow {
        fault: HouseFault::KillNine,
        number: 8,
        name: "kill-nine",
        expected: "no committed case lost, none doubled at the consumer",
    },
    HouseRow {
        fault: HouseFault::ConsumerAway,
        number: 9,
        name: "consumer-away",
        expected: "looks untouched, the backlog drains in order",
    },
    HouseRow {
        fault: HouseFault::Overload,
        number: 10,
        name: "overload",
        expected: "memory flat, Jain's index >= .98",
    },
    HouseRow {
        fault: HouseFault::WorkerKilled,
        number: 12,
        name: "worker-killed",
        expected: "another within 2 s, at most the look it had is lost",
    },
    HouseRow {
        fault: HouseFault::PoisonPicture,
        number: 12,
        name: "poison-picture",
        expected: "three workers, then that camera is set aside",
    },
    HouseRow {
        fault: HouseFault::District,
        number: 13,
        name: "district",
        expected: "all live <= 90 s, dial budget kept",
    },
    HouseRow {
        fault: HouseFault::DiskFull,
        number: 14,
        name: "disk-full",
        expected: "alarm, committed rows kept, recovers by itself",
    },
];

/// What the faults of the house need beside the rig's options.
#[derive(Debug, Clone)]
pub struct HouseOptions {
    /// The `curbwatch` program, to be killed.
    pub program: PathBuf,
    /// How often it is killed, 1 or more.
    pub kills: u32,
    /// What vision workers in processes of their own are: the lab's `vision-worker`.
    pub vision: VisionProgram,
    /// Seconds it may take until there is another in the place of one that was killed.
    pub respawn_secs_max: f64,
    /// Cameras of the platform that reboots.
    pub district: usize,
}

/// What came of a fault of the house.
#[derive(Debug, Default)]
pub struct HouseOutcome {
    /// As of a run with a faulted camera; the one camera more is healthy, too. Without cameras where no case is asked for.
    pub outcome: Outcome,
    /// What was measured, in a line.
    pub measured: String,
    /// Everything that is not as it must be; empty is good.
    pub wrong: Vec<String>,
    /// Why it was not tried, where it cannot be.
    pub skipped: Option<&'static str>,
}

/// Runs one of them. `plain`: the run without a fault.
pub fn run_house(
    fault: HouseFault,
    options: &RigOptions,
    house: &HouseOptions,
    clips: &Clips,
    plain: &Outcome,
) -> Result<HouseOutcome, Error> {
    match fault {
        HouseFault::KillNine => kill::run(options, house, clips),
        HouseFault::ConsumerAway => away::run(options, clips, plain),
        HouseFault::Overload => overload::run(options, clips),
        HouseFault::WorkerKilled => workers::run_killed(options, house, clips, plain),
        HouseFault::PoisonPicture => workers::run_poisoned(options, house, clips, plain),
        HouseFault::District => district::run(options, house),
        HouseFault::DiskFull => disk::run(options, clips, plain),
    }
}
