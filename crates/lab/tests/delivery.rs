//! The farm and the pipeline's own receiver together: what was in the clip arrives, bit for bit, in
//! time, and for hundreds of cameras at once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_ingest::{Clip, Mode, Transport};
use curbwatch_lab::Error;
use curbwatch_lab::farm::{Farm, FarmOptions, Track, nal_units};
use curbwatch_types::{AccessUnit, CameraId, Codec, SystemClock, Taint, Wall};
use support::{Received, make_clip, receive, shared_folder, skipped, source};

const PATIENCE: Duration = Duration::from_secs(30);

async fn farm(cameras: usize, clips: &[&Path]) -> Farm {
    let tracks = clips
        .iter()
        .map(|clip| Arc::new(Track::open(clip).expect("a clip")))
        .collect();
    Farm::start(FarmOptions::new(cameras, tracks), Arc::new(SystemClock::new()))
        .await
        .expect("a farm")
}

fn units(clip: &Path) -> Vec<AccessUnit> {
    let clip = Clip::open(
        clip,
        CameraId::new("clip").expect("an id"),
        Wall(0),
        Mode::AllFrames,
    );
    clip.expect("a clip").map(|unit| unit.expect("a unit")).collect()
}

/// Every unit received is the clip's next, across the loop's seam too; those before the first keyframe
/// are marked, those after it clean; media time goes on evenly. The first one of a stream that was joined in the middle is told the
/// parameter sets, which the clip has with its keyframes.
fn check_loop(name: &str, sent: &[AccessUnit], received: &Received) {
    assert!(received.failures.is_empty(), "{name}: {:?}", received.failures);
    let first = received
        .units
        .first()
        .unwrap_or_else(|| panic!("{name}: nothing came"));
    let same = |a: &AccessUnit, b: &AccessUnit| nal_units(&a.bytes) == nal_units(&b.bytes);
    let key = sent.iter().find(|unit| unit.keyframe).expect("a keyframe");
    let sets = nal_units(&key.bytes);
    let joined: Vec<&[u8]> = nal_units(&first.bytes)
        .into_iter()
        .filter(|nal| first.keyframe || !sets.contains(nal))
        .collect();
    let told = nal_units(&first.bytes).len() - joined.len();
    assert_eq!(
        told > 0,
        !first.keyframe,
        "{name}: {told} parameter sets with the first unit"
    );
    let start = sent.iter().position(|unit| nal_units(&unit.bytes) == joined);
    let start = start.unwrap_or_else(|| panic!("{name}: the first unit is not in the clip"));
    let mut taint = Taint::NoRandomAccess;
    for (i, got) in received.units.iter().enumerate() {
        let want = &sent[(start + i) % sent.len()];
        if want.keyframe {
            taint = Taint::Clean;
        }
        assert!(i == 0 || same(want, got), "{name}: unit {i} differs");
        assert_eq!(got.keyframe, want.keyframe, "{name}: unit {i}");
        assert_eq!(got.epoch, first.epoch, "{name}: unit {i}: one epoch");
        assert_eq!(got.taint, taint, "{name}: unit {i}");
    }
    assert!(received.units.len() > sent.len(), "{name}: the seam was passed");
    let times: BTreeSet<i64> = received.units.iter().map(|u| u.media_time.0).collect();
    assert_eq!(times.len(), received.units.len(), "{name}: no time twice");
    // B pictures come after the picture they precede, so both ends have holes: look between them.
    let times: Vec<i64> = times.into_iter().collect();
    let steps: BTreeSet<i64> = times[4..times.len() - 4]
        .windows(2)
        .map(|w| w[1] - w[0])
        .collect();
    assert_eq!(steps, BTreeSet::from([3600]), "{name}: an even pace");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_access_unit_arrives_bit_for_bit() {
    let folder = shared_folder();
    let clips = [Codec::H264, Codec::H265].map(|codec| make_clip(folder.path(), codec, 2));
    let [Some(h264), Some(h265)] = clips else {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    };
    let farm = farm(2, &[&h264, &h265]).await;
    let row = async |name: &str, clip: &Path, camera: usize, transport| {
        let sent = units(clip);
        let source = source(name, &farm.url(camera), None, transport, Mode::AllFrames);
        let received = receive(source, PATIENCE, |r| r.units.len() > sent.len() + 10).await;
        assert_eq!(received.transports, [transport], "{name}");
        check_loop(name, &sent, &received);
    };
    tokio::join!(
        row("h264-tcp", &h264, 1, Transport::Tcp),
        row("h264-udp", &h264, 1, Transport::Udp),
        row("h265-tcp", &h265, 2, Transport::Tcp),
        row("h265-udp", &h265, 2, Transport::Udp),
    );
    assert_eq!(farm.stats().udp_unsent, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_cameras_lose_nothing() {
    const CAMERAS: usize = 300;
    let folder = shared_folder();
    let Some(clip) = make_clip(folder.path(), Codec::H264, 2) else {
        return skipped("the ffmpeg program with libx264 is not installed");
    };
    let farm = farm(CAMERAS, &[&clip]).await;
    let sent = units(&clip);
    let keys: Vec<_> = sent
        .iter()
        .filter(|u| u.keyframe)
        .map(|u| nal_units(&u.bytes))
        .collect();
    let mut receivers = tokio::task::JoinSet::new();
    for (index, url) in farm.urls().into_iter().enumerate() {
        let source = source(
            &format!("camera-{index}"),
            &url,
            None,
            Transport::Tcp,
            Mode::Keyframes,
        );
        receivers.spawn(receive(source, PATIENCE * 2, |r| r.keyframes() >= 4));
    }
    let all = receivers.join_all().await;
    for received in &all {
        assert!(received.failures.is_empty(), "{:?}", received.failures);
        assert!(received.keyframes() >= 4, "{} keyframes", received.keyframes());
        for unit in &received.units {
            assert!(keys.contains(&nal_units(&unit.bytes)), "a keyframe differs");
        }
    }
    let stats = farm.stats();
    assert_eq!(stats.accepted, CAMERAS as u64, "no reconnects: {stats:?}");
    assert_eq!(
        (stats.dropped_slow, stats.refused_full, stats.dropped_malformed),
        (0, 0, 0),
        "{stats:?}"
    );
}

#[test]
fn clips_that_cannot_be_served_say_why() {
    let folder = shared_folder();
    let missing = Track::open(&folder.path().join("none.mp4")).expect_err("no file");
    assert!(matches!(missing, Error::Clip { .. }), "{missing}");
    assert!(missing.to_string().contains("none.mp4"), "{missing}");
    let Some(clip) = make_clip(folder.path(), Codec::Mpeg4, 1) else {
        return skipped("the ffmpeg program is not installed");
    };
    let mpeg4 = Track::open(&clip).expect_err("not served");
    assert!(
        mpeg4
            .to_string()
            .contains("its codec is mpeg4; only h264 and h265 are served"),
        "{mpeg4}"
    );
}
