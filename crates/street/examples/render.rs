//! Renders pictures of a scene file to PNG, with or without the truth's boxes drawn, so that a person can
//! judge them: `render SCENE.toml OUT.png [SECONDS] [--boxes]`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "an example for the terminal"
)]

use curbwatch_street::{Executor, Film, Frame, Scene, Street};

/// Jobs dealt out to two threads.
struct Two;

impl Executor for Two {
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if number >= jobs {
                    break;
                }
                job(number);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(work);
            work();
        });
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| a != "--boxes").collect();
    let boxes = std::env::args().any(|a| a == "--boxes");
    let [scene, out, rest @ ..] = &words[..] else {
        eprintln!("usage: render SCENE.toml OUT.png [SECONDS ...] [--boxes]");
        std::process::exit(2);
    };
    let scene = Scene::parse(&std::fs::read_to_string(scene)?)?;
    let street = Street::build(&scene)?;
    let mut film = Film::new(&street);
    let times: Vec<f32> = if rest.is_empty() {
        vec![0.0]
    } else {
        rest.iter().filter_map(|t| t.parse().ok()).collect()
    };
    for (k, at) in times.iter().enumerate() {
        let mut frame = film.frame(*at, &Two);
        println!(
            "{at} s: {} things, {:.0} % rendered",
            frame.truth.len(),
            frame.rendered * 100.0
        );
        if boxes {
            draw(&mut frame);
        }
        let name = if times.len() == 1 {
            out.clone()
        } else {
            out.replace(".png", &format!("-{k}.png"))
        };
        let (width, height) = (u32::try_from(frame.width)?, u32::try_from(frame.height)?);
        image::save_buffer(name, &frame.rgb, width, height, image::ColorType::Rgb8)?;
    }
    Ok(())
}

fn draw(frame: &mut Frame) {
    let (w, h) = (frame.width, frame.height);
    for thing in frame.truth.clone() {
        let hue = thing.class as usize * 53 % 256;
        let colour = [(255 - hue) as u8, hue as u8, (hue * 7 % 256) as u8];
        let b = thing.bbox;
        let (x0, y0) = ((b.x * w as f32) as usize, (b.y * h as f32) as usize);
        let (x1, y1) = (
            ((b.x + b.w) * w as f32) as usize,
            ((b.y + b.h) * h as f32) as usize,
        );
        for y in y0..=y1.min(h - 1) {
            for x in x0..=x1.min(w - 1) {
                let rim = x == x0 || y == y0 || x + 1 >= x1 || y + 1 >= y1;
                if rim && (thing.visible >= 0.5 || (x + y) % 4 == 0) {
                    frame.rgb[(y * w + x) * 3..][..3].copy_from_slice(&colour);
                }
            }
        }
    }
}
