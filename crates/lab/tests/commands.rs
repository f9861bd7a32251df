//! The program itself: what it prints, and how it ends.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod support;

use std::process::{Command, Stdio};

use curbwatch_types::Codec;
use support::{Peer, make_clip, shared_folder, skipped};

const PROGRAM: &str = env!("CARGO_BIN_EXE_curbwatch-lab");

#[test]
fn the_farm_says_when_it_is_ready() {
    let folder = shared_folder();
    let Some(clip) = make_clip(folder.path(), Codec::H264, 1) else {
        return skipped("the ffmpeg program with libx264 is not installed");
    };
    let mut command = Command::new(PROGRAM);
    command
        .args(["farm", "--cameras", "3", "--listen", "127.0.0.1:0", "--clip"])
        .arg(&clip);
    let mut farm = Peer::start(&mut command).expect("the program");
    let ready: serde_json::Value = serde_json::from_str(&farm.first_line()).expect("one JSON line");
    assert_eq!(
        (&ready["ready"], &ready["cameras"]),
        (&true.into(), &3.into()),
        "{ready}"
    );
    let listen: std::net::SocketAddr = ready["listen"]
        .as_str()
        .and_then(|a| a.parse().ok())
        .expect("an address");
    std::net::TcpStream::connect(listen).expect("it listens there");
}

#[test]
fn failures_are_one_line_and_an_exit_code() {
    let folder = shared_folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    let taken = taken.local_addr().expect("bound").to_string();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("bad.jsonl"), "{\n").expect("written");
    let (none, bad) = (path("none"), path("bad.jsonl"));
    let mut rows: Vec<(Vec<&str>, i32, &str)> = vec![
        (vec!["farm", "--cameras", "1", "--clip", &none], 3, "none"),
        (vec!["farm", "--cameras", "0", "--clip", &none], 2, "--cameras"),
        (vec!["patrol-alarms", &none], 3, "No such file"),
        (vec!["patrol-alarms", &bad], 1, "bad.jsonl:1:"),
        (
            vec!["patrol-config", &none, "--clips", &none, "--out", &none],
            3,
            "No such file",
        ),
    ];
    let clip = make_clip(folder.path(), Codec::H264, 1).map(|clip| clip.display().to_string());
    if let Some(clip) = &clip {
        rows.push((
            vec!["farm", "--cameras", "1", "--clip", clip, "--listen", &taken],
            3,
            "cannot listen on",
        ));
    } else {
        skipped("the ffmpeg program with libx264 is not installed; a taken port is not tried");
    }
    for (arguments, code, want) in rows {
        let output = Command::new(PROGRAM)
            .args(&arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(want), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        if code != 2 {
            assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        }
    }
}
