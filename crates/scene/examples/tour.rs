//! What several views of one camera cost: `cargo run --release -p curbwatch-scene --example tour -- [VIEWS...]`. For each number
//! of views, microseconds of one core a look: of a head that stands, of one that turns at every look and misses its preset a little, of one
//! that turns and misses it by a tenth of the picture, and of one that shows none of its views. Prints JSON, a line a number.
#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options, Pictures, Reference, ViewOptions};
use curbwatch_types::{
    AccessUnit, CameraId, CapturedAt, Codec, Epoch, Health, LookWhy, Luma, MediaTime, Monotonic, Observation,
    Taint, ViewId, Wall,
};

const LOOKS: i64 = 400;
const WIDTH: usize = 160;
const HEIGHT: usize = 90;

fn main() -> Result<(), Box<dyn Error>> {
    let mut asked: Vec<usize> = std::env::args()
        .skip(1)
        .map(|a| a.parse())
        .collect::<Result<_, _>>()?;
    if asked.is_empty() {
        asked = vec![1, 2, 4, 8, 16];
    }
    for views in asked {
        let stands = micros(views, |_| (0, 0))?;
        let turns = micros(views, |look| (look as usize % views, (look % 3) as i32 * 2 - 2))?;
        let misses = micros(views, |look| {
            let round = look / views as i64;
            (look as usize % views, 16 - (round % 2) as i32 * 32)
        })?;
        let lost = micros(views, |look| (1000 + look as usize, 0))?;
        println!(
            "{{\"views\": {views}, \"micros_a_look\": {{\"stands\": {:.0}, \"turns\": {:.0}, \"misses\": {:.0}, \"shows_none\": {:.0}}}, \
             \"judged\": [{}, {}, {}, {}], \"memory_bytes\": {}}}",
            stands.0, turns.0, misses.0, lost.0, stands.1, turns.1, misses.1, lost.1, stands.2
        );
    }
    Ok(())
}

/// Microseconds a look, looks judged, bytes of the memory. `shown` says which street a look shows, and by how many samples it is off.
fn micros(views: usize, shown: impl Fn(i64) -> (usize, i32)) -> Result<(f64, u64, usize), Box<dyn Error>> {
    let view = |i| {
        Ok(ViewOptions {
            view: ViewId::new(&format!("v{i}"))?,
            reference: Reference::new(&street(i, 0)),
            ground_from_image: None,
        })
    };
    let views: Result<Vec<ViewOptions>, curbwatch_types::InvalidId> = (0..views).map(view).collect();
    let options = Options {
        views: views?,
        ..Options::default()
    };
    let camera = CameraId::new("ptz")?;
    let mut scene = CameraScene::new(camera.clone(), Vec::new(), options);
    let mut spent = 0.0;
    for look in 0..LOOKS {
        let (world, off) = shown(look);
        let observation = observation(&camera, look, street(world, off));
        let before = cpu_nanos()?;
        scene.observe(observation);
        spent += (cpu_nanos()? - before) as f64 / 1e9;
    }
    let memory = scene
        .checkpoint(Pictures::All)
        .map_or(0, |memory| memory.state.len());
    Ok((spent * 1e6 / LOOKS as f64, scene.counters().judged, memory))
}

/// What this thread has computed so far (Linux, proc(5)): others share the machine.
fn cpu_nanos() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().ok_or("an empty schedstat")?;
    Ok(first.parse()?)
}

/// Blocks, off by so many samples to the right.
fn street(world: usize, off: i32) -> Luma {
    let block = |x: i32, y: i32| {
        let (p, q) = (((x - off + 700) / 7) as u32, (y / 7) as u32);
        let mut h = p.wrapping_mul(0x9e37_79b1) ^ q.wrapping_mul(0x85eb_ca77);
        h = h.wrapping_add((world as u32).wrapping_mul(0x27d4_eb2f));
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 13)).wrapping_mul(0x297a_2d39);
        40 + (h >> 25) as u8
    };
    let pixels = (0..HEIGHT as i32).flat_map(|y| (0..WIDTH as i32).map(move |x| (x, y)));
    Luma {
        width: WIDTH,
        height: HEIGHT,
        samples: pixels.map(|(x, y)| block(x, y)).collect(),
    }
}

fn observation(camera: &CameraId, look: i64, thumbnail: Luma) -> Observation {
    let captured_at = CapturedAt {
        at: Wall(look * 5000),
        uncertainty_ms: 100,
    };
    Observation {
        camera: camera.clone(),
        epoch: Epoch::default(),
        picture: look as u64,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 720),
        detections: Vec::new(),
        closeups: Vec::new(),
        thumbnail,
        health: Health {
            mean_luma: 110.0,
            luma_deviation: 30.0,
            sharpness: 2.0,
            chroma: 5.0,
            coded_digest: look as u64,
        },
        model: Arc::from("tour"),
        unit: AccessUnit {
            camera: camera.clone(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::new(),
        },
    }
}
