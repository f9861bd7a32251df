//! What the farm answers, asked over plain sockets: statuses, transports, accounts, bounds.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

use std::sync::Arc;
use std::time::Duration;

use curbwatch_lab::farm::{Account, Challenges, Farm, FarmOptions, Track, Transports};
use curbwatch_types::{
    AccessUnit, CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, SystemClock, Taint,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Ten pictures a second in a loop of one second, the first of them a key of three packets.
fn track() -> Arc<Track> {
    let unit = |frame: i64, nals: &[&[u8]]| AccessUnit {
        camera: CameraId::new("clip").expect("an id"),
        epoch: Epoch(0),
        codec: Codec::H264,
        keyframe: frame == 0,
        taint: Taint::Clean,
        media_time: MediaTime(frame * 9000),
        received: Monotonic::default(),
        captured_at: CapturedAt::default(),
        bytes: nals
            .iter()
            .flat_map(|n| [&[0, 0, 0, 1][..], n].concat())
            .collect::<Vec<u8>>()
            .into(),
    };
    let idr = [&[0x65][..], &[0x99; 2000]].concat();
    let mut units = vec![unit(0, &[&[0x67, 66, 0, 30, 1], &[0x68, 2], &idr])];
    units.extend((1..10).map(|frame| unit(frame, &[&[0x41, frame as u8]])));
    Arc::new(Track::from_units(&units).expect("a track"))
}

async fn farm(change: impl FnOnce(&mut FarmOptions)) -> Farm {
    let mut options = FarmOptions::new(2, vec![track()]);
    change(&mut options);
    Farm::start(options, Arc::new(SystemClock::new()))
        .await
        .expect("a farm on loopback")
}

struct Client {
    stream: TcpStream,
    base: String,
    cseq: u32,
}

impl Client {
    async fn connect(farm: &Farm) -> Self {
        let stream = TcpStream::connect(farm.addr()).await.expect("loopback");
        Self {
            stream,
            base: format!("rtsp://{}", farm.addr()),
            cseq: 0,
        }
    }

    /// Sends a request and returns the head of the answer; interleaved data before it is skipped.
    async fn ask(&mut self, method: &str, path: &str, headers: &str) -> String {
        self.cseq += 1;
        let request = format!(
            "{method} {}{path} RTSP/1.0\r\nCSeq: {}\r\n{headers}\r\n",
            self.base, self.cseq
        );
        self.stream.write_all(request.as_bytes()).await.expect("open");
        timeout(PATIENCE, self.head()).await.expect("an answer in time")
    }

    async fn head(&mut self) -> String {
        loop {
            match self.stream.read_u8().await.expect("open") {
                b'$' => drop(self.interleaved().await),
                first => {
                    let mut head = vec![first];
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(self.stream.read_u8().await.expect("open"));
                    }
                    return String::from_utf8(head).expect("text");
                }
            }
        }
    }

    /// An interleaved frame after its `$`: channel and payload.
    async fn interleaved(&mut self) -> (u8, Vec<u8>) {
        let channel = self.stream.read_u8().await.expect("open");
        let mut payload = vec![0; self.stream.read_u16().await.expect("open") as usize];
        self.stream.read_exact(&mut payload).await.expect("open");
        (channel, payload)
    }
}

fn session_of(answer: &str) -> String {
    let line = answer
        .lines()
        .find_map(|l| l.strip_prefix("Session: "))
        .expect("a session");
    format!("Session: {}\r\n", line.split(';').next().expect("an id"))
}

const TCP: &str = "Transport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n";
const UDP: &str = "Transport: RTP/AVP;unicast;client_port=40000-40001\r\n";
const TRACK: &str = "/camera-0001/trackID=0";

#[tokio::test]
async fn statuses_are_those_of_rfc_2326() {
    let any = farm(|_| {}).await;
    let tcp_only = farm(|o| o.transports = Transports::TcpOnly).await;
    let udp_only = farm(|o| o.transports = Transports::UdpOnly).await;
    let locked = farm(|o| o.account = Some(Account::new("u", "p", Challenges::Both))).await;
    let both = "Transport: RTP/AVP;unicast;client_port=40000-40001,RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
    let rows: [(&Farm, &str, &str, &str, &str); 18] = [
        (&any, "OPTIONS", "/camera-0001", "", "200 OK"),
        (&any, "OPTIONS", "/", "", "200 OK"),
        (
            &any,
            "DESCRIBE",
            "/camera-0002",
            "",
            "a=fmtp:96 packetization-mode=1",
        ),
        (&any, "DESCRIBE", "/camera-0003", "", "404 "),
        (&any, "DESCRIBE", "/camera-0000", "", "404 "),
        (&any, "DESCRIBE", "/nothing", "", "404 "),
        (&any, "ANNOUNCE", "/camera-0001", "", "405 "),
        (&any, "PLAY", "/camera-0001", "", "454 "),
        (&any, "PLAY", "/camera-0001", "Session: 00\r\n", "454 "),
        (&any, "SETUP", TRACK, TCP, "interleaved=4-5"),
        (&any, "SETUP", TRACK, UDP, "client_port=40000-40001;server_port="),
        (
            &any,
            "SETUP",
            TRACK,
            "Transport: RTP/AVP;multicast;client_port=4-5\r\n",
            "461 ",
        ),
        (
            &any,
            "SETUP",
            TRACK,
            "Transport: RTP/AVP/TCP;interleaved=999-1000\r\n",
            "461 ",
        ),
        (&tcp_only, "SETUP", TRACK, UDP, "461 "),
        (&tcp_only, "SETUP", TRACK, both, "interleaved=0-1"),
        (&udp_only, "SETUP", TRACK, TCP, "461 "),
        (&locked, "DESCRIBE", "/camera-0001", "", "401 "),
        (
            &locked,
            "DESCRIBE",
            "/camera-0001",
            "Authorization: Basic dTpw\r\n",
            "200 OK",
        ),
    ];
    for (farm, method, path, headers, want) in rows {
        let mut client = Client::connect(farm).await;
        let mut answer = client.ask(method, path, headers).await;
        if let Some(length) = answer.lines().find_map(|l| l.strip_prefix("Content-Length: ")) {
            let mut body = vec![0; length.parse().expect("a number")];
            client.stream.read_exact(&mut body).await.expect("a body");
            answer += &String::from_utf8(body).expect("text");
        }
        assert!(answer.contains(want), "{method} {path} {headers:?}: {answer}");
        assert!(answer.contains("CSeq: 1\r\n"), "{answer}");
    }
    assert_eq!(locked.stats().refused_auth, 1);
}

#[tokio::test]
async fn a_session_plays_with_sequence_timestamps_reports_and_ends() {
    let farm = farm(|_| {}).await;
    let mut client = Client::connect(&farm).await;
    let setup = client.ask("SETUP", TRACK, TCP).await;
    let session = session_of(&setup);
    let again = client.ask("SETUP", TRACK, &format!("{TCP}{session}")).await;
    assert!(again.contains("455 "), "one session a connection: {again}");
    let play = client.ask("PLAY", "/camera-0001", &session).await;
    assert!(play.contains("200 OK"), "{play}");
    let seq = play
        .split("seq=")
        .nth(1)
        .and_then(|s| s.lines().next()?.parse::<u16>().ok());

    // Two loops of ten pictures, twelve packets each: numbers without a gap, timestamps 0.1 s apart
    // across the seam.
    let (mut packets, mut reports) = (Vec::new(), 0);
    while packets.len() < 24 {
        assert_eq!(
            timeout(PATIENCE, client.stream.read_u8())
                .await
                .expect("in time")
                .expect("open"),
            b'$'
        );
        let (channel, payload) = client.interleaved().await;
        match channel {
            4 => packets.push(payload),
            5 => {
                assert_eq!(payload[..2], [0x80, 200], "a sender report");
                reports += 1;
            }
            other => panic!("channel {other}"),
        }
    }
    let word = |p: &[u8], at: usize| u32::from_be_bytes([p[at], p[at + 1], p[at + 2], p[at + 3]]);
    assert_eq!(
        Some(u16::from_be_bytes([packets[0][2], packets[0][3]])),
        seq,
        "RTP-Info tells the first number"
    );
    for pair in packets.windows(2) {
        let number = |p: &[u8]| u16::from_be_bytes([p[2], p[3]]);
        assert_eq!(number(&pair[1]), number(&pair[0]).wrapping_add(1));
        let step = word(&pair[1], 4).wrapping_sub(word(&pair[0], 4));
        let marker = pair[0][1] >> 7;
        assert_eq!((marker, step), if marker == 1 { (1, 9000) } else { (0, 0) });
        assert_eq!(word(&pair[0], 8), word(&pair[1], 8), "one SSRC");
    }
    assert!(reports >= 1, "a report at the start");

    let end = client.ask("TEARDOWN", "/camera-0001", &session).await;
    assert!(end.contains("200 OK"), "{end}");
    let gone = client.ask("PLAY", "/camera-0001", &session).await;
    assert!(gone.contains("454 "), "{gone}");
    assert_eq!(farm.stats().playing, 0);
    assert_eq!(farm.stats().accepted, 1);
}

#[tokio::test]
async fn udp_comes_from_the_announced_ports() {
    let farm = farm(|_| {}).await;
    let (rtp, rtcp) = (
        UdpSocket::bind("127.0.0.1:0").await,
        UdpSocket::bind("127.0.0.1:0").await,
    );
    let (rtp, rtcp) = (rtp.expect("loopback"), rtcp.expect("loopback"));
    let port = |s: &UdpSocket| s.local_addr().expect("bound").port();
    let mut client = Client::connect(&farm).await;
    let transport = format!(
        "Transport: RTP/AVP/UDP;unicast;client_port={}-{}\r\n",
        port(&rtp),
        port(&rtcp)
    );
    let setup = client.ask("SETUP", TRACK, &transport).await;
    client.ask("PLAY", "/camera-0001", &session_of(&setup)).await;
    let mut packet = [0; 2048];
    for (socket, kind) in [(&rtp, 96), (&rtcp, 200)] {
        let got = timeout(PATIENCE, socket.recv_from(&mut packet))
            .await
            .expect("in time");
        let (_, from) = got.expect("open");
        assert!(packet[1] == kind || packet[1] == kind | 0x80, "{}", packet[1]);
        assert!(setup.contains(&from.port().to_string()), "{from} in {setup}");
    }
}

#[tokio::test]
async fn what_is_no_request_or_too_many_connections_is_closed_and_counted() {
    let farm = farm(|o| o.connections_max = 1).await;
    let mut garbage = Client::connect(&farm).await;
    assert!(garbage.ask("OPTIONS", "/", "").await.contains("200 OK"));
    let mut second = Client::connect(&farm).await;
    let closed = timeout(PATIENCE, second.stream.read(&mut [0; 16]))
        .await
        .expect("in time");
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    garbage.stream.write_all(&vec![b'x'; 200 << 10]).await.ok();
    let closed = timeout(PATIENCE, garbage.stream.read(&mut [0; 16]))
        .await
        .expect("in time");
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    let stats = farm.stats();
    assert_eq!((stats.refused_full, stats.dropped_malformed), (1, 1), "{stats:?}");
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_counted() {
    let farm = farm(|o| o.idle = Duration::from_millis(100)).await;
    let mut client = Client::connect(&farm).await;
    let closed = timeout(PATIENCE, client.stream.read(&mut [0; 16]))
        .await
        .expect("in time");
    assert!(matches!(closed, Ok(0)), "{closed:?}");
    assert_eq!(farm.stats().dropped_idle, 1);
}
