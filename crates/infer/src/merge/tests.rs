use curbwatch_types::ObjectClass::{self, Bus, Car, GarbageBag, Person, Truck};
use curbwatch_types::{Appearance, Score};

use super::*;
use crate::{NmsSpec, Placement};

/// Class, score, box in percent of the picture.
type Row = (ObjectClass, f32, [f32; 4]);

fn detection((class, score, [x, y, w, h]): Row, mark: f32) -> Detection {
    Detection {
        class,
        score: Score::new(score),
        bbox: BBox::new(x / 100.0, y / 100.0, w / 100.0, h / 100.0),
        appearance: Some(Appearance(Box::new([mark]))),
    }
}

/// Two tiles: the left half of the picture and the middle one, of full height.
fn check(what: &str, whole: &[Row], left: &[Row], middle: &[Row], want: &[Row]) {
    let groups = Groups::new(&NmsSpec {
        iou: 0.6,
        together: vec![vec![Car, Truck, Bus]],
    });
    let seen = |rows: &[Row], tile: usize, sight: [f32; 4]| -> Vec<Close> {
        let [x, y, w, h] = sight;
        let close = |row: &Row| Close {
            detection: detection(*row, 2.0),
            tile,
            sight: BBox::new(x, y, w, h),
        };
        rows.iter().map(close).collect()
    };
    let left = seen(left, 0, [-1.0, -1.0, 1.5, 3.0]);
    let middle = seen(middle, 1, [0.25, -1.0, 0.5, 3.0]);
    let before: Vec<Detection> = whole.iter().map(|row| detection(*row, 1.0)).collect();
    let mut joined = before.clone();
    merge(&mut joined, [left.clone(), middle.clone()].concat(), &groups, 0.6);
    let rows: Vec<(ObjectClass, f32, BBox)> =
        joined.iter().map(|d| (d.class, d.score.get(), d.bbox)).collect();
    let wanted: Vec<(ObjectClass, f32, BBox)> = want
        .iter()
        .map(|row| detection(*row, 0.0))
        .map(|d| (d.class, d.score.get(), d.bbox))
        .collect();
    assert_eq!(rows, wanted, "{what}");
    // The order of tiles decides nothing but ties, and there are none in these rows.
    let mut turned = before;
    merge(&mut turned, [middle, left].concat(), &groups, 0.6);
    assert_eq!(turned, joined, "{what}: the other tile first");
}

#[test]
fn what_the_whole_saw_as_well_keeps_its_appearance() {
    // Looks without the tile are compared by it.
    let groups = Groups::new(&NmsSpec {
        iou: 0.6,
        together: Vec::new(),
    });
    let close = |row| Close {
        detection: detection(row, 2.0),
        tile: 0,
        sight: BBox::new(0.0, 0.0, 1.0, 1.0),
    };
    let both = (Car, 0.8, [10.0, 10.0, 20.0, 20.0]);
    let alone = (Car, 0.5, [60.0, 60.0, 5.0, 5.0]);
    let mut joined = vec![detection(both, 1.0)];
    merge(&mut joined, vec![close(both), close(alone)], &groups, 0.6);
    let marks: Vec<f32> = joined
        .iter()
        .map(|d| d.appearance.as_ref().map_or(0.0, |a| a.0[0]))
        .collect();
    assert_eq!(marks, [1.0, 2.0]);
}

#[test]
fn each_thing_is_there_once_with_its_best_box() {
    check("nothing", &[], &[], &[], &[]);
    let car = (Car, 0.8, [10.0, 10.0, 20.0, 20.0]);
    check("no tile sees it", &[car], &[], &[], &[car]);
    let bag = (GarbageBag, 0.6, [30.0, 40.0, 3.0, 5.0]);
    check("only a tile sees it", &[car], &[bag], &[], &[car, bag]);
    check(
        "two tiles see it",
        &[],
        &[bag],
        &[(GarbageBag, 0.7, [30.2, 40.0, 3.0, 5.0])],
        &[(GarbageBag, 0.7, [30.2, 40.0, 3.0, 5.0])],
    );
    check(
        "the whole's double gives way to a better box, its score stays when it is surer",
        &[(GarbageBag, 0.9, [29.0, 39.0, 4.5, 6.0])],
        &[bag],
        &[],
        &[(GarbageBag, 0.9, [30.0, 40.0, 3.0, 5.0])],
    );
    check(
        "a surer class, too",
        &[(Truck, 0.9, [10.0, 11.0, 20.0, 20.0])],
        &[car],
        &[],
        &[(Truck, 0.9, car.2)],
    );
    check(
        "another class is another thing",
        &[(Person, 0.9, [30.0, 40.0, 3.0, 5.0])],
        &[bag],
        &[],
        &[(Person, 0.9, [30.0, 40.0, 3.0, 5.0]), bag],
    );
    check(
        "the whole saw two as one",
        &[(GarbageBag, 0.5, [30.0, 40.0, 6.0, 5.0])],
        &[bag, (GarbageBag, 0.4, [33.2, 40.0, 2.8, 5.0])],
        &[],
        &[bag, (GarbageBag, 0.4, [33.2, 40.0, 2.8, 5.0])],
    );
    check(
        "two boxes of the whole, one thing",
        &[
            (Car, 0.6, [10.0, 10.0, 20.0, 20.0]),
            (Truck, 0.5, [10.0, 8.0, 21.0, 24.0]),
        ],
        &[(Car, 0.55, [10.5, 9.5, 20.0, 21.0])],
        &[],
        &[(Car, 0.6, [10.5, 9.5, 20.0, 21.0])],
    );
}

#[test]
fn a_part_of_a_larger_thing_is_no_thing() {
    let coach = (Bus, 0.8, [40.0, 30.0, 45.0, 40.0]);
    let wheel = (Car, 0.4, [45.0, 55.0, 6.0, 8.0]);
    check("a wheel of a coach", &[coach], &[], &[wheel], &[coach]);
    let sure = (Car, 0.85, [45.0, 55.0, 6.0, 8.0]);
    check("a car before it", &[coach], &[], &[sure], &[sure, coach]);
    let bag = (GarbageBag, 0.4, [45.0, 55.0, 6.0, 8.0]);
    check("a bag before it", &[coach], &[], &[bag], &[coach, bag]);
    check(
        "the network closes the box inside the tile",
        &[(Car, 0.6, [40.0, 10.0, 20.0, 20.0])],
        &[(Car, 0.8, [40.5, 10.5, 9.0, 19.0])],
        &[],
        &[(Car, 0.6, [40.0, 10.0, 20.0, 20.0])],
    );
    // The tile sees all of this van, and a car before it.
    let van = (Truck, 0.8, [30.0, 30.0, 18.0, 30.0]);
    let near = (Car, 0.4, [32.0, 50.0, 6.0, 8.0]);
    check(
        "what the tile sees whole hides nothing",
        &[van],
        &[],
        &[near],
        &[van, near],
    );
}

#[test]
fn boxes_cut_inside_the_picture_are_left_out() {
    let picture = Picture {
        width: 1280,
        height: 720,
        ..Picture::default()
    };
    // Pixel for pixel; this tile touches the picture's left and bottom edge.
    let tile = Tile {
        left: 0,
        top: 464,
        width: 416,
        height: 256,
        content: (416, 256),
    };
    let letterbox = Letterbox::of_tile(&tile, (416, 256), Placement::Center);
    let rows = [
        (
            "inside",
            [100.0, 50.0, 160.0, 90.0],
            Some([100.0, 514.0, 60.0, 40.0]),
        ),
        (
            "at the picture's left",
            [-2.0, 50.0, 30.0, 90.0],
            Some([0.0, 514.0, 30.0, 40.0]),
        ),
        (
            "at the picture's foot",
            [100.0, 200.0, 160.0, 258.0],
            Some([100.0, 664.0, 60.0, 56.0]),
        ),
        ("cut on the right", [380.0, 50.0, 415.0, 90.0], None),
        ("cut above", [100.0, 1.0, 160.0, 90.0], None),
        ("cut on the right at the foot", [380.0, 200.0, 416.0, 256.0], None),
        (
            "near the border, whole",
            [380.0, 12.0, 411.0, 90.0],
            Some([380.0, 476.0, 31.0, 78.0]),
        ),
        ("a larger one as near", [100.0, 12.0, 160.0, 120.0], None),
        ("nothing of it in the tile", [-30.0, 50.0, -5.0, 90.0], None),
    ];
    for (what, corners, want) in rows {
        let got = uncut(&tile, &picture, &letterbox, corners);
        let Some([x, y, w, h]) = want else {
            assert_eq!(got, None, "{what}");
            continue;
        };
        let want = BBox::new(x / 1280.0, y / 720.0, w / 1280.0, h / 720.0);
        assert!(
            got.is_some_and(|got| got.iou(&want) > 0.999),
            "{what}: {got:?}, wanted {want:?}"
        );
    }
    let sight = sight(&tile, &picture);
    assert!(
        sight.intersection(&BBox::new(-0.1, 0.9, 0.2, 0.3)) > 0.059,
        "{sight:?}"
    );
    assert_eq!(
        sight.intersection(&BBox::new(0.4, 0.9, 0.2, 0.1)),
        0.0,
        "{sight:?}"
    );
}
