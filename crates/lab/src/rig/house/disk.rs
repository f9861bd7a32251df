//! 14: no space is left where the store lies, from the moment on at which half of the cases are committed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use curbwatch_case::{CaseFilter, CaseReader, verify_evidence};
use curbwatch_engine::View;

use super::HouseOutcome;
use crate::Error;
use crate::rig::{Around, Clips, Outcome, RigOptions, Setting, judge, run_around};

/// Size of the disk: what a run writes, several times.
const DISK_BYTES: usize = 64 << 20;
/// How much longer every other camera's dwell is: its case falls due while the disk is full.
const LATER_SECS: u32 = 10;
/// Commits that must have failed before there is space again.
const FAILURES_MIN: u64 = 2;
/// Written at a time, while it is filled.
const BALLAST: [u8; 4096] = [1; 4096];

/// A small file system of its own, gone when dropped.
struct Disk(PathBuf);

impl Disk {
    /// Nothing where mounting is not allowed.
    fn mount(place: PathBuf) -> Result<Option<Self>, Error> {
        std::fs::create_dir_all(&place).map_err(|source| Error::File {
            path: place.clone(),
            source,
        })?;
        let size = format!("size={DISK_BYTES}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &size, "curbwatch-rig"])
            .arg(&place);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        Ok(mounted.then_some(Self(place)))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Somebody else fills it to the last byte.
    fn fill(&self) -> Result<(), Error> {
        let file = std::fs::File::create(self.ballast());
        let mut file = file.map_err(|source| Error::File {
            path: self.ballast(),
            source,
        })?;
        while file.write_all(&BALLAST).is_ok() {}
        Ok(())
    }

    fn make_space(&self) -> Result<(), Error> {
        std::fs::remove_file(self.ballast()).map_err(|source| Error::File {
            path: self.ballast(),
            source,
        })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Space,
    Full,
    SpaceAgain,
}

struct Full {
    disk: Disk,
    phase: Phase,
    /// Cases that were committed when it was filled.
    before: BTreeSet<String>,
    looks: u64,
    /// Whether the store was said to be unwritable.
    alarm: bool,
    failures: u64,
    filled_secs: f64,
    again_secs: f64,
    writable_secs: f64,
}

impl Full {
    fn store(&self) -> PathBuf {
        self.disk.0.join("store")
    }
}

impl Around for Full {
    fn setting(&self) -> Setting {
        Setting {
            store: self.store(),
            later_secs: LATER_SECS,
            ..Setting::default()
        }
    }

    fn step(&mut self, view: &View, outcome: &Outcome) -> Result<bool, Error> {
        let metrics = &view.metrics;
        match self.phase {
            Phase::Space => {
                let committed = outcome.healthy_cases.iter().step_by(2).all(|cases| *cases >= 1);
                if committed {
                    self.before = cases(&self.store())?;
                    self.disk.fill()?;
                    self.looks = metrics.looks_observed.get();
                    self.filled_secs = outcome.secs;
                    self.phase = Phase::Full;
                }
            }
            Phase::Full => {
                self.alarm |= metrics.store_writable.get() == 0;
                self.failures = metrics.commit_failures.get();
                // Looking goes on, and not the first attempt alone fails.
                let looked = metrics.looks_observed.get() >= self.looks + outcome.healthy_cases.len() as u64;
                if self.alarm && self.failures >= FAILURES_MIN && looked {
                    self.disk.make_space()?;
                    self.again_secs = outcome.secs;
                    self.phase = Phase::SpaceAgain;
                }
            }
            Phase::SpaceAgain => {
                if metrics.store_writable.get() == 1 && self.writable_secs == 0.0 {
                    self.writable_secs = outcome.secs;
                }
            }
        }
        Ok(self.phase == Phase::SpaceAgain && self.writable_secs > 0.0)
    }
}

fn cases(store: &Path) -> Result<BTreeSet<String>, Error> {
    let reader = CaseReader::open(store).map_err(Error::bench)?;
    let cases = reader.list(&CaseFilter::default()).map_err(Error::bench)?;
    Ok(cases.into_iter().map(|case| case.id.to_string()).collect())
}

pub(super) fn run(options: &RigOptions, clips: &Clips, plain: &Outcome) -> Result<HouseOutcome, Error> {
    let Some(disk) = Disk::mount(options.folder.join("disk"))? else {
        return Ok(HouseOutcome {
            skipped: Some("no tmpfs can be mounted here (root is needed)"),
            ..HouseOutcome::default()
        });
    };
    let mut full = Full {
        disk,
        phase: Phase::Space,
        before: BTreeSet::new(),
        looks: 0,
        alarm: false,
        failures: 0,
        filled_secs: 0.0,
        again_secs: 0.0,
        writable_secs: 0.0,
    };
    let outcome = run_around(options, clips, &mut full)?;
    let mut wrong = judge(options, &outcome, plain);
    let mut want = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    let after = cases(&full.store())?;
    want(
        full.phase == Phase::SpaceAgain,
        "the disk was never full, or nobody said so",
    );
    want(full.before.is_subset(&after), "a committed case is lost");
    want(full.writable_secs > 0.0, "it did not recover");
    let evidence = verify_evidence(&full.store().join("evidence")).map_err(Error::bench)?;
    want(evidence.wrong.is_empty(), "evidence does not verify");
    want(
        evidence.manifests == after.len(),
        "a case without evidence, or evidence without a case",
    );
    Ok(HouseOutcome {
        measured: format!(
            "full for {:.1} s with {} of {} cases committed: `store_writable` said so, {} commits refused; writable {:.1} s \
             after there was space, {} cases with evidence",
            full.again_secs - full.filled_secs,
            full.before.len(),
            after.len(),
            full.failures,
            full.writable_secs - full.again_secs,
            evidence.manifests,
        ),
        outcome,
        wrong,
        skipped: None,
    })
}
