//! Children that misbehave, each a few words of shell on a real socket; sound ones are met by the lab's tests, which have a program.

use std::io::Read as _;

use curbwatch_types::SystemClock;

use super::super::eyes::EyesOptions;
use super::super::wire::{SaidBlind, SaidCost};
use super::*;
use crate::testing::keyframe;

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// A frame as it travels.
fn frame(said: &Said) -> Vec<u8> {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    Link::new(ours, clock()).send(said, &[], None).expect("sent");
    let mut bytes = Vec::new();
    theirs.read_to_end(&mut bytes).expect("read");
    bytes
}

fn child(folder: &Path, script: &str, look_max: Duration) -> Process {
    let ready = Said::Ready {
        model: "m".to_owned(),
        provider: "cpu".to_owned(),
    };
    let blind = Blind {
        reason: DropReason::Undecodable,
        cause: "no\npicture".to_owned(),
    };
    let answer = |number| {
        let cost = Cost {
            micros: [9; Cost::STAGES.len()],
            ..Cost::default()
        };
        Said::Blind(number, SaidBlind::of(&blind), SaidCost::of(&cost))
    };
    for (name, said) in [("ready", ready), ("answer", answer(1)), ("another", answer(2))] {
        std::fs::write(folder.join(name), frame(&said)).expect("a file");
    }
    let program = VisionProgram {
        path: "/bin/sh".into(),
        arguments: vec!["-c".into(), format!("cd '{}'; {script}", folder.display()).into()],
    };
    let set_up = SetUp::new(Path::new("l"), Path::new("m"), &[], &EyesOptions::default());
    Process::start(0, &program, &set_up, look_max, &clock()).expect("a shell")
}

fn look(process: &mut Process, cost: &mut Cost) -> Result<Result<Sight, Blind>, End> {
    process.look(&keyframe("c0", 1), 1, &Turn::default(), cost)
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_child_that_misbehaves_is_ended_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let moment = Duration::from_millis(50);
    // what it does when it has said that it is ready, how long a look may take, how it ends
    let rows = [
        (
            "head -c 5 >/dev/null; kill -ABRT $$",
            LONG,
            WorkerEnd::Died,
            "signal: 6",
        ),
        ("exit 7", LONG, WorkerEnd::Died, "exit status: 7"),
        (
            "exec cat >/dev/null",
            moment,
            WorkerEnd::Hung,
            "no answer in 50ms",
        ),
        (
            "head -c 9 answer >&0; exec cat >/dev/null",
            moment,
            WorkerEnd::Hung,
            "no answer",
        ),
        (
            "echo 'Segmentation fault' >&0; exec cat >/dev/null",
            LONG,
            WorkerEnd::Nonsense,
            "version",
        ),
        (
            r"printf '\001\377\377\377\377\0\0\0\0' >&0; exec cat >/dev/null",
            LONG,
            WorkerEnd::Nonsense,
            "too long",
        ),
        (
            r"printf '\001\1\0\0\0\0\0\0\0\77' >&0; exec cat >/dev/null",
            LONG,
            WorkerEnd::Nonsense,
            "cannot be read",
        ),
        (
            "cat another >&0; exec cat >/dev/null",
            LONG,
            WorkerEnd::Nonsense,
            "an answer to nothing",
        ),
        (
            "cat ready >&0; exec cat >/dev/null",
            LONG,
            WorkerEnd::Nonsense,
            "an answer to nothing",
        ),
    ];
    for (script, look_max, end, how) in rows {
        let mut process = child(folder.path(), &format!("cat ready >&0; {script}"), look_max);
        assert_eq!(process.ready("m").expect("ready"), "cpu", "{script}");
        let mut cost = Cost::default();
        let (ended, said) = look(&mut process, &mut cost).expect_err(script);
        assert_eq!(ended, end, "{script}: {said}");
        assert!(said.contains(how), "{script}: {said}");
        assert_eq!(cost, Cost::default(), "{script}");
        assert!(process.ended().is_some(), "{script}: it lives on");
    }
}

#[test]
fn a_child_that_comes_up_wrong_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let unable = frame(&Said::Unable("no such file: a\u{7}b".to_owned()));
    std::fs::write(folder.path().join("unable"), unable).expect("a file");
    let rows = [
        ("exit 3", "m", "exit status: 3"),
        ("cat unable >&0", "m", "no such file: a b"),
        ("cat answer >&0", "m", "before it is asked"),
        (
            "cat ready >&0",
            "other",
            "it reads the model `m`, this program began with `other`",
        ),
    ];
    for (script, model, want) in rows {
        let said = child(folder.path(), script, LONG).ready(model).expect_err(script);
        assert!(said.to_string().contains(want), "{script}: {said}");
    }
    let nowhere = VisionProgram {
        path: folder.path().join("nothing"),
        arguments: Vec::new(),
    };
    let set_up = SetUp::new(Path::new("l"), Path::new("m"), &[], &EyesOptions::default());
    let failed = Process::start(0, &nowhere, &set_up, LONG, &clock())
        .err()
        .expect("no program");
    assert!(failed.to_string().contains("nothing"), "{failed}");
}

#[test]
fn what_a_child_answers_counts_with_what_it_cost() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = child(folder.path(), "cat ready answer >&0; exec cat >/dev/null", LONG);
    process.ready("m").expect("ready");
    let mut cost = Cost::default();
    let blind = look(&mut process, &mut cost)
        .expect("an answer")
        .expect_err("blind");
    assert_eq!(blind.cause, "no picture");
    assert_eq!(blind.reason, DropReason::Undecodable);
    assert_eq!(cost.micros, [9; Cost::STAGES.len()]);
    assert!(process.ended().is_none());

    // More than a child may be sent is not sent.
    let large = AccessUnit {
        bytes: vec![0; (16 << 20) + 1].into(),
        ..keyframe("c0", 1)
    };
    let refused = process
        .look(&large, 2, &Turn::default(), &mut cost)
        .expect("no end");
    assert_eq!(refused.expect_err("too large").reason, DropReason::Undecodable);
    assert!(process.ended().is_none());
    let pid = process.child.id();
    drop(process);
    assert!(
        !Path::new(&format!("/proc/{pid}")).exists(),
        "a child is left behind"
    );
}
