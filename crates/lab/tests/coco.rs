//! The lab's average precision against the reference implementation's: see `fixtures/eval/coco_reference.py`.

use std::path::Path;

use curbwatch_lab::eval::coco::{Found, Sheet, Smallest, Truth, score};
use serde::Deserialize;

#[derive(Deserialize)]
struct Set {
    name: String,
    small: f64,
    classes: usize,
    pictures: Vec<Pictured>,
    want: Vec<Option<[f64; 2]>>,
}

#[derive(Deserialize)]
struct Pictured {
    truth: Vec<(usize, f64, f64, f64, f64, u8)>,
    found: Vec<(usize, f64, f64, f64, f64, f64)>,
}

fn sheet(picture: &Pictured, class: usize) -> Sheet {
    let truth = picture.truth.iter().filter(|t| t.0 == class);
    let found = picture.found.iter().filter(|f| f.0 == class);
    Sheet {
        truth: truth
            .map(|&(_, x, y, w, h, ignored)| Truth {
                rect: [x, y, w, h],
                ignored: ignored == 1,
            })
            .collect(),
        found: found
            .map(|&(_, score, x, y, w, h)| Found {
                rect: [x, y, w, h],
                score,
            })
            .collect(),
    }
}

#[test]
fn average_precision_is_the_references() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/eval/coco.json");
    let text = std::fs::read_to_string(path).expect("the fixture");
    let sets: Vec<Set> = serde_json::from_str(&text).expect("the fixture's form");
    let (mut scored, mut crowded) = (0, 0);
    for set in &sets {
        for class in 0..set.classes {
            let sheets: Vec<Sheet> = set.pictures.iter().map(|p| sheet(p, class)).collect();
            crowded += usize::from(sheets.iter().any(|s| s.found.len() > 100));
            let smallest = Smallest {
                area: set.small,
                height: 0.0,
            };
            let got = score(&sheets, smallest);
            let place = format!("set {}, class {class}: {got:?}", set.name);
            match (set.want[class], got.ap50, got.ap) {
                (None, None, None) => {}
                (Some([ap50, ap]), Some(our50), Some(our)) => {
                    scored += 1;
                    assert!((ap50 - our50).abs() < 1e-6, "{place}; the reference says {ap50}");
                    assert!((ap - our).abs() < 1e-6, "{place}; the reference says {ap}");
                }
                (want, ..) => panic!("{place}; the reference says {want:?}"),
            }
        }
    }
    assert!(
        sets.len() >= 40 && scored >= 40 && crowded >= 4,
        "{scored} scores, {crowded} crowded"
    );
}
