//! One row: a fake camera, our client, and what came of it held against what is wanted.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use curbwatch_ingest::{Backoff, Bounds, Credentials, Event, Options, Source, Transport, UrlProvider, run};
use curbwatch_lab::fakecam::{ACCOUNT, Fakecam, FakecamOptions};
use curbwatch_lab::farm::{Quirk, Quirks, Stats};
use curbwatch_lab::impair::Proxy;
use curbwatch_types::{CameraId, DropReason, Epoch, SystemClock, Taint};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::rows::{Play, Row};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(90);

/// The clips, and their keyframes as a camera without quirks gives them.
pub(crate) struct Clips {
    _folder: tempfile::TempDir,
    h264: PathBuf,
    other: PathBuf,
    h265: PathBuf,
    refresh: PathBuf,
    long_gop: PathBuf,
    keys: HashSet<Bytes>,
}

impl Clips {
    /// Draws them with the FFmpeg program: 2 s, a key each half second. `None` where it is missing.
    pub(crate) async fn make() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let (h264, other, h265) = (path("a.mp4"), path("b.mp4"), path("c.mp4"));
        let (refresh, long_gop) = (path("d.mp4"), path("e.mp4"));
        let x264 = [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-bf",
            "0",
            "-g",
            "5",
            "-x264-params",
            "slices=3:scenecut=0",
        ];
        let x265 = [
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-tag:v",
            "hvc1",
            "-x265-params",
            "log-level=none:keyint=5:min-keyint=5:scenecut=0:bframes=0:open-gop=0",
        ];
        let of_x264 =
            |params: &'static str| ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", params];
        let waves = of_x264("intra-refresh=1:keyint=10:bframes=0:ref=1:scenecut=0");
        let one_gop = of_x264("keyint=infinite:bframes=0:scenecut=0");
        let drawn = draw(&h264, "320x240", 2, &x264)
            && draw(&other, "256x192", 2, &x264)
            && draw(&h265, "320x240", 2, &x265)
            && draw(&refresh, "320x240", 10, &waves)
            && draw(&long_gop, "320x240", 120, &one_gop);
        if !drawn {
            return None;
        }
        let mut clips = Self {
            _folder: folder,
            h264,
            other,
            h265,
            refresh,
            long_gop,
            keys: HashSet::new(),
        };
        for (clip, keys, quirks) in [
            (&clips.h264, 4, ""),
            (&clips.other, 4, ""),
            (&clips.h265, 4, ""),
            (&clips.long_gop, 1, "starts-midway,secs=117"),
        ] {
            clips.keys.extend(reference(clip, keys, quirks).await);
        }
        Some(clips)
    }

    fn of(&self, play: Play) -> Vec<PathBuf> {
        match play {
            Play::H264 => vec![self.h264.clone()],
            Play::H265 => vec![self.h265.clone()],
            Play::Two => vec![self.h264.clone(), self.other.clone()],
            Play::Refresh => vec![self.refresh.clone()],
            Play::LongGop => vec![self.long_gop.clone()],
        }
    }
}

fn draw(path: &Path, size: &str, secs: u32, coder: &[&str]) -> bool {
    let mut command = Command::new("ffmpeg");
    let pattern = format!("testsrc2=size={size}:rate=10");
    command.args([
        "-y",
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        &pattern,
        "-t",
        &secs.to_string(),
    ]);
    command.args(coder).args(["-pix_fmt", "yuv420p"]).arg(path);
    command.status().is_ok_and(|status| status.success())
}

/// The keyframes of a clip, so many, from a camera whose quirks do not touch them.
async fn reference(clip: &Path, count: usize, quirks: &str) -> HashSet<Bytes> {
    let quirks = Quirks::parse(quirks).expect("quirks");
    let plain = FakecamOptions::new(vec![clip.to_owned()], quirks);
    let camera = Fakecam::start(&plain, Arc::new(SystemClock::new()))
        .await
        .expect("a camera");
    let source = source(&camera.urls()[0], None, Options::default());
    let (keys, _) = receive(source, move |seen| seen.bytes.len() >= count).await;
    assert_eq!(keys.bytes.len(), count, "{}: {:?}", clip.display(), keys.failures);
    keys.bytes
}

/// What was seen of a camera so far.
#[derive(Debug, Default, Clone)]
struct Seen {
    keys: usize,
    others: usize,
    tainted: usize,
    bytes: HashSet<Bytes>,
    epochs: HashSet<Epoch>,
    sessions: Vec<Transport>,
    failures: Vec<&'static str>,
    words: Vec<String>,
    states: Vec<&'static str>,
    drops: BTreeMap<DropReason, u64>,
    /// Everything that was said, to look for secrets in.
    said: String,
}

impl Seen {
    fn take(&mut self, event: Event) {
        match event {
            Event::Unit(unit) => {
                let clean = unit.taint == Taint::Clean;
                self.tainted += usize::from(!clean);
                self.others += usize::from(clean && !unit.keyframe);
                self.epochs.insert(unit.epoch);
                if unit.keyframe {
                    self.keys += 1;
                    if clean {
                        self.bytes.insert(unit.bytes);
                    }
                }
            }
            Event::State { state, why } => {
                self.states.push(state.name());
                self.said.push_str(&why);
            }
            Event::Connected { transport, .. } => self.sessions.push(transport),
            Event::Redirected { to } => self.said.push_str(&to),
            Event::Dropped { reason, count } => *self.drops.entry(reason).or_default() += count,
            Event::Received { .. } => {}
            Event::Failed(error) => {
                self.failures.push(error.kind());
                self.words.push(error.to_string());
                self.said.extend([error.to_string(), format!("{error:?}")]);
            }
        }
    }

    fn has(&self, row: &Row) -> bool {
        self.keys >= row.keys
            && self.others >= row.others
            && self.sessions.len() >= row.sessions
            && self.failures.len() >= row.failures.len()
            && self.epochs.len() >= row.epochs
            && row.states.iter().all(|state| self.states.contains(state))
            && row.drops.iter().all(|reason| self.drops.contains_key(reason))
            && (!row.tainted || self.tainted > 0)
    }
}

fn source(url: &str, account: Option<(&str, &str)>, options: Options) -> Source {
    let credentials = account.map(|(user, password)| Credentials::new(user, password));
    Source::new(CameraId::new("fake").expect("an id"), url, credentials, options).expect("a URL")
}

/// Receives until `enough`; false when patience ended first.
async fn receive(source: Source, enough: impl Fn(&Seen) -> bool + Send) -> (Seen, bool) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let stop = CancellationToken::new();
    let (sink, done) = (Arc::clone(&seen), stop.clone());
    let outlet = move |event| {
        let mut seen = sink.lock().expect("one task");
        if done.is_cancelled() && matches!(event, Event::Unit(_)) {
            return; // cut off by us in mid-picture
        }
        seen.take(event);
        if enough(&seen) {
            done.cancel();
        }
    };
    let clock = SystemClock::new();
    let ended = tokio::time::timeout(PATIENCE, run(&source, &clock, 7, stop, outlet))
        .await
        .is_ok();
    (std::mem::take(&mut *seen.lock().expect("one task")), ended)
}

/// `Ok`: a line for the table; `Err`: what is not as wanted.
pub(crate) async fn watch(row: &Row, clips: &Clips) -> Result<String, String> {
    let mut quirks = Quirks::parse(row.quirks).expect("quirks");
    let clock = || Arc::new(SystemClock::new());
    let mut elsewhere = None;
    if quirks.has(Quirk::RedirectsAway) {
        // Another host, with a password of its own to be asked for.
        let guarded = Quirks::parse("basic-first").expect("a quirk");
        let mut other = FakecamOptions::new(clips.of(row.play), guarded);
        other.listen = ([127, 0, 0, 2], 0).into();
        let other = Fakecam::start(&other, clock()).await.expect("a camera");
        let port = other.urls()[0]
            .rsplit(':')
            .next()
            .and_then(|rest| rest.split('/').next()?.parse::<u16>().ok());
        quirks
            .add(&format!("redirects-away,port={}", port.expect("a port")))
            .expect("a quirk");
        elsewhere = Some(other);
    }
    let fake = FakecamOptions::new(clips.of(row.play), quirks.clone());
    let camera = Fakecam::start(&fake, clock()).await.expect("a camera");
    let options = Options {
        transport: row.transport,
        mode: row.mode,
        bounds: Bounds {
            silence: Duration::from_secs(row.silence_secs),
            handshake: Duration::from_secs(row.handshake_secs),
            no_picture: Duration::from_secs(row.no_picture_secs),
            ..Bounds::default()
        },
        backoff: Backoff {
            first: Duration::from_millis(20),
            max: Duration::from_millis(20),
            ..Backoff::default()
        },
        keepalive_max: Duration::from_secs(1),
        ..Options::default()
    };
    let account = (quirks.need_an_account() || elsewhere.is_some()).then_some(ACCOUNT);
    let mut url = camera.urls().remove(0);
    let mut network = None;
    if let Some(impairment) = row.network {
        let listen = ([127, 0, 0, 1], 0).into();
        let behind = camera.addrs()[0];
        let proxy = Proxy::start(listen, behind, impairment, 3, clock())
            .await
            .expect("a proxy");
        url = proxy.url(&url).expect("a URL");
        network = Some(proxy);
    }
    let source = if row.platform {
        let camera = CameraId::new("fake").expect("an id");
        let endpoint = platform(url).await;
        let provider = UrlProvider::new(&camera, &endpoint, Some("/data/rtsp"), None).expect("an endpoint");
        let credentials = account.map(|(user, password)| Credentials::new(user, password));
        Source::asked(camera, provider, credentials, options)
    } else {
        source(&url, account, options)
    };
    let (seen, ended) = receive(source, |seen| seen.has(row) && (row.camera)(&camera.stats())).await;
    let stats = farewells(&camera).await;
    drop((network, elsewhere));
    judge(row, clips, &seen, ended, &stats)
}

/// A platform that answers each question with the URL and a token of its own.
async fn platform(url: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!(
        "http://{}/play/{{id}}",
        listener.local_addr().expect("an address")
    );
    tokio::spawn(async move {
        for n in 0.. {
            let (mut stream, _) = listener.accept().await.expect("a question");
            let mut head = [0; 1024];
            let read = stream.read(&mut head).await.expect("a question");
            assert!(head[..read].starts_with(b"GET /play/fake HTTP/1.1\r\n"));
            let body = format!(r#"{{"data":{{"rtsp":"{url}?token={n}"}}}}"#);
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        }
    });
    endpoint
}

/// What was seen against what is wanted.
fn judge(row: &Row, clips: &Clips, seen: &Seen, ended: bool, stats: &Stats) -> Result<String, String> {
    let mut wrong = Vec::new();
    let mut want = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    want(ended, format!("not in {} s", PATIENCE.as_secs()));
    want(
        seen.failures == row.failures,
        format!("failures {:?}", seen.words),
    );
    want(
        seen.bytes.is_subset(&clips.keys),
        "a picture that no camera sent".to_owned(),
    );
    want(
        row.tainted || seen.tainted == 0,
        format!("{} pictures tainted", seen.tainted),
    );
    if row.sessions == 1 && row.epochs == 1 {
        want(seen.epochs.len() == 1, format!("{} epochs", seen.epochs.len()));
    }
    // A machine that is busy elsewhere may join a stream in mid-picture; nothing else is dropped unasked.
    for (reason, count) in &seen.drops {
        want(
            row.drops.contains(reason) || *count <= 2,
            format!("dropped {count} {}", reason.name()),
        );
    }
    want(
        row.over.is_none_or(|over| seen.sessions.last() == Some(&over)),
        format!("over {:?}", seen.sessions),
    );
    want(!seen.said.contains(ACCOUNT.1), "the password was said".to_owned());
    // Every session that stood was ended in words, but those the camera ended itself.
    // A network that stalls for ever, or cuts, swallows the TEARDOWN too.
    let swallowed = row.network.is_some_and(|n| n.connections.is_some());
    let lost = u64::from(swallowed)
        + row
            .failures
            .iter()
            .filter(|kind| ["closed", "session"].contains(kind))
            .count() as u64;
    want(
        stats.teardowns + lost >= stats.sessions,
        format!("{} TEARDOWNs for {} sessions", stats.teardowns, stats.sessions),
    );
    if wrong.is_empty() {
        let sessions = seen.sessions.len();
        Ok(format!(
            "{:70} {} keys, {sessions} sessions, {:?}",
            name(row),
            seen.keys,
            seen.failures
        ))
    } else {
        let Seen {
            keys,
            states,
            drops,
            sessions,
            ..
        } = seen;
        Err(format!(
            "{} ({:?}, {:?}): {}; {keys} keys, {states:?}, {drops:?}, {sessions:?}",
            name(row),
            row.transport,
            row.mode,
            wrong.join("; ")
        ))
    }
}

/// The camera's counters, once its sessions are gone.
async fn farewells(camera: &Fakecam) -> Stats {
    let gone = async {
        while camera.stats().playing > 0 || camera.stats().connections > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _patience = tokio::time::timeout(Duration::from_secs(10), gone).await;
    camera.stats()
}

fn name(row: &Row) -> String {
    match row.network {
        None => row.quirks.to_owned(),
        Some(network) => format!("{} {network:?}", row.quirks),
    }
}
