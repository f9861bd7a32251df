//! Cameras whose URL is asked for before each session: a scripted HTTP endpoint and a scripted camera on loopback.

#![allow(clippy::expect_used, reason = "a test program: helpers fail the test")]

mod support;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curbwatch_ingest::{Bounds, Event, Options, Source, UrlProvider};
use curbwatch_types::{CameraId, Secret};
use support::{Act, Camera, failures, idr, inter, pictures, quick, receive, states};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What no output may hold.
const SENTINEL: &str = "S3ntinel-4711";

/// An HTTP endpoint; what it was asked, request by request.
struct Platform {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Platform {
    /// Answers the n-th request, from 0, with the bytes of `script`.
    async fn new(script: impl Fn(usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            for n in 0.. {
                let Ok((mut stream, _)) = listener.accept().await else {
                    return;
                };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|n| n > 0) {}
                log.lock()
                    .expect("no panic")
                    .push(String::from_utf8_lossy(&head).into_owned());
                // A client that has read enough hangs up.
                let _ = stream.write_all(&script(n)).await;
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }

    fn source(&self, pointer: Option<&str>) -> Source {
        let camera = CameraId::new("gate-2").expect("an id");
        let template = format!("http://{}/play?device={{id}}", self.address);
        let token = Secret::new(SENTINEL);
        let provider = UrlProvider::new(&camera, &template, pointer, Some(&token)).expect("an endpoint");
        let options = Options {
            bounds: Bounds {
                provider: Duration::from_millis(500),
                ..Bounds::default()
            },
            ..quick()
        };
        Source::asked(camera, provider, None, options)
    }
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_session_asks_for_a_url_of_its_own() {
    let picture = pictures(1, &[idr(1), inter(2)]);
    let camera = Camera::new(move |asked| match asked.method.as_str() {
        "DESCRIBE" if asked.header("Authorization").is_none() => {
            Act::Say(asked.answer("401 Unauthorized", &["WWW-Authenticate: Basic realm=\"c\""], ""))
        }
        "PLAY" => Act::SayAndClose(asked.well(&picture)),
        _ => Act::Say(asked.well(&[])),
    })
    .await;
    let port = camera.port;
    let platform = Platform::new(move |n| {
        ok(&format!(
            r#"{{"code":0,"data":{{"rtsp":"rtsp://viewer:{SENTINEL}@127.0.0.1:{port}/open/{SENTINEL}-{n}?key={SENTINEL}"}}}}"#
        ))
    })
    .await;
    let source = platform.source(Some("/data/rtsp"));
    let events = receive(&source, |events| failures(events).len() >= 3).await;
    assert!(
        failures(&events).iter().all(|kind| *kind == "closed"),
        "{events:?}"
    );

    let asked = platform.asked();
    assert!(
        asked[0].starts_with("GET /play?device=gate-2 HTTP/1.1\r\n"),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains(&format!("Bearer {SENTINEL}")));
    // Each URL was used for one session, and was used with the password that came in it.
    let played: Vec<String> = camera
        .asked()
        .iter()
        .filter(|a| a.method == "PLAY")
        .map(|a| a.head.lines().next().unwrap_or_default().to_owned())
        .collect();
    for (n, line) in played.iter().enumerate() {
        assert!(line.contains(&format!("/open/{SENTINEL}-{n}?key=")), "{line}");
        assert!(!line.contains('@'), "{line}");
    }
    assert!(played.len() >= 3 && asked.len() >= played.len());
    assert!(camera.asked().iter().any(|a| a.header("Authorization").is_some()));
    let said = format!("{events:?}{source:?}{}", source.shown());
    assert!(!said.contains(SENTINEL), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_url_is_asked_for_again_and_not_tried_twice() {
    let camera = Camera::new(|asked| match asked.method.as_str() {
        // Only the third token is good.
        "DESCRIBE" if !asked.head.contains("token=2") => Act::Say(asked.answer("403 Forbidden", &[], "")),
        _ => Act::Say(asked.well(&pictures(1, &[idr(1), inter(2), idr(3), inter(4)]))),
    })
    .await;
    let port = camera.port;
    let platform = Platform::new(move |n| ok(&format!("rtsp://127.0.0.1:{port}/live?token={n}\n"))).await;
    let events = receive(&platform.source(None), |events| {
        !support::units(events).is_empty()
    })
    .await;
    assert_eq!(failures(&events), ["auth", "auth"]);
    let described = camera.asked();
    let described = described.iter().filter(|a| a.method == "DESCRIBE");
    assert_eq!(described.count(), 3, "no URL twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_that_do_not_say_it() {
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&elsewhere);
    let other = Platform::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        ok("rtsp://127.0.0.1:1/")
    })
    .await;
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/{SENTINEL}\r\nContent-Length: 0\r\n\r\n",
        other.address
    );
    let status = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let endless = {
        let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        bytes.resize(1 << 20, b'a');
        bytes
    };
    let head = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &vec![b'a'; 100_000]].concat();
    let unfinished = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nrtsp://127.0.0.1/".to_vec();
    let redirect_word = "set the final address";
    // (answer, the failure's kind, a word of it)
    let rows: Vec<(Vec<u8>, &str, &str)> = vec![
        (status("404 Not Found"), "provider", "answered 404"),
        (status("401 Unauthorized"), "provider", "check the token"),
        (status("500 Oops"), "provider", "answered 500"),
        (moved.into_bytes(), "provider", redirect_word),
        (endless, "provider", "answered more than 65536 bytes"),
        (head, "provider", "a head of more than"),
        (unfinished, "provider", "URL provider"),
        (b"RTSP/1.0 200 OK\r\n\r\n".to_vec(), "provider", "no HTTP"),
        (Vec::new(), "provider", "URL provider"),
        (
            ok(&format!("http://{SENTINEL}@h/")),
            "provider",
            "only rtsp is spoken",
        ),
        (
            ok(&format!("{SENTINEL} is not in")),
            "provider",
            "more than one line",
        ),
        (ok("rtsp://169.254.169.254/latest"), "address", "link-local"),
        (ok("rtsp://[fd00:ec2::254]/"), "address", "metadata"),
        (ok("rtsp://224.0.0.1/"), "address", "no single host"),
    ];
    for (answer, kind, word) in rows {
        let platform = Platform::new(move |_| answer.clone()).await;
        let events = receive(&platform.source(None), |events| !failures(events).is_empty()).await;
        assert_eq!(failures(&events), [kind], "{word}");
        let said = events.iter().find_map(|event| match event {
            Event::Failed(error) => Some(error.to_string()),
            _ => None,
        });
        let said = said.expect("a failure");
        assert!(said.contains(word), "{said}");
        assert!(!format!("{events:?}").contains(SENTINEL), "{events:?}");
        let state = if kind == "address" {
            "refused"
        } else {
            "connecting"
        };
        assert_eq!(states(&events).last().copied(), Some(state), "{word}");
    }
    assert_eq!(elsewhere.load(Ordering::Relaxed), 0, "no redirect was followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_platform_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let platform = Platform {
        address: silent.local_addr().expect("an address"),
        asked: Arc::default(),
    };
    let events = receive(&platform.source(None), |events| failures(events).len() >= 2).await;
    assert_eq!(failures(&events), ["provider", "provider"]);
    assert!(
        format!("{events:?}").contains("no whole answer within 0.5 s"),
        "{events:?}"
    );
}
