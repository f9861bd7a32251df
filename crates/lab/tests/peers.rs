//! The pipeline's receiver against servers that others wrote: GStreamer's in every combination, VLC's,
//! and our own farm. Each keyframe is decoded. A peer that is not installed is named and skipped.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod support;

use std::process::Command;
use std::time::Duration;

use curbwatch_decode::Decoder;
use curbwatch_ingest::{Mode, Transport};
use curbwatch_types::{Codec, Picture};
use support::{Peer, Received, make_clip, peers_folder, receive, shared_folder, skipped, source};

/// Longest wait for one stream; GStreamer starts its pipelines on demand.
const PATIENCE: Duration = Duration::from_secs(30);
/// Keyframes that must come and decode.
const KEYFRAMES: usize = 2;
/// The account of `gst_matrix.py`.
const ACCOUNT: (&str, &str) = ("viewer", "p:ss w%rd");
/// FFmpeg's and GStreamer's Python as the distribution ships it.
const PYTHON: &str = "/usr/bin/python3";

fn check(name: &str, codec: Codec, transport: Transport, received: &Received) {
    assert!(received.failures.is_empty(), "{name}: {:?}", received.failures);
    assert!(
        received.keyframes() >= KEYFRAMES,
        "{name}: {} keyframes",
        received.keyframes()
    );
    assert_eq!(received.codec, Some(codec), "{name}");
    assert_eq!(received.transports.last(), Some(&transport), "{name}");
    let mut decoder = Decoder::new(curbwatch_decode::Options::default());
    let mut picture = Picture::default();
    for unit in received.units.iter().filter(|u| u.keyframe) {
        if let Err(error) = decoder.decode_key(unit, &mut picture) {
            panic!("{name}: {error}");
        }
        assert_eq!((picture.width, picture.height), (320, 240), "{name}");
    }
}

fn enough(received: &Received) -> bool {
    received.keyframes() >= KEYFRAMES
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gstreamer_in_every_combination() {
    let folder = shared_folder();
    let clips = [Codec::H264, Codec::H265].map(|codec| make_clip(folder.path(), codec, 40));
    let [Some(h264), Some(h265)] = clips else {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    };
    let script = peers_folder().join("gst_matrix.py");
    let started = Peer::start(Command::new(PYTHON).arg(script).arg(&h264).arg(&h265));
    let Ok(mut peer) = started else {
        return skipped("/usr/bin/python3 is not installed");
    };
    let ready: serde_json::Value = match serde_json::from_str(&peer.first_line()) {
        Ok(ready) => ready,
        Err(_) => {
            return skipped(
                "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi, \
                 gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad)",
            );
        }
    };
    let mut rows = tokio::task::JoinSet::new();
    for method in ["none", "basic", "digest"] {
        let port = ready["ports"][method].as_u64().expect("a port");
        for (codec, sets) in [Codec::H264, Codec::H265]
            .into_iter()
            .flat_map(|c| [(c, "sdp"), (c, "inband")])
        {
            for transport in [Transport::Tcp, Transport::Udp] {
                let name = format!("gst-{method}-{}-{sets}-{}", codec.name(), transport.name());
                let url = format!("rtsp://127.0.0.1:{port}/{}-{sets}", codec.name());
                let account = (method != "none").then_some(ACCOUNT);
                rows.spawn(async move {
                    let source = source(&name, &url, account, transport, Mode::Keyframes);
                    let received = receive(source, PATIENCE, enough).await;
                    check(&name, codec, transport, &received);
                });
            }
        }
    }
    assert_eq!(rows.len(), 24);
    rows.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gstreamer_refuses_a_wrong_password_once() {
    let folder = shared_folder();
    let Some(h264) = make_clip(folder.path(), Codec::H264, 2) else {
        return skipped("the ffmpeg program with libx264 is not installed");
    };
    let script = peers_folder().join("gst_matrix.py");
    let started = Peer::start(Command::new(PYTHON).arg(script).arg(&h264).arg(&h264));
    let ready = started.ok().and_then(|mut peer| {
        let ready: serde_json::Value = serde_json::from_str(&peer.first_line()).ok()?;
        Some((peer, ready))
    });
    let Some((_peer, ready)) = ready else {
        return skipped("GStreamer's RTSP server is not installed");
    };
    for method in ["basic", "digest"] {
        let url = format!("rtsp://127.0.0.1:{}/h264-sdp", ready["ports"][method]);
        let source = source(
            method,
            &url,
            Some(("viewer", "geheim")),
            Transport::Tcp,
            Mode::Keyframes,
        );
        let received = receive(source, PATIENCE, |r| !r.failures.is_empty()).await;
        assert!(
            received.units.is_empty() && received.failures.len() == 1,
            "{method}: {:?}",
            received.failures
        );
        assert!(
            !received.failures[0].contains("geheim"),
            "{method}: {:?}",
            received.failures
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vlc_answers_461_to_tcp_and_plays_over_udp() {
    if !std::path::Path::new("/usr/bin/vlc").exists() {
        return skipped("VLC is not installed (vlc-bin, vlc-plugin-base)");
    }
    let folder = shared_folder();
    let Some(clip) = make_clip(folder.path(), Codec::H264, 40) else {
        return skipped("the ffmpeg program with libx264 is not installed");
    };
    let port = free_port();
    let Some(mut peer) = start_vlc(&clip, port) else {
        return skipped("VLC is not installed (vlc-bin, vlc-plugin-base)");
    };
    // VLC says nothing when it listens; the receiver's own retries find out.
    let url = format!("rtsp://127.0.0.1:{port}/");
    let source = source("vlc", &url, None, Transport::Auto, Mode::Keyframes);
    let mut received = receive(source, PATIENCE, enough).await;
    assert!(peer.is_running(), "VLC ended by itself");
    received.failures.retain(|failure| !failure.contains("refused"));
    check("vlc", Codec::H264, Transport::Udp, &received);
}

/// VLC refuses to run as root.
fn start_vlc(clip: &std::path::Path, port: u16) -> Option<Peer> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "vlc"]);
        command
    } else {
        Command::new("vlc")
    };
    let sout = format!("#rtp{{sdp=rtsp://127.0.0.1:{port}/}}");
    command
        .args(["-I", "dummy", "--no-audio", "--loop"])
        .arg(clip)
        .args(["--sout", &sout, "--sout-keep"]);
    Peer::start(command.current_dir("/").env("HOME", "/nonexistent")).ok()
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.local_addr().expect("bound").port()
}
