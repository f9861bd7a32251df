use proptest::prelude::*;

use super::*;
use crate::testing::keyframe;

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1.0),
        Just(f32::MIN_POSITIVE),
        -2.0_f32..2.0
    ]
}

fn boxes() -> impl Strategy<Value = BBox> {
    (number(), number(), number(), number()).prop_map(|(x, y, w, h)| BBox::new(x, y, w, h))
}

fn detection() -> impl Strategy<Value = Detection> {
    let looks = proptest::option::of(proptest::collection::vec(number(), 0..41));
    (0..ObjectClass::NAMES.len(), 0.0_f32..=1.0, boxes(), looks).prop_map(|(class, score, bbox, looks)| {
        Detection {
            class: ObjectClass::NAMES[class].0,
            score: Score::new(score),
            bbox,
            appearance: looks.map(|looks| Appearance(looks.into())),
        }
    })
}

fn sight() -> impl Strategy<Value = Sight> {
    let seen = proptest::collection::vec(detection(), 0..20);
    let closeups = proptest::collection::vec(boxes(), 0..4);
    let health = (number(), number(), number(), number(), any::<u64>());
    let sizes = (1_usize..8192, 1_usize..4352, 0_usize..20, 0_usize..20);
    (seen, closeups, health, sizes).prop_map(|(detections, closeups, health, (w, h, width, height))| Sight {
        size: (w, h),
        detections,
        closeups,
        thumbnail: Luma {
            width,
            height,
            samples: (0..width * height).map(|n| n as u8).collect(),
        },
        health: Health {
            mean_luma: health.0,
            luma_deviation: health.1,
            sharpness: health.2,
            chroma: health.3,
            coded_digest: health.4,
        },
    })
}

fn travelled<T: Serialize + serde::de::DeserializeOwned>(message: &T) -> T {
    let bytes = postcard::to_stdvec(message).expect("a message");
    assert!(bytes.len() <= MESSAGE_BYTES_MAX);
    let (read, rest) = postcard::take_from_bytes(&bytes).expect("the same message");
    assert!(rest.is_empty());
    read
}

proptest! {
    #[test]
    fn what_is_seen_arrives_to_the_last_bit(sight in sight()) {
        let samples = sight.thumbnail.samples.to_vec();
        let arrived = travelled(&SaidSight::of(&sight)).checked(samples).expect("sound");
        prop_assert_eq!(format!("{arrived:?}"), format!("{sight:?}"));
    }

    #[test]
    fn a_look_arrives_to_the_last_bit(
        bytes in proptest::collection::vec(any::<u8>(), 0..50),
        media_time in any::<i64>(),
        (camera, number) in (0_usize..20_000, any::<u64>()),
        place in proptest::option::of(boxes()),
        (codec, taint) in (0_usize..3, 0_usize..3),
        (keyframe_, hurried) in any::<(bool, bool)>(),
        corners in proptest::collection::vec((0.0_f32..0.4, 0.0_f32..0.4), 0..4),
    ) {
        let triangle = |&(x, y): &(f32, f32)| Polygon::new(vec![
            Point::new(x, y), Point::new(x + 0.5, y), Point::new(x, y + 0.5),
        ]).expect("a triangle");
        let unit = AccessUnit {
            codec: [Codec::H264, Codec::H265, Codec::Mpeg4][codec],
            taint: [Taint::Clean, Taint::Loss, Taint::NoRandomAccess][taint],
            keyframe: keyframe_,
            bytes: bytes.clone().into(),
            ..keyframe("东门-2", media_time)
        };
        let turn = Turn {
            camera,
            zones: corners.iter().map(triangle).collect(),
            number,
            place,
            hurried,
        };
        let look = travelled(&ToldLook::new(7, &unit, &turn));
        prop_assert_eq!(look.number, 7);
        let (unit_, turn_) = look.into_look(bytes).expect("sound");
        prop_assert_eq!(format!("{unit_:?}"), format!("{unit:?}"));
        prop_assert_eq!(format!("{turn_:?}"), format!("{turn:?}"));
    }

    #[test]
    fn no_bytes_are_too_strange_to_be_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok((Said::Seen(_, sight, cost), _)) = postcard::take_from_bytes::<Said>(&bytes) {
            let _checked = (sight.checked(bytes).is_ok(), cost.checked().is_ok());
        }
    }
}

type Spoil = fn(&mut SaidSight);

#[test]
fn what_no_sound_child_says_is_refused() {
    let sound = || Sight {
        size: (640, 360),
        detections: vec![Detection {
            class: ObjectClass::Car,
            score: Score::new(0.5),
            bbox: BBox::new(0.1, 0.1, 0.2, 0.2),
            appearance: Some(Appearance(vec![1.0].into())),
        }],
        closeups: vec![BBox::new(0.0, 0.0, 0.5, 0.5)],
        thumbnail: Luma {
            width: 2,
            height: 2,
            samples: vec![0; 4].into(),
        },
        health: Health::default(),
    };
    let rows: [(Spoil, &str); 9] = [
        (|said| said.thumbnail = (2, 3), "a thumbnail of another size"),
        (
            |said| said.thumbnail = (u16::MAX, u16::MAX),
            "a thumbnail of another size",
        ),
        (|said| said.detections[0].class = 27, "a class of things"),
        (|said| said.detections[0].score = 1.5, "a score"),
        (|said| said.detections[0].score = f32::NAN, "a score"),
        (|said| said.detections[0].bbox.2 = f32::INFINITY, "a box"),
        (|said| said.closeups[0].0 = f32::NAN, "a box"),
        (|said| said.health[2] = f32::NAN, "a figure of a picture's health"),
        (
            |said| said.detections[0].appearance = Some(vec![f32::NAN]),
            "what a thing looks like",
        ),
    ];
    for (spoil, want) in rows {
        let mut said = SaidSight::of(&sound());
        spoil(&mut said);
        assert_eq!(said.checked(vec![0; 4]), Err(Nonsense(want)));
    }
    let mut many = sound();
    many.closeups = vec![BBox::default(); CLOSEUPS_MAX + 1];
    let refused = SaidSight::of(&many).checked(vec![0; 4]);
    assert_eq!(refused, Err(Nonsense("more things than there can be")));
    let endless = Cost {
        micros: [0, 0, 0, 0, u64::MAX],
        ..Cost::default()
    };
    assert_eq!(SaidCost::of(&endless).checked(), Err(Nonsense("a time")));
}

#[test]
fn nothing_of_a_look_says_where_its_camera_is() {
    // Whoever adds a field to a look sees here what travels, and thinks of credentials.
    let unit = keyframe("c0", 5);
    let look = ToldLook::new(1, &unit, &Turn::default());
    let text = format!("{look:?}");
    let want = "ToldLook { number: 1, camera: \"c0\", codec: H264, keyframe: true, tainted: None, media_time: 5, place_in_list: 0, \
                zones: [], turn: 0, place: None, hurried: false }";
    assert_eq!(text, want);
}

#[test]
fn a_text_of_a_child_is_short_and_on_one_line() {
    assert_eq!(text("a\nb\x1b[31mc"), "a b [31mc");
    let long = "é".repeat(TEXT_BYTES_MAX);
    assert_eq!(text(&long).len(), TEXT_BYTES_MAX);
}
