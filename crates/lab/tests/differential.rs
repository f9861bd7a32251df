//! Two receivers, one stream: what a camera of our farm sends reaches `curbwatch-ingest` and `retina`, which others
//! wrote, and both must give the same pictures: the same NAL units in the same order at the same times, however the
//! camera cuts NAL units into packets.
//!
//! Not for: loss and oddities beyond the RFCs, where the two rightly differ. Input: a clip made on the spot.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was compared"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_ingest::{Clip, Mode, Transport};
use curbwatch_lab::farm::{Farm, FarmOptions, Quirks, Track, nal_units};
use curbwatch_types::{CameraId, Codec, SystemClock, Wall};
use futures_util::StreamExt as _;
use retina::client::{PlayOptions, Session, SessionOptions, SetupOptions};
use retina::codec::CodecItem;
use support::{make_clip, receive, shared_folder, skipped, source};

/// A receiver that has not seen the whole clip by then has failed.
const PATIENCE: Duration = Duration::from_secs(25);
/// The clip's length: two groups of pictures, 50 pictures.
const CLIP_SECS: u32 = 2;

/// The ways to cut that the RFCs allow, as the farm's quirks: fragments of the usual size and parameter sets
/// together; small fragments; next to no fragments; small NAL units together, slices too; sets only in the SDP.
const CUTS: [&str; 5] = [
    "",
    "jumbo-packets,bytes=200",
    "jumbo-packets,bytes=60000",
    "aggregates-all",
    "sets-out-of-band",
];

/// A picture as both must see it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    /// Presentation time in ticks of 90 kHz, from wherever its receiver counts.
    ticks: i64,
    key: bool,
    /// Its NAL units without start codes and without parameter sets: when to repeat those is the receiver's choice.
    nals: Vec<Vec<u8>>,
}

/// What is not a parameter set (H.264 table 7-1: 7, 8, 13; H.265 table 7-1: 32 to 34).
fn content<'a>(codec: Codec, nals: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let is_content = |nal: &&[u8]| match codec {
        Codec::H265 => !(32..=34).contains(&((nal[0] >> 1) & 0x3f)),
        _ => !matches!(nal[0] & 0x1f, 7 | 8 | 13),
    };
    nals.into_iter().filter(is_content).map(<[u8]>::to_vec).collect()
}

/// The pictures of the clip itself.
fn sent(path: &Path, codec: Codec) -> Vec<Seen> {
    let camera = CameraId::new("clip").expect("an id");
    let clip = Clip::open(path, camera, Wall(0), Mode::AllFrames).expect("a clip");
    clip.map(|unit| {
        let unit = unit.expect("a picture");
        Seen {
            ticks: unit.media_time.0,
            key: unit.keyframe,
            nals: content(codec, nal_units(&unit.bytes)),
        }
    })
    .collect()
}

/// `count` pictures from the first keyframe on, through our own reception.
async fn ours(url: &str, codec: Codec, count: usize) -> Vec<Seen> {
    let source = source("differential", url, None, Transport::Tcp, Mode::AllFrames);
    let received = receive(source, PATIENCE, |r| {
        let since_a_key = r.units.iter().skip_while(|unit| !unit.keyframe).count();
        since_a_key >= count || !r.failures.is_empty()
    })
    .await;
    assert_eq!(received.failures, Vec::<String>::new());
    received
        .units
        .iter()
        .skip_while(|unit| !unit.keyframe)
        .take(count)
        .map(|unit| Seen {
            ticks: unit.media_time.0,
            key: unit.keyframe,
            nals: content(codec, nal_units(&unit.bytes)),
        })
        .collect()
}

/// `count` pictures from the first keyframe on, through retina.
async fn theirs(url: &str, codec: Codec, count: usize) -> Vec<Seen> {
    let url = url::Url::parse(url).expect("a URL");
    let mut session = Session::describe(url, SessionOptions::default())
        .await
        .expect("DESCRIBE");
    session.setup(0, SetupOptions::default()).await.expect("SETUP");
    let playing = session.play(PlayOptions::default()).await.expect("PLAY");
    let mut items = std::pin::pin!(playing.demuxed().expect("a codec that retina knows"));
    let mut seen: Vec<Seen> = Vec::new();
    while seen.len() < count {
        let item = items.next().await.expect("the stream goes on");
        let CodecItem::VideoFrame(frame) = item.expect("a picture") else {
            continue;
        };
        if seen.is_empty() && !frame.is_random_access_point() {
            continue;
        }
        // Each NAL unit follows its length in four bytes.
        let (mut nals, mut rest) = (Vec::new(), frame.data());
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (nal, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            nals.push(nal);
            rest = after;
        }
        seen.push(Seen {
            ticks: frame.timestamp().timestamp(),
            key: frame.is_random_access_point(),
            nals: content(codec, nals),
        });
    }
    seen
}

/// One loop of the clip as received, turned so that it begins where the clip does, timed from the clip's beginning.
///
/// The receivers join at different moments, each at a keyframe of its own.
fn from_the_start(seen: &[Seen], sent: &[Seen], loop_ticks: i64, who: &str) -> Vec<Seen> {
    assert_eq!(seen.len(), sent.len(), "{who}: pictures received");
    let joined = sent.iter().position(|one| one.nals == seen[0].nals);
    let joined = joined.unwrap_or_else(|| panic!("{who}: its first picture is none of the clip's"));
    let offset = sent[joined].ticks - seen[0].ticks;
    let mut turned = seen.to_vec();
    turned.rotate_right(joined);
    for one in &mut turned {
        one.ticks = (one.ticks + offset - sent[0].ticks).rem_euclid(loop_ticks);
    }
    turned
}

/// Plays the clip, cut like this, to both; how many pictures were alike.
async fn compare(path: PathBuf, codec: Codec, cut: &str) -> usize {
    let name = format!("{} {cut:?}", codec.name());
    let sent = sent(&path, codec);
    let quirks = Quirks::parse(cut).expect("quirks");
    let track = Track::play(&[path], &quirks).expect("a clip");
    let loop_ticks = track.loop_ticks();
    let mut options = FarmOptions::new(1, vec![Arc::new(track)]);
    options.quirks = quirks;
    let farm = Farm::start(options, Arc::new(SystemClock::new()))
        .await
        .expect("a farm");
    let url = farm.url(1);
    let (ours, theirs) = tokio::join!(
        ours(&url, codec, sent.len()),
        tokio::time::timeout(PATIENCE, theirs(&url, codec, sent.len()))
    );
    let theirs = theirs.unwrap_or_else(|_| panic!("{name}: retina saw less than the clip"));

    let ours = from_the_start(&ours, &sent, loop_ticks, &format!("{name}, ours"));
    let theirs = from_the_start(&theirs, &sent, loop_ticks, &format!("{name}, retina"));
    let whole = from_the_start(&sent, &sent, loop_ticks, &name);
    for (at, sent) in whole.iter().enumerate() {
        let shape = |seen: &Seen| {
            let nals: Vec<_> = seen.nals.iter().map(|n| (n[0], n.len())).collect();
            format!("{} {} {nals:x?}", seen.ticks, seen.key)
        };
        let (ours, theirs) = (&ours[at], &theirs[at]);
        assert!(
            ours == theirs && ours == sent,
            "{name}: picture {at}:\nours   {}\nretina {}\nsent   {}",
            shape(ours),
            shape(theirs),
            shape(sent)
        );
    }
    println!("{name}: {} pictures alike", whole.len());
    whole.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_stream_gives_retina_and_us_the_same_pictures() {
    let folder = shared_folder();
    let mut running = tokio::task::JoinSet::new();
    for codec in [Codec::H264, Codec::H265] {
        let Some(path) = make_clip(folder.path(), codec, CLIP_SECS) else {
            return skipped("the ffmpeg program with libx264 and libx265 is not installed");
        };
        for cut in CUTS {
            running.spawn(compare(path.clone(), codec, cut));
        }
    }
    let compared: usize = running.join_all().await.into_iter().sum();
    let pictures = CLIP_SECS as usize * 25;
    assert_eq!(compared, 2 * CUTS.len() * pictures, "every picture of every cut");
    println!("{compared} pictures compared");
}
