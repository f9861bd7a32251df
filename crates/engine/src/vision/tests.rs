//! Workers whose eyes end: what becomes of the looks, of the cameras, and of the next eyes.

use crossbeam_channel::{bounded, never};
use curbwatch_infer::ModelOptions;
use curbwatch_types::{LookWhy, SystemClock};

use super::*;
use crate::testing::keyframe;

/// A worker whose process is a shell that says it is ready, and then what `script` says.
fn worker(folder: &std::path::Path, script: &str) -> Vision {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/models/layout.toml");
    let model = Model::load(manifest.as_ref(), &ModelOptions::default()).expect("the fixture model");
    // Version, lengths; the message: variant 0, the model's name and the provider's, each after its length.
    let mut message = vec![0];
    for word in [&*model.id(), "cpu"] {
        message.push(word.len() as u8);
        message.extend(word.as_bytes());
    }
    let mut ready = vec![1, message.len() as u8, 0, 0, 0, 0, 0, 0, 0];
    ready.append(&mut message);
    std::fs::write(folder.join("ready"), ready).expect("a file");
    let script = format!("cd '{}'; {script}", folder.display());
    let options = VisionOptions {
        model,
        eyes: EyesOptions::default(),
        apart: Some(Apart {
            program: VisionProgram {
                path: "/bin/sh".into(),
                arguments: vec!["-c".into(), script.into()],
            },
            library: PathBuf::new(),
            model: PathBuf::new(),
            model_dirs: Vec::new(),
            look_max: Duration::from_secs(60),
        }),
    };
    let shared = Shared {
        strikes: Arc::default(),
        metrics: Arc::new(Metrics::new().expect("metrics")),
        clock: Arc::new(SystemClock::new()),
    };
    let vision = Vision::begin(0, options, shared).and_then(Vision::opened);
    vision.expect("a worker")
}

fn look(vision: &mut Vision, camera: usize) -> DropReason {
    let look = Look {
        unit: keyframe("c0", 1),
        why: LookWhy::Routine,
        due: Monotonic::default(),
        deadline: Monotonic::default(),
    };
    let turn = Turn {
        camera,
        ..Turn::default()
    };
    vision
        .observe(look, 1, &turn)
        .expect_err("no eyes survive it")
        .reason
}

#[test]
fn a_camera_whose_pictures_end_workers_is_set_aside_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut vision = worker(
        folder.path(),
        "cat ready >&0; head -c 5 >/dev/null; kill -SEGV $$",
    );
    let metrics = Arc::clone(&vision.shared.metrics);
    assert_eq!(metrics.vision.workers.get(), 1);
    for n in 1..=STRIKES_MAX {
        assert_eq!(look(&mut vision, 0), DropReason::WorkerDied, "look {n}");
        assert_eq!(metrics.vision.workers.get(), 0);
        assert!(vision.ready(&never()), "there is another after look {n}");
        assert_eq!(metrics.vision.restarts(WorkerEnd::Died).get(), u64::from(n));
        assert_eq!(metrics.vision.workers.get(), 1);
    }
    assert_eq!(look(&mut vision, 0), DropReason::SetAside);
    assert_eq!(metrics.vision.cameras_set_aside.get(), 1);
    assert!(vision.ready(&never()));
    assert_eq!(
        metrics.vision.restarts(WorkerEnd::Died).get(),
        u64::from(STRIKES_MAX)
    );
    // Its neighbour has its own three.
    assert_eq!(look(&mut vision, 1), DropReason::WorkerDied);
    drop(vision);
    assert_eq!(metrics.vision.workers.get(), 0);
}

#[test]
fn who_cannot_be_started_is_tried_again_until_the_program_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "test -e gone && exit 4; cat ready >&0; exec cat >/dev/null";
    let mut vision = worker(folder.path(), script);
    let metrics = Arc::clone(&vision.shared.metrics);
    std::fs::write(folder.path().join("gone"), "").expect("a file");
    let Some(Sense::Apart(process)) = &mut vision.sense else {
        panic!("a process");
    };
    process.kill();
    // Nobody has to look for that to be noticed.
    assert!(!vision.ready(&never()));
    assert_eq!(metrics.vision.start_failures.get(), 1);
    assert_eq!(look(&mut vision, 0), DropReason::WorkerDied);
    let (stop, stopped) = bounded::<()>(0);
    drop(stop);
    vision.in_a_row = 1000;
    assert!(!vision.ready(&stopped), "a stop is not waited out");
    assert_eq!(metrics.vision.start_failures.get(), 1);

    std::fs::remove_file(folder.path().join("gone")).expect("the file");
    vision.in_a_row = 2;
    assert!(vision.ready(&never()));
    assert_eq!(metrics.vision.restarts(WorkerEnd::Died).get(), 1);
}

#[test]
fn waits_grow_and_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut vision = worker(folder.path(), "cat ready >&0; exec cat >/dev/null");
    let waits = [0, 1, 2, 3, 4, 8, 40, u32::MAX].map(|in_a_row| {
        vision.in_a_row = in_a_row;
        vision.wait().as_millis()
    });
    assert_eq!(waits, [0, 0, 500, 1000, 2000, 30_000, 30_000, 30_000]);
}

#[test]
fn a_panic_is_an_end_with_its_words() {
    let end = caught(|| -> () { panic!("index {} of 3", 4) });
    assert_eq!(end, Err((WorkerEnd::Panicked, "index 4 of 3".to_owned())));
    assert_eq!(caught(|| 5), Ok(5));
}
