use super::*;

const SIZE: (usize, usize) = (112, 63);
const PLACE: BBox = BBox {
    x: 0.4,
    y: 0.4,
    w: 0.1,
    h: 0.15,
};

/// What a look shows beside the street.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// In the place: a thing of this pattern.
    thing: Option<u32>,
    /// In front of the place and much else: a bus of this pattern.
    bus: Option<u32>,
    /// Light of the headlights that sweep over the left half.
    beam: f32,
    /// Share of the daylight that is gone.
    dusk: f32,
    infrared: bool,
    /// The content lies this many samples to the right.
    moved: i32,
}

fn noise(x: i32, y: i32, salt: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ salt;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 13)).wrapping_mul(0x297a_2d39);
    (h >> 24) as f32 / 255.0
}

fn picture(shown: Shown) -> Luma {
    let (width, height) = SIZE;
    let sample = |x: i32, y: i32| {
        let x = x - shown.moved;
        let inside = |b: BBox| {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            u >= b.x && u < b.x + b.w && v >= b.y && v < b.y + b.h
        };
        // Infrared turns paint and foliage about: another street altogether.
        let salt = if shown.infrared { 99 } else { 0 };
        let bus = shown.bus.filter(|_| inside(BBox::new(0.3, 0.2, 0.5, 0.5)));
        let thing = shown.thing.filter(|_| inside(PLACE));
        let shade = match bus.or(thing) {
            Some(pattern) => 200.0 * noise(x / 3, y / 3, pattern),
            None => 60.0 + 80.0 * noise(x / 3, y / 3, salt),
        };
        let beam = if x < 56 {
            shown.beam * (x as f32 / 56.0)
        } else {
            0.0
        };
        (shade * (1.0 - 0.8 * shown.dusk) + beam + 3.0 * noise(x, y, shown.dusk.to_bits())).clamp(0.0, 255.0)
            as u8
    };
    let pixels = (0..height as i32).flat_map(|y| (0..width as i32).map(move |x| (x, y)));
    Luma {
        width,
        height,
        samples: pixels.map(|(x, y)| sample(x, y)).collect(),
    }
}

/// A look every ten seconds from 0 to `until`, as `shown` has it.
fn watched(until: i64, shown: impl Fn(i64) -> Shown) -> Witness {
    let mut witness = Witness::default();
    for secs in (0..=until).step_by(10) {
        let shown = shown(secs);
        let offset = Point::new(shown.moved as f32 / SIZE.0 as f32, 0.0);
        witness.remember(Wall(secs * 1000), offset, shown.infrared, &picture(shown));
    }
    witness
}

fn tell(account: Account) -> String {
    match account {
        Account::New { .. } => "new".to_owned(),
        Account::Unchanged { since } => format!("unchanged {}", since.0 / 1000),
        Account::Unclear => "unclear".to_owned(),
    }
}

/// A thing that is there from `secs` on.
fn from(secs: i64, now: i64) -> Option<u32> {
    (now >= secs).then_some(7)
}

type Story = fn(i64) -> Shown;

/// What is seen of a place, for how long, and what the witness says in the end.
const ROWS: [(&str, i64, Story, &str); 14] = [
    ("never changed", 600, |_| Shown::default(), "unchanged 0"),
    (
        "it stood there before",
        600,
        |_| Shown {
            thing: Some(7),
            ..Shown::default()
        },
        "unchanged 0",
    ),
    (
        "a new thing",
        600,
        |t| Shown {
            thing: from(300, t),
            ..Shown::default()
        },
        "new 300",
    ),
    ("the memory is too young", 10, |_| Shown::default(), "unclear"),
    (
        "headlights sweep over it",
        600,
        |t| Shown {
            beam: if t % 40 == 0 { 150.0 } else { 0.0 },
            ..Shown::default()
        },
        "unchanged 0",
    ),
    (
        "headlights sweep over a new thing",
        600,
        |t| Shown {
            beam: if t % 40 == 0 { 150.0 } else { 0.0 },
            thing: from(300, t),
            ..Shown::default()
        },
        "new 300",
    ),
    (
        "dusk falls",
        600,
        |t| Shown {
            dusk: t as f32 / 600.0,
            ..Shown::default()
        },
        "unchanged 0",
    ),
    (
        "something comes at dusk",
        600,
        |t| Shown {
            dusk: t as f32 / 600.0,
            thing: from(300, t),
            ..Shown::default()
        },
        "new 300",
    ),
    (
        "infrared comes on",
        600,
        |t| Shown {
            infrared: t >= 590,
            ..Shown::default()
        },
        "unclear",
    ),
    (
        "something comes after infrared came on",
        1200,
        |t| Shown {
            infrared: t >= 300,
            thing: from(900, t),
            ..Shown::default()
        },
        "new 900",
    ),
    (
        "it came and went again",
        600,
        |t| Shown {
            thing: from(200, t).filter(|_| t < 400),
            ..Shown::default()
        },
        "unchanged 0",
    ),
    (
        "a bus stands in front for a minute",
        600,
        |t| Shown {
            bus: (300..360).contains(&t).then_some(5),
            ..Shown::default()
        },
        "unchanged 0",
    ),
    (
        "it was put out, taken in for half an hour, and put out again",
        3600,
        |t| Shown {
            thing: Some(7).filter(|_| !(600..2400).contains(&t)),
            ..Shown::default()
        },
        "unclear",
    ),
    (
        "the camera comes back a little off",
        600,
        |t| Shown {
            moved: if t >= 400 { 6 } else { 0 },
            thing: from(300, t),
            ..Shown::default()
        },
        "new 300",
    ),
];

#[test]
fn what_the_witness_says_of_a_place() {
    let mut wrong = Vec::new();
    for (name, until, story, want) in ROWS {
        let account = watched(until, story).account(&PLACE);
        let right = match (account, want.strip_prefix("new ")) {
            (Account::New { since, before }, Some(came)) => {
                let came: i64 = came.parse().expect("seconds");
                let late = since.0 / 1000 - came;
                // Never too early, and late by no more than a fifth of its age.
                before.0 / 1000 < came && (0..=(until - came) / 5).contains(&late)
            }
            _ => tell(account) == want,
        };
        if !right {
            wrong.push(format!("{name}: {account:?}, not {want}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let small = BBox::new(0.4, 0.4, 0.02, 0.03);
    assert_eq!(
        watched(600, |_| Shown::default()).account(&small),
        Account::Unclear
    );
    assert_eq!(Witness::default().account(&PLACE), Account::Unclear);
}

#[test]
fn cleared_is_what_shows_the_ground_again() {
    let rows: [(&str, Story, Outcome); 5] = [
        (
            "it stands",
            |t| Shown {
                thing: from(200, t),
                ..Shown::default()
            },
            Outcome::Stands,
        ),
        (
            "it is gone",
            |t| Shown {
                thing: from(200, t).filter(|_| t <= 400),
                ..Shown::default()
            },
            Outcome::Restored,
        ),
        (
            "it is gone for one look of three",
            |t| Shown {
                thing: from(200, t).filter(|_| t != 600),
                ..Shown::default()
            },
            Outcome::Stands,
        ),
        (
            "something else lies there",
            |t| Shown {
                thing: from(200, t).map(|a| if t > 400 { 8 } else { a }),
                ..Shown::default()
            },
            Outcome::Unclear,
        ),
        (
            "infrared came on",
            |t| Shown {
                thing: from(200, t),
                infrared: t > 400,
                ..Shown::default()
            },
            Outcome::Unclear,
        ),
    ];
    for (name, story, want) in rows {
        let then = watched(400, story);
        let Account::New { before, .. } = then.account(&PLACE) else {
            panic!("{name}: {:?}", then.account(&PLACE));
        };
        let trace = then.trace(&PLACE, Some(before)).expect("large enough");
        assert_eq!(watched(600, story).outcome(&trace), want, "{name}");
    }
    // It stood there from the beginning: only that it looks otherwise now can be said.
    let always = |t: i64| Shown {
        thing: Some(7).filter(|_| t <= 400),
        ..Shown::default()
    };
    let trace = watched(400, always).trace(&PLACE, None).expect("large enough");
    assert_eq!(watched(600, always).outcome(&trace), Outcome::Restored);
}

#[test]
fn the_memory_is_bounded_and_reaches_far() {
    let mut witness = Witness::default();
    let luma = picture(Shown::default());
    for look in 0..6000i64 {
        witness.remember(Wall(look * 60_000), Point::default(), false, &luma);
        assert!(witness.pages.len() <= PAGES_MAX);
    }
    let now = Wall(5999 * 60_000);
    let ages: Vec<i64> = witness
        .pages
        .iter()
        .map(|p| now.millis_since(p.at) / 60_000)
        .collect();
    assert!(ages[0] >= 24 * 60 && ages[0] <= 49 * 60, "{ages:?}");
    assert!(
        ages.windows(2).skip(1).all(|pair| pair[0] <= 5 * pair[1].max(1)),
        "{ages:?}"
    );
    let large = Luma {
        width: 400,
        height: 300,
        samples: vec![1; 400 * 300].into(),
    };
    witness.remember(Wall(6000 * 60_000), Point::default(), false, &large);
    assert_eq!(
        witness.pages.last().map(|p| p.luma.width),
        Some(SIZE.0),
        "too large a picture is not kept"
    );
}
