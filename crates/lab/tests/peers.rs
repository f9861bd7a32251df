//! `probe`, which connects exactly as the pipeline does, against servers that others wrote: GStreamer's
//! in every combination, VLC's, and our own farm. A peer that is not installed is named and skipped.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use curbwatch_config::Transport::{self, Auto, Tcp, Udp};
use curbwatch_engine::{Probe, ProbeOptions, Probed};
use curbwatch_lab::farm::{Account, Challenges, Farm, FarmOptions, Transports, open_all};
use curbwatch_types::{CameraState, Codec, Secret, SystemClock};
use support::servers::{free_port, start_gstreamer, start_vlc, until_it_describes};
use support::{make_clip, shared_folder, skipped};
use tokio_util::sync::CancellationToken;

/// How long probes stay: longer ones follow where nothing came, for peers start their pipelines on
/// demand and machines are slow.
const STAYS: [Duration; 3] = [
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// The account of `gst_matrix.py`.
const ACCOUNT: (&str, &str) = ("viewer", "p:ss w%rd");

async fn probe(url: &str, account: Option<(&str, &str)>, transport: Transport) -> Probe {
    let mut last = None;
    for duration in STAYS {
        let of = Probed::Address {
            url: Secret::new(url),
            credentials: account.map(|(user, password)| (user.to_owned(), Secret::new(password))),
            transport,
        };
        let options = ProbeOptions {
            of,
            duration,
            reference: false,
        };
        let clock = Arc::new(SystemClock::new());
        let found = Box::pin(curbwatch_engine::probe(&options, clock, CancellationToken::new())).await;
        let found = found.expect("a URL");
        let answered = found.decoded > 0 || !found.errors.is_empty();
        last = Some(found);
        if answered {
            break;
        }
    }
    last.expect("one stay at least")
}

/// A camera of a peer, and what a probe of it must find.
struct Row<'a> {
    name: &'a str,
    url: &'a str,
    account: Option<(&'a str, &'a str)>,
    asked: Transport,
    codec: Codec,
    over: &'a str,
    /// The peer's stream runs whether anybody listens or not, and a client joins within a picture.
    midway: bool,
}

/// Pictures of the clip's size decode, over this transport, and nothing went wrong.
async fn plays(row: Row<'_>) {
    let Row { name, url, .. } = row;
    let mut found = probe(url, row.account, row.asked).await;
    assert_eq!(found.state, CameraState::Live, "{name}: {found:?}");
    if row.midway {
        // The rest of the picture under way has no beginning, and counts as that.
        found.errors.remove("packet_loss");
    }
    assert!(
        found.errors.is_empty() && found.last_error.is_none(),
        "{name}: {found:?}"
    );
    assert!(
        found.decoded >= 1 && found.decoded == found.keyframes,
        "{name}: {found:?}"
    );
    let again = (found.tainted, found.reconnects, found.redirects);
    assert_eq!(again, (0, 0, 0), "{name}: {found:?}");
    assert_eq!(found.transport, Some(row.over), "{name}: {found:?}");
    assert_eq!(found.codec, Some(row.codec.name()), "{name}: {found:?}");
    assert_eq!((found.width, found.height), (320, 240), "{name}: {found:?}");
    assert_eq!(found.url, url, "{name}: {found:?}");
}

/// Says no: once, without coming back, and nothing told of the password.
async fn refuses(name: &str, url: &str) {
    let found = probe(url, Some(("viewer", "geheim")), Tcp).await;
    assert_eq!(found.state, CameraState::Refused, "{name}: {found:?}");
    assert_eq!(
        found.errors.into_iter().collect::<Vec<_>>(),
        [("auth", 1)],
        "{name}"
    );
    assert_eq!((found.access_units, found.decoded), (0, 0), "{name}");
    let said = format!("{} {} {:?}", found.url, found.why, found.last_error);
    assert!(!said.contains("geheim"), "{name}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gstreamer_in_every_combination() {
    let folder = shared_folder();
    let clips = [Codec::H264, Codec::H265].map(|codec| make_clip(folder.path(), codec, 40));
    let [Some(h264), Some(h265)] = clips else {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    };
    let Some((_peer, ports)) = start_gstreamer(&h264, &h265) else {
        return;
    };
    let mut rows = tokio::task::JoinSet::new();
    for (method, port) in ports {
        for (codec, sets) in [Codec::H264, Codec::H265]
            .into_iter()
            .flat_map(|c| [(c, "sdp"), (c, "inband")])
        {
            for (asked, over) in [(Tcp, "tcp"), (Udp, "udp")] {
                let name = format!("gst-{method}-{}-{sets}-{over}", codec.name());
                let url = format!("rtsp://127.0.0.1:{port}/{}-{sets}", codec.name());
                let account = (method != "none").then_some(ACCOUNT);
                rows.spawn(async move {
                    let (name, url) = (&name, &url);
                    let midway = false;
                    plays(Row {
                        name,
                        url,
                        account,
                        asked,
                        codec,
                        over,
                        midway,
                    })
                    .await;
                });
            }
        }
        if method != "none" {
            let url = format!("rtsp://127.0.0.1:{port}/h264-sdp");
            rows.spawn(async move { refuses(method, &url).await });
        }
    }
    for codec in [Codec::H264, Codec::H265] {
        for (asked, over) in [(Tcp, "tcp"), (Udp, "udp")] {
            let url = format!("rtsp://127.0.0.1:{}/{}-aggregated", ports[0].1, codec.name());
            rows.spawn(async move {
                plays(Row {
                    name: &format!("gst-{}-aggregated-{over}", codec.name()),
                    url: &url,
                    account: None,
                    asked,
                    codec,
                    over,
                    midway: false,
                })
                .await;
            });
        }
    }
    assert_eq!(rows.len(), 24 + 2 + 4);
    rows.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_farm() {
    let folder = shared_folder();
    let clips = [Codec::H264, Codec::H265].map(|codec| make_clip(folder.path(), codec, 2));
    let [Some(h264), Some(h265)] = clips else {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    };
    let tracks = open_all(&[h264, h265]).expect("clips");
    let mut rows = tokio::task::JoinSet::new();
    // (challenges, offered, asked, over)
    for (challenges, offered, asked, over) in [
        (None, Transports::Any, Auto, "tcp"),
        (None, Transports::Any, Udp, "udp"),
        (None, Transports::UdpOnly, Auto, "udp"),
        (None, Transports::TcpOnly, Udp, "tcp"),
        (Some(Challenges::Basic), Transports::Any, Tcp, "tcp"),
        (Some(Challenges::Digest), Transports::Any, Tcp, "tcp"),
        (Some(Challenges::Digest), Transports::Any, Udp, "udp"),
        (Some(Challenges::Both), Transports::UdpOnly, Auto, "udp"),
    ] {
        let mut options = FarmOptions::new(2, tracks.clone());
        options.transports = offered;
        options.account = challenges.map(|challenges| Account::new(ACCOUNT.0, ACCOUNT.1, challenges));
        let farm = Farm::start(options, Arc::new(SystemClock::new()));
        let farm = farm.await.expect("loopback");
        rows.spawn(async move {
            for (camera, codec) in [(1, Codec::H264), (2, Codec::H265)] {
                let name = format!("farm, {challenges:?}, {offered:?}, {asked:?}, {}", codec.name());
                let account = challenges.map(|_| ACCOUNT);
                let (name, url) = (&name, &farm.url(camera));
                let midway = false;
                plays(Row {
                    name,
                    url,
                    account,
                    asked,
                    codec,
                    over,
                    midway,
                })
                .await;
            }
        });
    }
    rows.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vlc_answers_461_to_tcp_and_plays_over_udp() {
    let folder = shared_folder();
    let Some(clip) = make_clip(folder.path(), Codec::H264, 40) else {
        return skipped("the ffmpeg program with libx264 is not installed");
    };
    let port = free_port();
    let Some(mut peer) = start_vlc(&clip, port) else {
        return;
    };
    until_it_describes(&mut peer, port).await;
    let url = format!("rtsp://127.0.0.1:{port}/");
    for (name, asked) in [("vlc", Auto), ("vlc, asked for TCP", Tcp)] {
        let row = Row {
            name,
            url: &url,
            account: None,
            asked,
            codec: Codec::H264,
            over: "udp",
            midway: true,
        };
        plays(row).await;
    }
}
