//! CPU milliseconds per keyframe: this thread's CPU time, pooled and fresh contexts, one and two
//! sizes in turn, and the survey. `cargo bench -p curbwatch-decode`; needs the `ffmpeg` command.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and may fail"
)]

#[path = "../crates/decode/tests/clips/mod.rs"]
mod clips;
mod thread_time;

use curbwatch_decode::{Decoder, Options, library, survey};
use curbwatch_types::{AccessUnit, Codec, Picture};

use clips::{ffmpeg_is_there, generate, split};
use thread_time::measure;

fn keys(codec: Codec, size: &str) -> Vec<AccessUnit> {
    let encoder = match codec {
        Codec::H264 => "-c:v libx264 -preset veryfast -crf 28 -g 1 -pix_fmt yuv420p",
        _ => "-c:v libx265 -preset fast -crf 28 -pix_fmt yuv420p -x265-params log-level=error:keyint=1",
    };
    split(codec, &generate(codec, size, 4, encoder))
}

fn main() {
    if !ffmpeg_is_there("the benchmark") {
        return;
    }
    println!("{}", library());
    println!("codec  size       kB/key  pooled ms  fresh ms  two sizes in turn ms  survey ms");
    let mut picture = Picture::default();
    for codec in [Codec::H264, Codec::H265] {
        let small = keys(codec, "352x288");
        for size in ["640x360", "1280x720", "1920x1080"] {
            let units = keys(codec, size);
            let kilobytes = units.iter().map(|u| u.bytes.len()).sum::<usize>() / units.len() / 1000;
            let mut decode = |decoder: &mut Decoder, unit: &AccessUnit| {
                decoder.decode_key(unit, &mut picture).expect("decodes");
            };
            let mut pooled = Decoder::new(Options::default());
            let one = measure(24, |i| decode(&mut pooled, &units[i % units.len()]));
            let fresh = measure(24, |i| {
                decode(&mut Decoder::new(Options::default()), &units[i % units.len()]);
            });
            let alone = measure(24, |i| decode(&mut pooled, &small[i % small.len()]));
            let both = measure(24, |i| {
                decode(&mut pooled, &units[i % units.len()]);
                decode(&mut pooled, &small[i % small.len()]);
            });
            decode(&mut pooled, &units[0]);
            let look = measure(24, |i| drop(survey(&picture, &units[i % units.len()])));
            println!(
                "{:5}  {size:9}  {kilobytes:6}  {one:9.2}  {fresh:8.2}  {:20.2}  {look:9.2}",
                codec.name(),
                both - alone
            );
        }
    }
}
