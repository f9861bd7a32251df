//! Five minutes of the whole engine against servers that others wrote: GStreamer's with small NAL units aggregated, with
//! parameter sets in the stream only, and with gradual refresh joined in mid-wave; VLC's.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was measured"
)]

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_engine::{Live, Stage, View};
use curbwatch_ingest::{Mode, Transport};
use curbwatch_types::{CameraState, Clock, Codec, DropReason, SystemClock};
use support::servers::{free_port, start_gstreamer, start_refresh, start_vlc, until_it_describes};
use support::{draw_street, make_clip, receive, shared_folder, skipped, source};

const RUN: Duration = Duration::from_secs(300);
/// Clips of servers that play them once last longer than the run and everything before it.
const CLIP_SECS: u32 = 420;
const REFRESH: [&str; 4] = [
    "-c:v",
    "libx264",
    "-x264-params",
    "intra-refresh=1:keyint=20:bframes=0:scenecut=0",
];

fn configuration(folder: &Path, cameras: &[(&str, String)]) -> curbwatch_config::Config {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml");
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = \"{}\"\nworkers = 1\n[looks]\nlook_every_secs = 2.0\n",
        model.canonicalize().expect("the fixture model").display(),
    );
    for (id, url) in cameras {
        writeln!(text, "[[cameras]]\nid = \"{id}\"\nurl = {url:?}").expect("memory");
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).expect("a folder of ours");
    curbwatch_config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
#[ignore = "slow: six minutes; run by `cargo xtask slow`"]
fn five_minutes_of_real_peers() {
    let folder = shared_folder();
    let clips = [Codec::H264, Codec::H265].map(|codec| make_clip(folder.path(), codec, CLIP_SECS));
    let [Some(h264), Some(h265)] = clips else {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    };
    let refresh = folder.path().join("refresh.mp4");
    assert!(
        draw_street(&refresh, CLIP_SECS, true, &REFRESH),
        "libx264 is there"
    );
    let network = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");

    let mut cameras = Vec::new();
    let Some((_gstreamer, ports)) = start_gstreamer(&h264, &h265) else {
        return;
    };
    for name in ["h264-aggregated", "h265-aggregated", "h264-inband", "h265-inband"] {
        cameras.push((name, format!("rtsp://127.0.0.1:{}/{name}", ports[0].1)));
    }
    let Some((_refresh, url)) = start_refresh(&refresh) else {
        return;
    };
    // Somebody else watches already: the engine joins in mid-wave.
    let first = source("first", &url, None, Transport::Tcp, Mode::AllFrames);
    let (begun, joined) = std::sync::mpsc::sync_channel(1);
    network.spawn(receive(first, RUN * 2, move |received| {
        if received.units.len() == 33 {
            let _gone = begun.try_send(());
        }
        false
    }));
    joined.recv_timeout(RUN).expect("the first client has pictures");
    cameras.push(("h264-refresh", url));
    let port = free_port();
    let vlc = start_vlc(&h264, port).map(|mut vlc| {
        network.block_on(until_it_describes(&mut vlc, port));
        cameras.push(("vlc", format!("rtsp://127.0.0.1:{port}/")));
        vlc
    });

    let config = configuration(folder.path(), &cameras);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, 7).expect("the engine");
    let view = live.view().clone();
    std::thread::sleep(RUN);
    told(&view);
    let seen = view.board.cameras();
    live.stop().expect("an orderly end");
    drop(vlc);
    assert!(view.metrics.balanced());
    assert_eq!(view.metrics.looks_dropped(DropReason::Undecodable).get(), 0);
    for camera in seen {
        assert_eq!(camera.state, CameraState::Live, "{camera:#?}");
        // Half of what an idle machine does: the first half minute of the one without keyframes, and neighbours.
        assert!(camera.looks >= 75, "{camera:#?}");
    }
}

/// What came of each, for the table in `docs/measurements.md`.
fn told(view: &View) {
    for camera in view.board.cameras() {
        println!(
            "{:16} {:8} looks {:4} dropped {:?}",
            camera.camera.as_str(),
            camera.state.name(),
            camera.looks,
            camera.dropped
        );
    }
    let metrics = &view.metrics;
    println!(
        "reconnects {}, flow units {}, flow CPU {:.1} s, decode CPU {:.1} s, undecodable units {}, lost packets {}",
        metrics.reconnects.get(),
        metrics.flow.units.get(),
        metrics.stage_cpu_micros(Stage::Flow).get() as f64 / 1e6,
        metrics.stage_cpu_micros(Stage::Decode).get() as f64 / 1e6,
        metrics.units_dropped(DropReason::Undecodable).get(),
        metrics.units_dropped(DropReason::PacketLoss).get(),
    );
}
