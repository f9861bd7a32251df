//! What a camera without keyframes costs: this thread's CPU milliseconds for a second of video of which every picture is
//! decoded, for a picture of it as a keyframe, and for the keyframe of another camera beside them.
//! `cargo bench -p curbwatch-decode --bench stream`; needs the `ffmpeg` command.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and may fail"
)]

#[path = "../crates/decode/tests/clips/mod.rs"]
mod clips;
mod thread_time;

use curbwatch_decode::{Decoder, Options, StreamDecoder, as_keyframe, library};
use curbwatch_types::{AccessUnit, Codec, Picture};

use clips::{ffmpeg_is_there, generate, split};
use thread_time::measure;

/// Pictures a second, as `generate` makes them.
const RATE: f64 = 25.0;
const PICTURES: u32 = 100;

fn refresh(codec: Codec, size: &str) -> Vec<AccessUnit> {
    let encoder = match codec {
        Codec::H264 => {
            "-c:v libx264 -preset veryfast -crf 28 -pix_fmt yuv420p \
             -x264-params intra-refresh=1:keyint=50:bframes=0:scenecut=0"
        }
        _ => {
            "-c:v libx265 -preset fast -crf 28 -pix_fmt yuv420p \
             -x265-params log-level=error:intra-refresh=1:keyint=50:bframes=0:scenecut=0"
        }
    };
    split(codec, &generate(codec, size, PICTURES, encoder))
}

fn main() {
    if !ffmpeg_is_there("the benchmark") {
        return;
    }
    println!("{}", library());
    println!(
        "codec  size       every picture ms/s  as keyframe ms  as keyframe kB  own keyframe ms  own keyframe kB"
    );
    for codec in [Codec::H264, Codec::H265] {
        for size in ["640x360", "1280x720", "1920x1080"] {
            let units = refresh(codec, size);
            let mut stream = StreamDecoder::new(codec, Options::default()).expect("a decoder");
            let mut picture = Picture::default();
            // Each round ends where the next begins: with the stream's one keyframe.
            let one = measure(units.len(), |i| {
                stream.push(&units[i], &mut picture).expect("decodes");
            });
            let last = units.last().expect("units");
            let coded = as_keyframe(&picture, last).expect("coded");
            let coding = measure(10, |_| drop(as_keyframe(&picture, last).expect("coded")));
            let mut decoder = Decoder::new(Options::default());
            let key = &units[0];
            let own = measure(10, |_| decoder.decode_key(key, &mut picture).expect("decodes"));
            println!(
                "{:5}  {size:9}  {:18.1}  {coding:14.2}  {:14}  {own:15.2}  {:15}",
                codec.name(),
                one * RATE,
                coded.bytes.len() / 1000,
                key.bytes.len() / 1000
            );
        }
    }
}
