//! A full disk: cameras are looked at all the same, operators are told, and the case comes when there
//! is space again.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::binary::{finish, program};
use crate::running::Running;
use crate::setting::{Street, configuration, street};
use crate::support::{shared_folder, skipped};

/// A small file system of its own, gone when dropped.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// Nothing where mounting is not allowed.
    fn mount(place: &'a Path, bytes: usize) -> Option<Self> {
        fs::create_dir(place).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "curbwatch-test"])
            .arg(place);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self(place))
    }

    /// Somebody else fills it to the last byte.
    fn fill(&self) {
        fs::write(self.0.join("ballast"), vec![1; 16 << 20]).expect_err("the disk is full");
    }

    fn make_space(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn a_full_disk_is_told_and_ends_by_itself() {
    let folder = shared_folder();
    let folder = folder.path();
    let place = folder.join("disk");
    let Some(disk) = Disk::mount(&place, 8 << 20) else {
        return skipped("no tmpfs can be mounted here (root is needed); a full disk is not tried");
    };
    let Some(clip) = street(folder) else { return };
    let street = Street::open(&clip, 1, None);
    let url = street.farm.url(1);
    let store = place.join("store");
    configuration(folder, &store, &[("c0", &url, "")], "");

    // Without a store there is nothing to go on with.
    disk.fill();
    let outcome = finish(program().current_dir(folder).args(["--log", "off", "run"]));
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("curbwatch: no space left while ") && outcome.stderr.lines().count() == 1,
        "{outcome:?}"
    );
    disk.make_space();

    // With one, looking goes on, and what is decided waits. Cameras are dialled only now, and the dwell
    // of the first case takes fifteen seconds more.
    let mut running = Running::start(program().current_dir(folder).arg("run"));
    disk.fill();
    let committed = running.metric("curbwatch_case_changes_committed_total");
    assert_eq!(
        committed, 0.0,
        "the machine stood still: the disk was filled too late"
    );
    running.until("complaint of the store", |running| {
        let ready = running.get("/readyz");
        let complains = ready.status == 503 && ready.text().contains("store: cannot be written");
        complains.then_some(())
    });
    assert_eq!(
        running.get("/readyz").text(),
        "cameras live: 1 of 1\nstore: cannot be written\n"
    );
    assert_eq!(running.get("/healthz").status, 200);
    assert_eq!(running.get("/").status, 200, "the page is still there");
    let observed = running.metric("curbwatch_looks_observed_total");
    running.until("more looks and a second attempt", |running| {
        let looks = running.metric("curbwatch_looks_observed_total") > observed;
        (looks && running.metric("curbwatch_commit_failures_total") >= 2.0).then_some(())
    });
    let listed = ["cases", "list", "--store", store.to_str().unwrap()];
    let before = finish(program().args(listed));
    assert_eq!((before.code, before.stdout.as_str()), (Some(0), ""), "{before:?}");

    disk.make_space();
    running.until("readiness", |running| {
        (running.get("/readyz").status == 200).then_some(())
    });
    let failures = running.metric("curbwatch_commit_failures_total");
    let after = finish(program().args(listed));
    assert_eq!(after.stdout.lines().count(), 1, "one case: {after:?}");
    let (code, log) = running.interrupt();
    assert_eq!(code, Some(0), "{log}");
    let complaints = log
        .lines()
        .filter(|line| line.contains(" ERROR ") && line.contains("no space left while "))
        .filter(|line| line.contains("retry_in_secs="));
    assert_eq!(
        complaints.count() as f64,
        failures,
        "one line for each attempt: {log}"
    );
    let rows = fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    assert_eq!(rows.matches("\"state\":\"opened\"").count(), 1, "{rows}");
    let verified = finish(program().arg("verify-evidence").arg(&store));
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
