//! A changed configuration for the running program: by SIGHUP, and by `curbwatch reload`.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use crate::binary::{Outcome, finish, program};
use crate::running::Running;
use crate::setting::configuration;
use crate::support::shared_folder;

/// Nobody answers there; what is asked here needs no picture.
const NOWHERE: &str = "rtsp://127.0.0.1:1/x";

fn command(folder: &Path, words: &[&str]) -> Outcome {
    let command = &mut program();
    finish(command.current_dir(folder).args(["--log", "off"]).args(words))
}

fn listed(running: &Running, camera: &str) -> bool {
    running.get("/").text().contains(&format!("<b>{camera}</b>"))
}

fn reloads(running: &Running, result: &str) -> f64 {
    running.metric(&format!("curbwatch_config_reloads_total{{result={result:?}}}"))
}

#[test]
fn a_changed_configuration_is_taken_up_and_one_with_a_mistake_changes_nothing() {
    let folder = shared_folder();
    let folder = folder.path();
    let store = folder.join("data");
    let file = configuration(folder, &store, &[("c0", NOWHERE, ""), ("c1", NOWHERE, "")], "");

    let nobody = command(folder, &["reload"]);
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(nobody.stderr.contains("no program runs on"), "{nobody:?}");

    let mut running = Running::start(program().current_dir(folder).arg("run"));

    // A mistake: all of it is in the log as `check` says it, and the cameras are those of before.
    let good = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        good.replace("dwell_secs = 10", "dwell_secs = 10\ncolour = \"red\""),
    )
    .unwrap();
    running.signal(Signal::HUP);
    running.until("the refusal", |running| {
        (reloads(running, "refused") == 1.0).then_some(())
    });
    let checked = command(folder, &["check"]);
    let problem = checked.stderr.lines().next().expect("a problem");
    let problem = problem.trim_start_matches("curbwatch: ");
    running.until("the problem in the log", |running| {
        running.log().contains(problem).then_some(())
    });
    assert!(listed(&running, "c0") && listed(&running, "c1"));
    let refused = command(folder, &["reload"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("colour"), "{refused:?}");
    assert_eq!(reloads(&running, "refused"), 1.0, "the program was not bothered");

    // One camera goes, one comes; workers wait for a restart.
    configuration(folder, &store, &[("c0", NOWHERE, ""), ("c2", NOWHERE, "")], "");
    let changed = fs::read_to_string(&file).unwrap();
    fs::write(&file, changed.replace("workers = 1", "workers = 2")).unwrap();
    let told = command(folder, &["reload"]);
    assert_eq!(told.code, Some(0), "{told:?}\n{}", running.log());
    let want = "taken up; cameras: 1 added, 1 removed; restart needed for: inference.workers\n";
    assert!(told.stdout.ends_with(want), "{told:?}");
    assert_eq!(reloads(&running, "partly"), 1.0);
    assert!(listed(&running, "c0") && !listed(&running, "c1") && listed(&running, "c2"));

    // Again, by signal: nothing is another but what still waits.
    running.signal(Signal::HUP);
    running.until("the second reload", |running| {
        (reloads(running, "partly") == 2.0).then_some(())
    });

    // Nobody is told by the name of another file.
    fs::copy(&file, folder.join("other.toml")).unwrap();
    let other = command(folder, &["reload", "--config", "other.toml"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("was started with"), "{other:?}");

    let (code, log) = running.interrupt();
    assert_eq!(code, Some(0), "{log}");
}
