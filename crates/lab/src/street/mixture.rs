//! Scenes drawn at random, for training and to look at: which street, which light, which lens, and who plays.
//!
//! Not for: event truth; what stands about here proves nothing. Input is a seed; each concern draws from
//! a generator of its own, so that another lens does not reshuffle the street.

use std::fmt::Write as _;

use curbwatch_street::{Problem, Scene, Street};
use fastrand::Rng;

use super::wrong;
use crate::Error;

/// Pictures made of one street, each with a cast of its own.
pub const WINDOWS: usize = 4;
/// Seconds each cast has the street for itself.
const WINDOW_SECS: f32 = 20.0;
/// Lines of the script that play once, and those that stay for the whole scene.
const CAST: usize = 31;
const STAYING: usize = 11;
/// Times a street is built again without what found no room, before it is given up.
const BUILDS_MAX: usize = 12;

/// Which shapes, colours and cameras of the street may appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Styles {
    /// Those that a detector is trained on.
    Shown,
    /// The same streets and cameras with things of many more makes, for training alone.
    Varied,
    /// Those that it has never seen.
    HeldOut,
}

/// How a street is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Crowded, any light, any lens: everything that a detector should learn, often.
    Training,
    /// As on an ordinary day, for people to look at, with more work a pixel.
    Ordinary(Hour),
}

/// A light to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// Sun.
    Day,
    /// Clouds.
    Overcast,
    /// A low sun, or just gone.
    Dusk,
    /// Lamps.
    Night,
    /// Rain by day.
    Rain,
    /// Rain by night.
    NightRain,
    /// The camera's own infrared lamp.
    Infrared,
}

/// What a scene of the mixture is made for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The set's seed.
    pub seed: u64,
    /// Which scene of the set.
    pub number: u64,
    /// Which styles.
    pub styles: Styles,
    /// Pixels across and down.
    pub size: (usize, usize),
    /// How it is drawn.
    pub manner: Manner,
}

/// A street that was built, and how to read it.
#[derive(Debug)]
pub struct Mixed {
    /// The street.
    pub street: Street,
    /// The weather in words: one of day, overcast, dusk, night; with rain, wet, haze, infrared.
    pub weather: Vec<&'static str>,
    /// Lines of the script that found no room.
    pub dropped: usize,
    /// The scene file.
    pub text: String,
}

impl Mixed {
    /// The second at which the picture of a window is taken.
    pub fn moment(window: usize) -> f32 {
        (window as f32 + 0.5) * WINDOW_SECS
    }
}

/// One line of a script.
#[derive(Debug, Clone)]
struct Line {
    name: String,
    what: &'static str,
    count: usize,
    place: &'static str,
    side: &'static str,
    along: f32,
    span: (f32, f32),
}

/// What may be put into the street: the word, at most how many, where.
const DECK: [(&str, usize, &[&str]); 41] = [
    ("vendor", 1, &["edge", "footway", "kerb", "front"]),
    ("vendor", 1, &["edge", "footway", "kerb"]),
    ("display", 3, &["front", "front", "footway", "inside"]),
    ("diners", 2, &["footway", "front", "edge"]),
    ("goods", 2, &["front", "footway", "inside"]),
    ("rack", 3, &["front", "footway", "inside"]),
    ("rack", 2, &["front", "edge"]),
    ("table", 2, &["front", "footway", "edge"]),
    ("table", 2, &["front", "edge"]),
    ("chair", 4, &["front", "footway", "edge"]),
    ("umbrella", 2, &["edge", "front", "footway"]),
    ("stall", 1, &["edge", "footway", "kerb"]),
    ("stall", 2, &["front", "edge"]),
    ("cart", 1, &["edge", "footway", "kerb"]),
    ("cart", 2, &["edge", "front"]),
    ("garbage_bag", 5, &["edge", "footway", "front", "kerb"]),
    ("garbage_bag", 3, &["edge", "kerb"]),
    ("garbage", 2, &["edge", "footway", "kerb"]),
    ("garbage", 2, &["edge", "front", "kerb"]),
    ("garbage_bin", 3, &["edge", "front", "footway"]),
    ("garbage_bin", 3, &["edge", "kerb"]),
    ("overflow", 2, &["edge", "footway"]),
    ("overflow", 2, &["edge", "front"]),
    ("carton", 3, &["front", "footway", "edge", "inside"]),
    ("carton", 3, &["front", "edge"]),
    ("board", 2, &["front", "footway", "kerb"]),
    ("board", 2, &["edge", "kerb"]),
    ("brick_pile", 2, &["edge", "footway", "kerb"]),
    ("brick_pile", 2, &["front", "kerb"]),
    ("sand_pile", 2, &["edge", "footway", "kerb"]),
    ("sand_pile", 1, &["front", "kerb"]),
    ("furniture", 2, &["front", "footway", "edge", "kerb"]),
    ("furniture", 2, &["edge", "front"]),
    ("pallet", 2, &["front", "kerb", "edge"]),
    ("pallet", 2, &["footway", "edge"]),
    ("pallet", 2, &["edge", "kerb"]),
    ("sign", 3, &["front", "footway", "edge"]),
    ("bicycle", 4, &["edge", "front", "rack"]),
    ("jumble", 5, &["edge", "footway", "front"]),
    ("row", 6, &["rack", "front", "edge"]),
    ("person", 3, &["footway", "edge", "front"]),
];

/// What comes by road.
const DRIVEN: [(&str, &[&str]); 10] = [
    ("car", &["kerb", "edge", "lane", "bay"]),
    ("car", &["kerb", "bay", "lane"]),
    ("van", &["kerb", "lane", "bay"]),
    ("van", &["kerb", "edge", "lane"]),
    ("truck", &["kerb", "lane"]),
    ("truck", &["kerb", "lane"]),
    ("bus", &["kerb", "lane"]),
    ("bus", &["kerb", "lane"]),
    ("three_wheeler", &["kerb", "edge", "lane"]),
    ("three_wheeler", &["kerb", "edge", "footway"]),
];
/// Lines of [`DRIVEN`] a window.
const DRIVEN_CAST: usize = 6;

/// Draws and builds the scene. Deterministic by what is wanted.
pub fn mixed(wanted: &Wanted) -> Result<Mixed, Error> {
    let (head, weather) = head(wanted);
    let mut lines = cast(wanted, right_share(&head)?);
    let mut dropped = 0;
    for _ in 0..BUILDS_MAX {
        let text = file(&head, &lines, wanted.manner);
        let scene = parsed(&text)?;
        let problems = match Street::build(&scene) {
            Ok(street) => {
                return Ok(Mixed {
                    street,
                    weather,
                    dropped,
                    text,
                });
            }
            Err(problems) => problems,
        };
        let before = lines.len();
        lines.retain(|line| !problems.0.iter().any(|p| about(p, line)));
        if lines.len() == before {
            return Err(wrong(&format!("scene {}", wanted.number), &problems));
        }
        dropped += before - lines.len();
    }
    Err(Error::Content {
        path: format!("scene {}", wanted.number),
        problem: format!("found no room after {BUILDS_MAX} builds"),
    })
}

fn parsed(text: &str) -> Result<Scene, Error> {
    Scene::parse(text).map_err(|problems| wrong("scene of the mixture", &problems))
}

fn about(problem: &Problem, line: &Line) -> bool {
    problem.place == format!("event \"{}\"", line.name)
}

/// Which share of what is put out goes to the right: more to the side of which more is seen.
fn right_share(head: &str) -> Result<f32, Error> {
    let text = format!("{head}\n[life]\nwalkers = 0\nvehicles = 0\nstanding = 0");
    let street =
        Street::build(&parsed(&text)?).map_err(|problems| wrong("scene of the mixture", &problems))?;
    let area = |id: &str| {
        let zones = street.zones();
        let zone = zones.iter().find(|z| z.id.as_str() == id);
        zone.map_or(0.0, |z| z.polygon.area())
    };
    let (left, right) = (area("kerb-left"), area("kerb-right"));
    Ok((right + 0.03) / (left + right + 0.06))
}

/// Another generator for each concern of each scene.
fn stream(wanted: &Wanted, concern: u64) -> Rng {
    let mut rng = Rng::with_seed(wanted.seed);
    let mut mixed = rng.u64(..) ^ wanted.number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= concern.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    Rng::with_seed(Rng::with_seed(mixed).u64(..))
}

fn between(rng: &mut Rng, from: f32, to: f32) -> f32 {
    from + rng.f32() * (to - from)
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}

/// Everything of the scene file but life and script, and the weather in words.
fn head(wanted: &Wanted) -> (String, Vec<&'static str>) {
    let mut street = stream(wanted, 1);
    // Nine digits of seed: streets of different sets share none by accident of small numbers.
    let mut text = format!(
        "seed = {}\nsecs = {}\n",
        street.u64(1_000..1_000_000_000),
        WINDOW_SECS * WINDOWS as f32
    );
    match wanted.styles {
        Styles::Shown => {}
        Styles::Varied => text.push_str("styles = \"varied\"\n"),
        Styles::HeldOut => text.push_str("styles = \"held_out\"\n"),
    }
    let (width, height) = wanted.size;
    let samples = match wanted.manner {
        // Twice as many coarser pictures teach more.
        Manner::Training if wanted.styles == Styles::Varied => 2,
        Manner::Training => 3 + street.u32(..2),
        Manner::Ordinary(_) => 10,
    };
    let _ = write!(
        text,
        "[format]\nwidth = {width}\nheight = {height}\nsamples = {samples}\n"
    );
    text.push_str(&camera(wanted));
    let r = &mut stream(wanted, 3);
    let (sky, words) = match wanted.manner {
        Manner::Training => weather(r),
        Manner::Ordinary(hour) => sky(r, hour),
    };
    text.push_str(&sky);
    text.push_str(&lens(&mut stream(wanted, 4), &words, wanted.manner));
    (text, words)
}

/// The camera, where it differs from the street's own. Held-out streets keep theirs: they hang and look where no
/// shown one does.
fn camera(wanted: &Wanted) -> String {
    let r = &mut stream(wanted, 2);
    if wanted.manner != Manner::Training {
        return String::new();
    }
    let turned = format!(
        "[camera]\npan_deg = {}\ntilt_deg = {}\n",
        between(r, -9.0, 9.0),
        between(r, -4.0, 7.0)
    );
    if wanted.styles == Styles::HeldOut {
        return turned;
    }
    let (pole, field) = (between(r, 4.2, 9.0), between(r, 27.0, 56.0));
    format!("{turned}pole_m = {pole}\nfield_deg = {field}\n")
}

fn sky(r: &mut Rng, hour: Hour) -> (String, Vec<&'static str>) {
    let (words, sun, cloud, wet, rain) = match hour {
        Hour::Day => (
            vec!["day"],
            between(r, 28.0, 65.0),
            between(r, 0.0, 0.3),
            0.0,
            0.0,
        ),
        Hour::Overcast => (vec!["overcast"], between(r, 25.0, 50.0), 0.95, 0.0, 0.0),
        Hour::Dusk => (
            vec!["dusk"],
            between(r, -2.0, 6.0),
            between(r, 0.1, 0.6),
            0.0,
            0.0,
        ),
        Hour::Night => (vec!["night"], between(r, -20.0, -8.0), 0.4, 0.0, 0.0),
        Hour::Rain => (
            vec!["overcast", "rain", "wet"],
            between(r, 20.0, 45.0),
            1.0,
            0.8,
            0.6,
        ),
        Hour::NightRain => (vec!["night", "rain", "wet"], -12.0, 1.0, 0.9, 0.5),
        Hour::Infrared => (vec!["night", "infrared"], -18.0, 0.5, 0.0, 0.0),
    };
    let text = format!(
        "[weather]\nsun_height_deg = {sun}\ncloud = {cloud}\nwet = {wet}\nrain = {rain}\nsight_m = {}\n",
        between(r, 500.0, 1500.0)
    );
    (text, words)
}

fn weather(r: &mut Rng) -> (String, Vec<&'static str>) {
    let (word, sun, cloud) = match r.u32(..100) {
        0..34 => ("day", between(r, 14.0, 72.0), between(r, 0.0, 0.5)),
        34..58 => ("overcast", between(r, 10.0, 60.0), between(r, 0.75, 1.0)),
        58..74 => ("dusk", between(r, -3.5, 8.0), between(r, 0.0, 0.9)),
        _ => ("night", between(r, -25.0, -6.0), between(r, 0.0, 1.0)),
    };
    let mut words = vec![word];
    let (mut wet, mut rain, mut clouds) = (0.0, 0.0, cloud);
    match r.u32(..100) {
        0..16 => {
            (wet, rain) = (between(r, 0.4, 1.0), between(r, 0.15, 1.0));
            clouds = cloud.max(0.8);
            words.extend(["rain", "wet"]);
        }
        16..28 => {
            wet = between(r, 0.15, 0.9);
            words.push("wet");
        }
        _ => {}
    }
    let mut sight = between(r, 350.0, 3000.0);
    if r.u32(..100) < 12 {
        sight = between(r, 70.0, 220.0);
        words.push("haze");
    }
    if word == "night" && r.u32(..100) < 38 {
        words.push("infrared");
    }
    let text = format!(
        "[weather]\nsun_height_deg = {sun}\ncloud = {clouds}\nwet = {wet}\nrain = {rain}\nsight_m = {sight}\n"
    );
    (text, words)
}

fn lens(r: &mut Rng, words: &[&str], manner: Manner) -> String {
    if manner != Manner::Training {
        let infrared = words.contains(&"infrared");
        return format!("[lens]\ninfrared = {infrared}\nnoise = 0.6\nblur = 0.35\nclock = false\n");
    }
    let dirt = if r.u32(..100) < 25 {
        between(r, 0.05, 0.7)
    } else {
        0.0
    };
    let drops = if words.contains(&"rain") {
        between(r, 0.0, 0.6)
    } else {
        0.0
    };
    let softness = r.f32();
    let swaying = r.u32(..100) < 15;
    let (infrared, night) = (words.contains(&"infrared"), words.contains(&"night"));
    let hour = if words.contains(&"dusk") {
        pick(r, &[5.6, 6.2, 18.0, 18.8])
    } else if night {
        pick(r, &[0.5, 3.0, 20.0, 22.0])
    } else {
        between(r, 8.0, 16.5)
    };
    format!(
        "[lens]\ninfrared = {}\nnoise = {}\nblur = {}\ndirt = {dirt}\ndrops = {drops}\njitter_px = {}\nexposure = {}\nclock = {}\nclock_start = {}\n",
        infrared,
        between(r, 0.3, if infrared { 1.3 } else { 1.9 }),
        0.15 + 1.4 * softness * softness,
        if swaying { between(r, 0.5, 3.0) } else { 0.0 },
        between(r, 1.5, 2.5),
        r.u32(..100) < 75,
        hour * 3600.0 + r.f32() * 1800.0,
    )
}

/// The script: a shuffled deck, dealt window by window.
fn cast(wanted: &Wanted, right: f32) -> Vec<Line> {
    let mut rng = stream(wanted, 5);
    let r = &mut rng;
    let mut lines = Vec::new();
    let secs = WINDOW_SECS * WINDOWS as f32;
    let crowd = match wanted.manner {
        Manner::Training => between(r, 0.6, 1.15),
        Manner::Ordinary(_) => 0.33,
    };
    let (mut deck, mut driven) = (Vec::new(), Vec::new());
    let mut deal = |r: &mut Rng, count: usize, driving: usize, span: (f32, f32), pause: f32| {
        for _ in 0..count {
            if deck.is_empty() {
                deck = DECK.to_vec();
                r.shuffle(&mut deck);
            }
            let Some((what, most, places)) = deck.pop() else {
                break;
            };
            lines.push((what, 1 + r.usize(..most), pick(r, places), span));
        }
        for _ in 0..driving {
            if driven.is_empty() {
                driven = DRIVEN.to_vec();
                r.shuffle(&mut driven);
            }
            let Some((what, places)) = driven.pop() else { break };
            lines.push((what, 1, pick(r, places), (span.0 + pause, span.1 - pause)));
        }
    };
    deal(r, (STAYING as f32 * crowd) as usize, 2, (0.0, secs), 0.0);
    for window in 0..WINDOWS {
        let span = (window as f32 * WINDOW_SECS, (window + 1) as f32 * WINDOW_SECS);
        let driving = (DRIVEN_CAST as f32 * crowd).round() as usize;
        deal(r, (CAST as f32 * crowd) as usize, driving, span, 8.0);
    }
    let mut out = Vec::with_capacity(lines.len());
    for (number, (what, count, place, span)) in lines.into_iter().enumerate() {
        let near = r.f32();
        out.push(Line {
            name: format!("e{number}"),
            what,
            count,
            place,
            side: if r.f32() < right { "right" } else { "left" },
            along: 5.5 + 31.0 * near.powf(1.4),
            span,
        });
    }
    out
}

fn file(head: &str, lines: &[Line], manner: Manner) -> String {
    // The top-level keys end with `head`'s first table: life follows as one more.
    let life = match manner {
        Manner::Training => "walkers = 16\nvehicles = 9\nstanding = 0.55",
        Manner::Ordinary(_) => "walkers = 24\nvehicles = 14\nstanding = 0.85",
    };
    let mut text = format!("{head}[life]\n{life}\n");
    for line in lines {
        let _ = write!(
            text,
            "[[events]]\nname = \"{}\"\nwhat = \"{}\"\ncount = {}\nplace = \"{}\"\nside = \"{}\"\nalong = {}\nfrom = {}\nuntil = {}\n",
            line.name, line.what, line.count, line.place, line.side, line.along, line.span.0, line.span.1
        );
    }
    text
}
