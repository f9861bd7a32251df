//! What is wrong around the program is said in one clear line, with the right exit code.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use curbwatch_case::{Options, Store};

use crate::footage::write_manifest;
use crate::support::{Outcome, configuration, edit, finish, program, repository, run};

/// Nothing listens there: port 1 needs privileges that no test peer has.
const NOBODY: &str = "rtsp://127.0.0.1:1/x";

/// One line on standard error, with these words; nothing on standard output.
fn check(name: &str, outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{name}: {outcome:?}");
    let said = outcome.said();
    assert_eq!(said.len(), 1, "{name}: one line: {outcome:?}");
    assert!(said[0].starts_with("curbwatch: "), "{name}: {outcome:?}");
    for word in words {
        assert!(said[0].contains(word), "{name}: {word} is missing: {outcome:?}");
    }
    assert!(outcome.stdout.is_empty(), "{name}: {outcome:?}");
}

/// Runs `run` and `replay` (over one visit) in `folder`: whatever is wrong, both say it.
fn run_and_replay(folder: &Path) -> [(&'static str, Outcome); 2] {
    write_manifest(folder, &["none.mp4"]);
    [
        ("run", run(folder, ["run"])),
        (
            "replay",
            run(folder, ["replay", "--footage", "footage.jsonl", "--out", "out"]),
        ),
    ]
}

#[test]
fn a_camera_that_is_down() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), ["probe", NOBODY, "--seconds", "1", "--json"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.stderr,
        "curbwatch: camera probe: connecting to 127.0.0.1:1: cannot connect: Connection refused (os error 111)\n"
    );
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(found["state"], "connecting", "{found}");
    assert_eq!(
        (&found["decoded"], &found["access_units"]),
        (&0.into(), &0.into())
    );
    assert!(found["errors"]["connect"].as_u64() >= Some(1), "{found}");
    assert!(
        found["transport"].is_null() && found["codec"].is_null(),
        "{found}"
    );
}

#[test]
fn a_missing_manifest_is_a_problem_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), Some(NOBODY));
    let manifest = repository("fixtures/models/blob.toml");
    edit(&file, manifest.to_str().unwrap(), "no-such-model.toml");
    for command in ["check", "run"] {
        let outcome = run(folder.path(), [command]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let place =
            "curbwatch.toml:6: `inference.model`: there is no file no-such-model.toml; check the path";
        assert!(outcome.said()[0].contains(place), "{command}: {outcome:?}");
        assert_eq!(outcome.said()[1..], ["1 problem"], "{command}: {outcome:?}");
    }
}

#[test]
fn missing_weights_and_a_wrong_hash() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = configuration(folder, Some(NOBODY));
    let manifest = repository("fixtures/models/blob.toml");
    edit(&file, manifest.to_str().unwrap(), "blob.toml");
    fs::copy(&manifest, folder.join("blob.toml")).unwrap();
    for (name, outcome) in run_and_replay(folder) {
        let words = [
            "blob.toml: the weights `blob.onnx` were not found",
            "put the file there",
        ];
        check(name, &outcome, 3, &words);
    }
    let mut weights = fs::read(manifest.with_file_name("blob.onnx")).unwrap();
    *weights.last_mut().unwrap() ^= 1;
    fs::write(folder.join("blob.onnx"), weights).unwrap();
    for (name, outcome) in run_and_replay(folder) {
        let words = [
            "blob.onnx is not the file the manifest speaks of",
            "the manifest says 634d51c6d06674be0a0ff840f4520a48402b02da0e38653de5b4079378cc586f",
            "fetch the right file",
        ];
        check(name, &outcome, 3, &words);
    }
    assert!(!folder.join("data").exists() && !folder.join("out").exists());
}

#[test]
fn a_missing_or_wrong_runtime_library() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    configuration(folder, None);
    write_manifest(folder, &["none.mp4"]);
    fs::write(folder.join("garbage.so"), "no library").unwrap();
    let rows = [
        ("missing.so", "the ONNX Runtime library was not found (looked at "),
        ("garbage.so", "garbage.so cannot be loaded as ONNX Runtime: "),
    ];
    for (library, want) in rows {
        let path = folder.join(library);
        let mut command = program();
        command.current_dir(folder).env("ORT_DYLIB_PATH", &path).args([
            "replay",
            "--footage",
            "footage.jsonl",
            "--out",
            "out",
        ]);
        check(
            library,
            &finish(&mut command),
            3,
            &[want, path.to_str().unwrap(), "cargo xtask setup"],
        );
    }
}

#[test]
fn a_taken_port() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), Some(NOBODY));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    edit(&file, "127.0.0.1:0", &address);
    let outcome = run(folder.path(), ["run"]);
    let want = format!("server.listen {address}: Address already in use");
    check("run", &outcome, 3, &[&want, "or set another address"]);
    assert!(!folder.path().join("data").exists(), "the port comes first");
}

#[test]
fn a_second_process_on_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    configuration(folder.path(), Some(NOBODY));
    let _first = Store::open(&Options::new(folder.path().join("data"))).unwrap();
    let outcome = run(folder.path(), ["run"]);
    let words = [
        "the case store in data is in use by another process (its store)",
        "stop that one",
    ];
    check("run", &outcome, 3, &words);
}

#[test]
fn a_store_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    configuration(folder.path(), Some(NOBODY));
    fs::write(folder.path().join("data"), "a file").unwrap();
    let outcome = run(folder.path(), ["run"]);
    check(
        "run",
        &outcome,
        3,
        &["making the store's directory failed for data"],
    );
}

#[test]
fn nothing_to_watch() {
    let folder = tempfile::tempdir().unwrap();
    configuration(folder.path(), None);
    let outcome = run(folder.path(), ["run"]);
    check(
        "run",
        &outcome,
        1,
        &["no camera of the configuration has a `url`"],
    );
}

#[test]
fn footage_that_cannot_be_replayed() {
    let row = |camera: &str| format!("{{\"camera\":\"{camera}\",\"file\":\"x.mp4\",\"start_ms\":5}}\n");
    let unknown = format!("{}{}", row("c0"), row("zz"));
    // (manifest, --out, exit code, what is said)
    let rows = [
        (
            Some(unknown.as_str()),
            "out",
            1,
            "footage.jsonl:2: camera `zz` is not in the configuration; add it to [[cameras]] or remove the row",
        ),
        (Some("nonsense\n"), "out", 1, "footage.jsonl:1: "),
        (None, "out", 1, "footage.jsonl"),
        (Some(&row("c0")), "no/such/folder/out", 3, "no/such/folder/out"),
    ];
    for (manifest, out, code, want) in rows {
        let folder = tempfile::tempdir().unwrap();
        configuration(folder.path(), None);
        if let Some(manifest) = manifest {
            fs::write(folder.path().join("footage.jsonl"), manifest).unwrap();
        }
        let outcome = run(
            folder.path(),
            ["replay", "--footage", "footage.jsonl", "--out", out],
        );
        check(want, &outcome, code, &[want]);
        assert!(!folder.path().join(out).exists(), "{want}");
    }
}
