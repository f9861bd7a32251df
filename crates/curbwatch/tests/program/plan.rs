//! `plan`: the sums from outside, in words and as JSON.

use crate::support::run;

#[test]
fn a_plan_names_machines_and_what_runs_out_first() {
    let folder = tempfile::tempdir().unwrap();
    let asked = ["plan", "--cameras", "1160", "--look-every", "10", "--cores", "2"];
    let told = run(folder.path(), asked);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("machines    2 of 2 cores"), "{told:?}");
    assert!(told.stdout.contains("bottleneck  processor"), "{told:?}");

    let told = run(folder.path(), asked.into_iter().chain(["--json"]));
    let plan: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(plan["machines"], 2.0, "{plan}");
    assert_eq!(plan["bottleneck"], "processor", "{plan}");
    for key in ["cores", "gbps", "disk_gb", "memory_gib"] {
        assert!(plan[key].as_f64().unwrap() > 0.0, "{key}: {plan}");
    }

    let refused = run(folder.path(), ["plan", "--cameras", "1160"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--look-every"), "{refused:?}");
}
