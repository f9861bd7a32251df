//! Receives from one camera and prints what came: `receive URL [tcp|udp|auto] [key|all] [seconds]`.
//! For trying a peer by hand.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for a terminal")]

use std::time::Duration;

use curbwatch_ingest::{Event, Mode, Options, Source, Transport, run};
use curbwatch_types::{CameraId, SystemClock, Taint};
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let url = args
        .first()
        .expect("usage: receive URL [tcp|udp|auto] [key|all] [seconds]");
    let transport = match args.get(1).map(String::as_str) {
        Some("tcp") => Transport::Tcp,
        Some("udp") => Transport::Udp,
        _ => Transport::Auto,
    };
    let mode = if args.get(2).is_some_and(|a| a == "all") {
        Mode::AllFrames
    } else {
        Mode::Keyframes
    };
    let seconds = args.get(3).and_then(|a| a.parse().ok()).unwrap_or(5);
    let options = Options {
        transport,
        mode,
        ..Options::default()
    };
    let camera = CameraId::new("hand").expect("a camera id");
    let source = Source::new(camera, url, None, options).expect("a source");
    let stop = CancellationToken::new();
    let timer = stop.clone();
    let (mut units, mut keys, mut tainted, mut bytes) = (0, 0, 0, 0);
    let clock = SystemClock::default();
    let receiving = run(&source, &clock, 1, stop, |event| match event {
        Event::Unit(unit) => {
            units += 1;
            keys += u32::from(unit.keyframe);
            tainted += u32::from(unit.taint != Taint::Clean);
            bytes += unit.bytes.len();
        }
        other => println!("{other:?}"),
    });
    tokio::join!(receiving, async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        timer.cancel();
    });
    println!("units {units} keys {keys} tainted {tainted} bytes {bytes}");
}
