//! Sets of pictures: the same on any number of threads, labelled, resumable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use curbwatch_lab::Error;
use curbwatch_lab::street::mixture::Styles;
use curbwatch_lab::street::set::{Label, SetDone, SetOptions, make_set};
use curbwatch_types::ObjectClass;

fn set(out: &Path, threads: usize) -> SetOptions {
    SetOptions {
        count: 6,
        seed: 9,
        styles: Styles::Shown,
        out: out.to_owned(),
        size: (96, 54),
        threads,
    }
}

fn made(options: &SetOptions) -> SetDone {
    make_set(options, &AtomicBool::new(false), &|_| ()).expect("a set")
}

/// Every file of a folder, relative, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    for name in ["labels.jsonl", "images"] {
        let path = folder.join(name);
        if path.is_file() {
            out.push((PathBuf::from(name), std::fs::read(&path).expect("readable")));
            continue;
        }
        for entry in std::fs::read_dir(&path).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            out.push((path.strip_prefix(folder).expect("inside").to_owned(), bytes));
        }
    }
    out.sort();
    out
}

fn labels(folder: &Path) -> Vec<Label> {
    let text = std::fs::read_to_string(folder.join("labels.jsonl")).expect("labels");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a label"))
        .collect()
}

#[test]
fn a_set_is_the_same_on_any_threads_and_after_any_interruption() {
    let (one, two) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let done = made(&set(one.path(), 1));
    assert_eq!((done.pictures, done.made, done.stopped), (6, 6, false));
    let whole = files(one.path());
    assert_eq!(whole.len(), 7);

    // Stopped after the second picture: what is there is whole.
    let stop = AtomicBool::new(false);
    let seen = AtomicU64::new(0);
    let count = |more: u64| {
        if seen.fetch_add(more, Ordering::Relaxed) + more >= 2 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let done = make_set(&set(two.path(), 2), &stop, &count).expect("a set");
    assert!(done.stopped && (2..6).contains(&done.pictures), "{done:?}");
    assert_eq!(labels(two.path()).len() as u64, done.pictures);

    // A picture lost, a line torn: made again, the rest kept.
    let torn = two.path().join("labels.jsonl");
    let mut text = std::fs::read_to_string(&torn).expect("labels");
    let first = labels(two.path())[0].file.clone();
    std::fs::remove_file(two.path().join(&first)).expect("removed");
    text.push_str("{\"file\":\"images/00");
    std::fs::write(&torn, text).expect("written");
    let again = made(&set(two.path(), 2));
    assert_eq!(again.made, 6 - done.pictures + 1, "{again:?}");
    assert_eq!(again.pictures, 6);
    assert!(files(two.path()) == whole, "the folders differ");
    assert_eq!(made(&set(two.path(), 2)).made, 0);
}

#[test]
fn labels_lie_within_their_pictures_and_cover_the_classes() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SetOptions {
        count: 8,
        size: (160, 90),
        threads: 2,
        ..set(folder.path(), 2)
    };
    made(&options);
    let mut classes = BTreeSet::new();
    for label in labels(folder.path()) {
        assert_eq!((label.width, label.height), (160, 90));
        assert!(label.things.len() > 5, "{} is empty", label.file);
        let picture = image::open(folder.path().join(&label.file)).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (160, 90));
        for thing in &label.things {
            let inside = |b: [i64; 4]| b[0] >= 0 && b[1] >= 0 && b[2] <= 160 && b[3] <= 90;
            assert!(
                inside(thing.seen) && inside(thing.amodal),
                "{}: {thing:?}",
                label.file
            );
            let [a, s] = [thing.amodal, thing.seen];
            let seen = s[2] > s[0];
            let within = s[0] >= a[0] - 1 && s[1] >= a[1] - 1 && s[2] <= a[2] + 1 && s[3] <= a[3] + 1;
            assert!(!seen || within, "{}: {thing:?}", label.file);
            assert_eq!(seen, thing.visible > 0.0, "{}: {thing:?}", label.file);
            assert!(ObjectClass::from_name(&thing.class).is_some());
            classes.insert(thing.class.clone());
        }
    }
    // Eight pictures of two streets: nearly everything that the street can make.
    assert!(classes.len() >= 20, "only {classes:?}");
}

#[test]
fn another_set_in_the_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = SetOptions {
        count: 1,
        ..set(folder.path(), 1)
    };
    made(&first);
    let check = |options: SetOptions| {
        let refused = make_set(&options, &AtomicBool::new(false), &|_| ()).expect_err("refused");
        assert!(
            matches!(&refused, Error::Content { path, .. } if path.ends_with("labels.jsonl:1")),
            "{refused}"
        );
        assert!(refused.to_string().contains("name another folder"), "{refused}");
    };
    check(SetOptions {
        seed: 10,
        ..first.clone()
    });
    check(SetOptions {
        size: (128, 72),
        ..first.clone()
    });
    check(SetOptions {
        styles: Styles::HeldOut,
        ..first.clone()
    });
    std::fs::write(folder.path().join("labels.jsonl"), "nonsense\n{}\n").expect("written");
    check(first);
}

#[test]
fn other_styles_make_other_streets() {
    let shown = tempfile::tempdir().expect("a folder");
    let options = |out: &Path, styles| SetOptions {
        count: 1,
        styles,
        ..set(out, 1)
    };
    made(&options(shown.path(), Styles::Shown));
    for (styles, name) in [(Styles::Varied, "varied"), (Styles::HeldOut, "held-out")] {
        let folder = tempfile::tempdir().expect("a folder");
        made(&options(folder.path(), styles));
        assert_eq!(labels(folder.path())[0].styles, name);
        assert!(
            files(folder.path())[0].1 != files(shown.path())[0].1,
            "{name}: the same picture"
        );
    }
}
