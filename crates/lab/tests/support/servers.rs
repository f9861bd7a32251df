//! Servers that others wrote, as child processes: GStreamer's and VLC's. One that is not installed is named and skipped.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Peer, peers_folder, skipped};

/// GStreamer's Python as the distribution ships it.
const PYTHON: &str = "/usr/bin/python3";

/// One of our scripts over these clips, and the line of JSON it prints when it serves.
fn gstreamer(script: &str, clips: &[&Path]) -> Option<(Peer, serde_json::Value)> {
    let script = peers_folder().join(script);
    let Ok(mut peer) = Peer::start(Command::new(PYTHON).arg(script).args(clips)) else {
        skipped("/usr/bin/python3 is not installed");
        return None;
    };
    let Ok(ready) = serde_json::from_str(&peer.first_line()) else {
        skipped(
            "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi, \
             gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad)",
        );
        return None;
    };
    Some((peer, ready))
}

/// GStreamer's server over a clip of gradual refresh, one stream for all clients; its URL.
pub(crate) fn start_refresh(clip: &Path) -> Option<(Peer, String)> {
    let (peer, ready) = gstreamer("gst_refresh.py", &[clip])?;
    Some((peer, format!("rtsp://127.0.0.1:{}/refresh", ready["port"])))
}

/// GStreamer's server over these clips, and its port for each way to authenticate.
pub(crate) fn start_gstreamer(h264: &Path, h265: &Path) -> Option<(Peer, [(&'static str, u64); 3])> {
    let (peer, ready) = gstreamer("gst_matrix.py", &[h264, h265])?;
    let ports = ["none", "basic", "digest"];
    let ports = ports.map(|method| (method, ready["ports"][method].as_u64().expect("a port")));
    Some((peer, ports))
}

/// Waits for a server that says nothing when it listens.
async fn until_it_listens(peer: &mut Peer, port: u16) {
    let mut attempts = 0;
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(peer.is_running(), "the server ended by itself");
        assert!(attempts < 600, "the server does not listen");
        attempts += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the server describes its stream: VLC listens before it has opened the clip, and answers 500 until then.
pub(crate) async fn until_it_describes(peer: &mut Peer, port: u16) {
    until_it_listens(peer, port).await;
    let request = format!("DESCRIBE rtsp://127.0.0.1:{port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    let mut attempts = 0;
    loop {
        let mut answer = vec![0; 12];
        let asked = async {
            let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            stream.write_all(request.as_bytes()).await?;
            stream.read_exact(&mut answer).await
        };
        if asked.await.is_ok() && answer == b"RTSP/1.0 200" {
            return;
        }
        assert!(peer.is_running(), "the server ended by itself");
        assert!(attempts < 600, "the server does not describe its stream");
        attempts += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// VLC over this clip, again and again, on this port. It refuses to run as root.
pub(crate) fn start_vlc(clip: &Path, port: u16) -> Option<Peer> {
    let started = Path::new("/usr/bin/vlc")
        .exists()
        .then(|| vlc(clip, port))
        .flatten();
    if started.is_none() {
        skipped("VLC is not installed (vlc-bin, vlc-plugin-base)");
    }
    started
}

fn vlc(clip: &Path, port: u16) -> Option<Peer> {
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

/// A port of loopback that nobody uses at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.local_addr().expect("bound").port()
}
