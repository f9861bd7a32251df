//! Hostile peers are refused within a second, and cost less than 4 MiB. Memory is measured by counting
//! what is allocated; one test alone, so that nothing else is counted.
#![expect(unsafe_code, reason = "a counting allocator is the measuring instrument")]
#![expect(clippy::print_stdout, reason = "it says what it measured")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use curbwatch_ingest::{Event, Mode, Options};
use curbwatch_types::{Clock, SystemClock};
use support::{Act, Asked, Camera, SSRC, failures, framed, inter, quick, receive, rtp, source};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grown(by: usize) {
    let now = NOW.fetch_add(by, Ordering::Relaxed) + by;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call goes to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if new_size > layout.size() {
            grown(new_size - layout.size());
        } else {
            NOW.fetch_sub(layout.size() - new_size, Ordering::Relaxed);
        }
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const GROWTH_MAX: usize = 4 << 20;

/// Fragments of one NAL unit, interleaved, with running sequence numbers. `header`: FU-A header.
fn fragments(from: u16, count: u16, header: u8) -> Vec<u8> {
    let body = [&[0x7c, header, 0x88, 0x80][..], &[0x55; 1400]].concat();
    (from..from + count)
        .flat_map(|n| framed(0, &rtp(SSRC, n, 3600, false, &body)))
        .collect()
}

/// Made before anything is measured: 5 MiB each, more than a NAL unit may have.
static KEY_FRAGMENTS: LazyLock<Vec<u8>> = LazyLock::new(|| fragments(2, 4000, 0x05));
static OTHER_FRAGMENTS: LazyLock<Vec<u8>> = LazyLock::new(|| fragments(2, 4000, 0x01));
static HEADERS: LazyLock<Vec<u8>> = LazyLock::new(|| b"X-More: and more\r\n".repeat(500));
static FOLDED: LazyLock<Vec<u8>> = LazyLock::new(|| b" y\r\n".repeat(9000));
static BLANK: LazyLock<Vec<u8>> = LazyLock::new(|| b"\r\n".repeat(9000));

/// 240 pictures a second for a minute, each of one small packet.
static PICTURES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (2..14_402u32)
        .flat_map(|n| framed(0, &rtp(SSRC, n as u16, n * 375, true, &inter(7))))
        .collect()
});
/// Slices of 60 kB, 32 to a picture, as fast as the wire takes them: far beyond 400 Mb/s.
static BITS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (2..258u16)
        .flat_map(|n| {
            // The first slice of a picture begins at macroblock 0, the others at 1.
            let head = if n % 32 == 0 { [0x41, 0x9a] } else { [0x41, 0x53] };
            let body = [&head[..], &[0x55; 60_000]].concat();
            framed(0, &rtp(SSRC, n, u32::from(n / 32) * 3600, n % 32 == 31, &body))
        })
        .collect()
});

type Script = fn(&Asked) -> Act;

fn hostile() -> Vec<(&'static str, Script, &'static str)> {
    vec![
        (
            "endless headers",
            |a| flood(a, "DESCRIBE", b"RTSP/1.0 200 OK\r\n".to_vec(), &HEADERS),
            "bound",
        ),
        (
            "an endless line",
            |a| flood(a, "DESCRIBE", b"RTSP/1.0 200 OK\r\nX: ".to_vec(), &[b'x'; 65_536]),
            "bound",
        ),
        (
            "an endless folded header",
            |a| flood(a, "DESCRIBE", b"RTSP/1.0 200 OK\r\nX: \r\n".to_vec(), &FOLDED),
            "bound",
        ),
        (
            "a huge Content-Length",
            |a| {
                flood(
                    a,
                    "DESCRIBE",
                    b"RTSP/1.0 200 OK\r\nContent-Length: 4000000000\r\n\r\n".to_vec(),
                    &[b'v'; 65_536],
                )
            },
            "bound",
        ),
        (
            "endless garbage",
            |a| flood(a, "DESCRIBE", Vec::new(), &[0xee; 65_536]),
            "bound",
        ),
        (
            "endless blank lines",
            |a| flood(a, "OPTIONS", Vec::new(), &BLANK),
            "bound",
        ),
        (
            "a fragment that never ends",
            |a| {
                flood(
                    a,
                    "PLAY",
                    [a.well(&[]), fragments(1, 1, 0x85)].concat(),
                    &KEY_FRAGMENTS,
                )
            },
            "bound",
        ),
        (
            "a fragment that never ends, of a picture nobody wants",
            |a| {
                flood(
                    a,
                    "PLAY",
                    [a.well(&[]), fragments(1, 1, 0x81)].concat(),
                    &OTHER_FRAGMENTS,
                )
            },
            "bound",
        ),
        (
            "a description of a thousand media",
            |a| {
                let sdp = format!(
                    "v=0\r\n{}",
                    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n".repeat(1000)
                );
                match a.method.as_str() {
                    "DESCRIBE" => Act::Say(a.answer("200 OK", &[], &sdp)),
                    _ => Act::Say(a.well(&[])),
                }
            },
            "bound",
        ),
        (
            "240 pictures a second",
            |a| flood(a, "PLAY", a.well(&[]), &PICTURES),
            "bound",
        ),
    ]
}

fn flood(asked: &Asked, at: &str, first: Vec<u8>, again: &'static [u8]) -> Act {
    if asked.method == at {
        Act::Flood(first, again)
    } else {
        Act::Say(asked.well(&[]))
    }
}

#[tokio::test]
async fn hostile_peers_are_refused_at_once_and_cost_little() {
    for made in [
        &KEY_FRAGMENTS,
        &OTHER_FRAGMENTS,
        &HEADERS,
        &FOLDED,
        &BLANK,
        &PICTURES,
        &BITS,
    ] {
        LazyLock::force(made);
    }
    for mode in [Mode::Keyframes, Mode::AllFrames] {
        for (name, script, kind) in hostile() {
            check(name, script, kind, mode, Duration::from_secs(1)).await;
        }
    }
    // A rate shows after so many bits only: 640 Mb at once are 64 Mb/s over ten seconds. In all-frames mode the
    // test itself would hold them.
    let bits: Script = |a| flood(a, "PLAY", a.well(&[]), &BITS);
    check(
        "400 Mb/s",
        bits,
        "bound",
        Mode::Keyframes,
        Duration::from_secs(10),
    )
    .await;
}

async fn check(name: &str, script: Script, kind: &str, mode: Mode, within: Duration) {
    let camera = Camera::new(script).await;
    let source = source(&camera.url(), Options { mode, ..quick() });
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let clock = SystemClock::default();
    let mut refused_after = Duration::MAX;
    let events = receive(&source, |events| {
        if failures(events).is_empty() {
            return false;
        }
        refused_after = refused_after.min(clock.monotonic().0);
        true
    })
    .await;
    let growth = PEAK.load(Ordering::Relaxed) - before;
    let why = events.iter().find_map(|e| {
        if let Event::Failed(e) = e {
            Some(e.to_string())
        } else {
            None
        }
    });
    println!(
        "{name} ({mode:?}): refused after {refused_after:?}, {} KiB: {}",
        growth >> 10,
        why.unwrap_or_default()
    );
    assert_eq!(failures(&events), [kind], "{name}");
    assert!(refused_after < within, "{name}: {refused_after:?}");
    assert!(growth < GROWTH_MAX, "{name}: grew by {growth} bytes");
}
