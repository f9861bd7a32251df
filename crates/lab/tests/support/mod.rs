//! What several tests need: clips made on the spot, reception that ends when enough has come, and
//! peers as child processes.

#![allow(dead_code, reason = "each test uses its own part")]

pub(crate) mod servers;

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curbwatch_ingest::{Credentials, Event, Mode, Options, Source, Transport, run};
use curbwatch_types::{AccessUnit, CameraId, Codec, SystemClock};
use tokio_util::sync::CancellationToken;

/// Says why a test is skipped, in one line, straight to standard error: of a test that passes, the
/// harness keeps what it prints.
pub(crate) fn skipped(why: &str) {
    let _shown = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A folder that other users may read (VLC does not run as root).
pub(crate) fn shared_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("own folder");
    folder
}

/// Makes a test-pattern clip with the FFmpeg program: 25 pictures a second, a key each second, two
/// B pictures between the others. `None` where the program or its encoder is missing.
pub(crate) fn make_clip(folder: &Path, codec: Codec, secs: u32) -> Option<PathBuf> {
    let path = folder.join(format!("{}-{secs}.mp4", codec.name()));
    let pattern = "testsrc2=size=320x240:rate=25";
    let coder: &[&str] = match codec {
        Codec::H264 => &["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25"],
        Codec::H265 => &[
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-tag:v",
            "hvc1",
            "-x265-params",
            "log-level=none:keyint=25:min-keyint=25:bframes=2:open-gop=0",
        ],
        Codec::Mpeg4 => &["-c:v", "mpeg4"],
    };
    let mut command = Command::new("ffmpeg");
    command.args([
        "-y",
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        pattern,
        "-t",
        &secs.to_string(),
    ]);
    command.args(coder).args(["-pix_fmt", "yuv420p"]).arg(&path);
    command
        .status()
        .is_ok_and(|status| status.success())
        .then_some(path)
}

/// Draws a street of 4 s at 640x360 with the FFmpeg program, a keyframe each second, with or without a
/// red block that the fixture model calls a car: at (260, 200), 96x64. The street needs some structure:
/// a scene calls a uniform picture obscured and judges nothing by it. `codec` is an encoder's name;
/// false where the program or that encoder is missing.
pub(crate) fn make_street(path: &Path, codec: &str, standing: bool) -> bool {
    let coder = ["-c:v", codec, "-x265-params", "log-level=error", "-g", "10"];
    draw_street(path, 4, standing, &coder)
}

/// The same street for so long, coded as the arguments say.
pub(crate) fn draw_street(path: &Path, secs: u32, standing: bool, coder: &[&str]) -> bool {
    const STREET: &str = "format=yuv420p,drawbox=x=0:y=0:w=640:h=120:color=0x909aa0:t=fill,\
        drawbox=x=60:y=30:w=90:h=80:color=0x384048:t=fill,drawbox=x=420:y=20:w=150:h=90:color=0x505860:t=fill,\
        drawbox=x=0:y=290:w=640:h=8:color=white:t=fill";
    let block = if standing {
        ",drawbox=x=260:y=200:w=96:h=64:color=red:t=fill"
    } else {
        ""
    };
    let mut command = Command::new("ffmpeg");
    command
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi"])
        .args(["-i", &format!("color=c=0x606060:s=640x360:r=10:d={secs}")])
        .args(["-vf", &format!("{STREET}{block},noise=alls=6:allf=t")])
        .args(coder)
        .args(["-preset", "veryfast"])
        .arg(path);
    command.status().is_ok_and(|status| status.success())
}

/// What was received.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) units: Vec<AccessUnit>,
    pub(crate) transports: Vec<Transport>,
    pub(crate) codec: Option<Codec>,
    pub(crate) dropped: u64,
    pub(crate) failures: Vec<String>,
}

impl Received {
    pub(crate) fn keyframes(&self) -> usize {
        self.units.iter().filter(|u| u.keyframe).count()
    }
}

/// A source with this much patience for a test.
pub(crate) fn source(
    camera: &str,
    url: &str,
    account: Option<(&str, &str)>,
    transport: Transport,
    mode: Mode,
) -> Source {
    let credentials = account.map(|(user, password)| Credentials::new(user, password));
    let options = Options {
        transport,
        mode,
        ..Options::default()
    };
    Source::new(CameraId::new(camera).expect("an id"), url, credentials, options).expect("a URL")
}

/// Receives until `enough` or `patience` is over; what came is returned either way.
pub(crate) async fn receive(
    source: Source,
    patience: Duration,
    enough: impl Fn(&Received) -> bool + Send,
) -> Received {
    let received = Arc::new(Mutex::new(Received::default()));
    let stop = CancellationToken::new();
    let (sink, done) = (Arc::clone(&received), stop.clone());
    let outlet = move |event: Event| {
        let mut received = sink.lock().expect("one thread");
        match event {
            Event::Unit(unit) => received.units.push(unit),
            Event::Connected { transport, codec } => {
                received.transports.push(transport);
                received.codec = Some(codec);
            }
            Event::Dropped { count, .. } => received.dropped += count,
            Event::Failed(error) => received.failures.push(error.to_string()),
            _ => {}
        }
        if enough(&received) {
            done.cancel();
        }
    };
    let clock = SystemClock::new();
    let _ = tokio::time::timeout(patience, run(&source, &clock, 7, stop, outlet)).await;
    std::mem::take(&mut *received.lock().expect("one thread"))
}

/// A child process that is killed when dropped.
pub(crate) struct Peer {
    child: Child,
}

impl Peer {
    /// Starts `command`; its standard input stays open as long as the peer lives.
    pub(crate) fn start(command: &mut Command) -> std::io::Result<Self> {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child })
    }

    /// Whether it is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The first line it prints; empty when it ends before.
    pub(crate) fn first_line(&mut self) -> String {
        let mut line = String::new();
        if let Some(out) = self.child.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut line);
        }
        line
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of the peers' scripts.
pub(crate) fn peers_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/peers")
}
