//! Sessions with cameras as they really are: scripted peers on loopback, named after what they do.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use curbwatch_ingest::{AddressPolicy, Event, Mode, ModeSwitch, Options, Transport};
use curbwatch_types::{CameraState, DropReason, Taint};
use support::{
    Act, Asked, Camera, PPS, SPS, SSRC, START, failures, framed, idr, inter, key_bytes, pictures, quick,
    receive, rtp, secret_source, source, sps, states, units,
};

/// Two keyframes, three others, and one packet of the next picture, so that all five are finished.
fn show() -> Vec<u8> {
    pictures(1, &[idr(1), inter(2), inter(3), idr(4), inter(5), inter(6)])
}

fn two_units(events: &[Event]) -> bool {
    units(events).len() >= 2
}

#[tokio::test]
async fn a_well_behaved_camera() {
    let camera = Camera::new(|asked| Act::Say(asked.well(&show()))).await;
    let events = receive(&source(&camera.url(), quick()), two_units).await;
    let got = units(&events);
    assert_eq!(
        [&got[0].bytes[..], &got[1].bytes[..]],
        [&key_bytes(1)[..], &key_bytes(4)[..]]
    );
    assert_eq!(got[1].media_time.0 - got[0].media_time.0, 3 * 3600);
    assert!(
        got.iter()
            .all(|u| u.keyframe && u.taint == Taint::Clean && u.epoch == got[0].epoch)
    );
    assert_eq!(states(&events), ["connecting", "live"]);
    assert_eq!(
        camera.methods(0),
        ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]
    );
}

#[tokio::test]
async fn every_picture_in_all_frames_mode() {
    let camera = Camera::new(|asked| Act::Say(asked.well(&show()))).await;
    let options = Options {
        mode: Mode::AllFrames,
        ..quick()
    };
    let events = receive(&source(&camera.url(), options), |e| units(e).len() >= 5).await;
    let keys: Vec<_> = units(&events).iter().map(|u| u.keyframe).collect();
    assert_eq!(keys[..5], [true, false, false, true, false]);
    assert_eq!(
        &units(&events)[1].bytes[..],
        [&[0, 0, 0, 1], &inter(2)[..]].concat()
    );
}

#[tokio::test]
async fn the_control_urls_and_the_session_are_used() {
    let camera = Camera::new(|asked| Act::Say(asked.well(&show()))).await;
    receive(&source(&camera.url(), quick()), two_units).await;
    let asked = camera.asked();
    let find = |method: &str| asked.iter().find(|a| a.method == method).unwrap();
    assert!(
        find("SETUP")
            .head
            .starts_with(&format!("SETUP {}/track1 RTSP/1.0", camera.url()))
    );
    assert_eq!(find("PLAY").header("Session"), Some("77"));
    assert_eq!(find("TEARDOWN").header("Session"), Some("77"));
}

const DIGEST: &str = "WWW-Authenticate: Digest realm=\"c\", nonce=\"one\", qop=\"auth\"";

/// Answers with a challenge until an answer to `nonce` comes.
fn guarded(asked: &Asked, nonce: &str, play: &[u8]) -> Act {
    if asked
        .header("Authorization")
        .is_some_and(|a| a.contains(&format!("nonce=\"{nonce}\"")))
    {
        return Act::Say(asked.well(play));
    }
    Act::Say(asked.answer(
        "401 Unauthorized",
        &[
            "WWW-Authenticate: Basic realm=\"c\"",
            &DIGEST.replace("one", nonce),
        ],
        "",
    ))
}

#[tokio::test]
async fn a_nonce_that_changes_on_keepalive_costs_no_reconnect() {
    let changed = AtomicBool::new(false);
    let camera = Camera::new(move |asked| {
        if asked.method == "GET_PARAMETER" {
            changed.store(true, Ordering::SeqCst);
        }
        guarded(
            asked,
            if changed.load(Ordering::SeqCst) {
                "two"
            } else {
                "one"
            },
            &show(),
        )
    })
    .await;
    let mut ticks = 0;
    let options = Options {
        bounds: curbwatch_ingest::Bounds::default(),
        ..quick()
    };
    let events = receive(&secret_source(&camera.url(), options), |e| {
        // Counts are told once a second: late enough for keepalives at every second.
        ticks += u32::from(matches!(e.last(), Some(Event::Received { .. })));
        ticks >= 3 && two_units(e)
    })
    .await;
    assert!(failures(&events).is_empty(), "{events:?}");
    let keepalives: Vec<_> = camera
        .asked()
        .into_iter()
        .filter(|a| a.method == "GET_PARAMETER")
        .collect();
    assert!(
        keepalives
            .iter()
            .any(|a| a.header("Authorization").unwrap().contains("two")),
        "{keepalives:?}"
    );
    assert!(camera.asked().iter().all(|a| a.connection == 0));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let camera = Camera::new(|asked| Act::Say(asked.answer("401 Unauthorized", &[DIGEST], ""))).await;
    let events = receive(&secret_source(&camera.url(), quick()), |e| {
        !failures(e).is_empty()
    })
    .await;
    assert_eq!(failures(&events), ["auth"]);
    assert_eq!(states(&events), ["connecting", "refused"]);
    assert_eq!(camera.asked().len(), 2, "once without, once with the password");
    assert!(!format!("{events:?}").contains("geheim"));
}

#[tokio::test]
async fn a_camera_that_refuses_tcp_is_asked_by_udp_ever_after() {
    let camera = Camera::new(|asked| {
        if asked.method != "SETUP" {
            // The first session ends after PLAY.
            let say = asked.well(&[]);
            return if asked.method == "PLAY" {
                Act::SayAndClose(say)
            } else {
                Act::Say(say)
            };
        }
        let transport = asked.header("Transport").unwrap_or_default();
        if transport.contains("TCP") {
            return Act::Say(asked.answer("461 Unsupported Transport", &[], ""));
        }
        let line = format!("Transport: {transport};server_port=6970-6971");
        Act::Say(asked.answer("200 OK", &[&line, "Session: 5"], ""))
    })
    .await;
    let events = receive(&source(&camera.url(), quick()), |e| failures(e).len() >= 2).await;
    let connected: Vec<_> = events
        .iter()
        .filter_map(|e| {
            if let Event::Connected { transport, .. } = e {
                Some(*transport)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(connected, [Transport::Udp, Transport::Udp]);
    let setups = |c| camera.methods(c).iter().filter(|m| *m == "SETUP").count();
    assert_eq!((setups(0), setups(1)), (2, 1), "remembered");
}

#[tokio::test]
async fn pictures_by_datagram_in_any_order() {
    let camera = Camera::new(|asked| {
        if asked.method != "SETUP" {
            return Act::Say(asked.well(&[]));
        }
        let transport = asked.header("Transport").unwrap_or_default().to_owned();
        let ports = transport.rsplit_once("client_port=").unwrap().1;
        let port: u16 = ports.split('-').next().unwrap().parse().unwrap();
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        // Before the answer to PLAY, and out of order.
        for n in [1u16, 3, 2, 4, 5] {
            let nal = if n == 2 { idr(2) } else { inter(n as u8) };
            socket
                .send_to(
                    &rtp(SSRC, n, u32::from(n) * 3600, true, &nal),
                    ("127.0.0.1", port),
                )
                .unwrap();
        }
        Act::Say(asked.answer(
            "200 OK",
            &[&format!("Transport: {transport};server_port=6970"), "Session: 5"],
            "",
        ))
    })
    .await;
    let options = Options {
        transport: Transport::Udp,
        ..quick()
    };
    let events = receive(&source(&camera.url(), options), |e| !units(e).is_empty()).await;
    assert_eq!(&units(&events)[0].bytes[..], key_bytes(2));
    assert_eq!(units(&events)[0].taint, Taint::Clean);
}

#[tokio::test]
async fn credentials_do_not_travel_to_another_host() {
    let other = Camera::new(|asked| guarded(asked, "x", &show())).await;
    let to = format!("Location: rtsp://localhost:{}/live", other.port);
    let camera = Camera::new(move |asked| Act::Say(asked.answer("302 Moved", &[&to], ""))).await;
    let events = receive(&secret_source(&camera.url(), quick()), |e| {
        !failures(e).is_empty()
    })
    .await;
    assert_eq!(failures(&events), ["auth"]);
    assert!(
        matches!(&events[1], Event::Redirected { to } if to.contains("localhost")),
        "{events:?}"
    );
    assert!(other.asked().iter().all(|a| a.header("Authorization").is_none()));

    // The same host on another port is asked with them.
    let to = format!("Location: rtsp://127.0.0.1:{}/live", other.port);
    let camera = Camera::new(move |asked| Act::Say(asked.answer("302 Moved", &[&to], ""))).await;
    let events = receive(&secret_source(&camera.url(), quick()), two_units).await;
    assert!(failures(&events).is_empty(), "{events:?}");
}

#[tokio::test]
async fn redirects_that_lead_nowhere_good() {
    for (location, kind) in [
        ("rtsp://127.0.0.1:PORT/live", "redirect"),
        ("rtsp://169.254.169.254/latest", "address"),
        ("http://127.0.0.1/x", "redirect"),
        ("rtsp://no-such-host.invalid/", "dns"),
    ] {
        let own = std::sync::Arc::new(std::sync::OnceLock::<u16>::new());
        let port = std::sync::Arc::clone(&own);
        let camera = Camera::new(move |asked| {
            let to = location.replace("PORT", &port.get().copied().unwrap_or(0).to_string());
            Act::Say(asked.answer("301 Moved", &[&format!("Location: {to}")], ""))
        })
        .await;
        own.set(camera.port).unwrap();
        let events = receive(&source(&camera.url(), quick()), |e| !failures(e).is_empty()).await;
        assert_eq!(failures(&events), [kind], "{location}");
    }
}

#[tokio::test]
async fn answers_that_mean_not_now() {
    for (status, lines, kind, state) in [
        ("404 Not Found", &[][..], "not_found", "refused"),
        ("453 Not Enough Bandwidth", &[][..], "busy", "connecting"),
        (
            "503 Service Unavailable",
            &["Retry-After: 7"][..],
            "busy",
            "connecting",
        ),
        ("403 Forbidden", &[][..], "auth", "refused"),
    ] {
        let camera = Camera::new(move |asked| match asked.method.as_str() {
            "DESCRIBE" => Act::Say(asked.answer(status, lines, "")),
            _ => Act::Say(asked.well(&[])),
        })
        .await;
        let events = receive(&source(&camera.url(), quick()), |e| !failures(e).is_empty()).await;
        assert_eq!(
            (failures(&events), states(&events).last().copied()),
            (vec![kind], Some(state)),
            "{status}"
        );
        if let (Some(Event::Failed(error)), "503") = (events.last(), &status[..3]) {
            assert_eq!(
                error.retry(),
                curbwatch_ingest::Retry::After(std::time::Duration::from_secs(7))
            );
        }
    }
}

#[tokio::test]
async fn a_lost_session_is_replaced_at_once() {
    let camera = Camera::new(|asked| match (asked.method.as_str(), asked.connection) {
        ("GET_PARAMETER", 0) => Act::Say(asked.answer("454 Session Not Found", &[], "")),
        _ => Act::Say(asked.well(&show())),
    })
    .await;
    // A back-off of a minute would not do.
    let mut options = quick();
    options.backoff.first = std::time::Duration::from_secs(60);
    options.backoff.max = std::time::Duration::from_secs(60);
    let events = receive(&source(&camera.url(), options), |e| units(e).len() >= 4).await;
    assert_eq!(failures(&events), ["session"]);
    let epochs: Vec<_> = units(&events).iter().map(|u| u.epoch.0).collect();
    assert!(epochs[0] == epochs[1] && epochs[2] > epochs[1], "{epochs:?}");
}

#[tokio::test]
async fn frames_before_the_answer_to_play_and_a_changing_session() {
    let camera = Camera::new(|asked| match asked.method.as_str() {
        "PLAY" => Act::Say([show(), asked.answer("200 OK", &["Session: 78"], "")].concat()),
        _ => Act::Say(asked.well(&[])),
    })
    .await;
    let events = receive(&source(&camera.url(), quick()), two_units).await;
    assert_eq!(&units(&events)[0].bytes[..], key_bytes(1));
    assert!(camera.heard("TEARDOWN").await);
    let asked = camera.asked();
    assert_eq!(
        asked
            .iter()
            .find(|a| a.method == "TEARDOWN")
            .unwrap()
            .header("Session"),
        Some("78")
    );
}

fn dropped(events: &[Event], wanted: DropReason) -> u64 {
    events
        .iter()
        .filter_map(|e| match e {
            Event::Dropped { reason, count } if *reason == wanted => Some(*count),
            _ => None,
        })
        .sum()
}

#[tokio::test]
async fn another_cameras_packets_are_dropped_and_counted() {
    let foreign = framed(0, &rtp(SSRC + 1, 500, 9, true, &idr(99)));
    let play = [
        pictures(1, &[idr(1)]),
        foreign.clone(),
        framed(7, &[0x80, 8]),
        pictures(2, &[idr(2), inter(3)]),
    ]
    .concat();
    let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
    let events = receive(&source(&camera.url(), quick()), |e| {
        dropped(e, DropReason::Foreign) >= 2
    })
    .await;
    assert_eq!(
        units(&events)
            .iter()
            .map(|u| u.bytes.to_vec())
            .collect::<Vec<_>>(),
        [key_bytes(1), key_bytes(2)]
    );
    assert_eq!(dropped(&events, DropReason::Foreign), 2);
    assert!(units(&events).iter().all(|u| u.taint == Taint::Clean));
}

#[tokio::test]
async fn garbage_between_frames_is_passed_over_within_its_budget() {
    let play = [
        pictures(1, &[idr(1)]),
        vec![0xee; 5000],
        pictures(2, &[idr(2), inter(3)]),
    ]
    .concat();
    let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
    let events = receive(&source(&camera.url(), quick()), two_units).await;
    assert_eq!(&units(&events)[1].bytes[..], key_bytes(2));

    let play = [pictures(1, &[idr(1)]), vec![0xee; 70 << 10]].concat();
    let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
    let events = receive(&source(&camera.url(), quick()), |e| !failures(e).is_empty()).await;
    assert_eq!(failures(&events), ["bound"]);
    assert!(camera.heard("TEARDOWN").await, "also on this way out");
}

#[tokio::test]
async fn a_gap_taints_what_it_touched_until_the_next_clean_key() {
    // Sequence 3 is missing: its picture, and all until the next key.
    let play = [
        pictures(1, &[idr(1), inter(2)]),
        pictures(4, &[inter(4), inter(5), idr(6), inter(7), inter(8)]),
    ];
    let play = play.concat();
    let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
    let options = Options {
        mode: Mode::AllFrames,
        ..quick()
    };
    let events = receive(&source(&camera.url(), options), |e| units(e).len() >= 6).await;
    let taints: Vec<_> = units(&events).iter().map(|u| u.taint).collect();
    let (clean, loss) = (Taint::Clean, Taint::Loss);
    assert_eq!(taints[..6], [clean, clean, loss, loss, clean, clean]);
    assert_eq!(states(&events), ["connecting", "live"], "told once per read");

    let play = [
        pictures(1, &[idr(1), inter(2)]),
        pictures(4, &[inter(4), inter(5)]),
    ]
    .concat();
    let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
    let options = Options {
        mode: Mode::AllFrames,
        ..quick()
    };
    let events = receive(&source(&camera.url(), options), |e| {
        states(e).contains(&"tainted")
    })
    .await;
    assert_eq!(units(&events).last().map(|u| u.taint), Some(loss));
}

#[tokio::test]
async fn a_half_open_connection_is_noticed() {
    let camera = Camera::new(|asked| match asked.method.as_str() {
        "GET_PARAMETER" => Act::Say(Vec::new()),
        _ => Act::Say(asked.well(&show())),
    })
    .await;
    let events = receive(&source(&camera.url(), quick()), |e| units(e).len() >= 4).await;
    assert_eq!(failures(&events), ["silent"]);
    assert!(states(&events).contains(&CameraState::Stalled.name()));
}

#[tokio::test]
async fn what_is_no_camera_says_so() {
    for (say, kind) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "closed"),
        (b"", "closed"),
        (
            b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: x\r\n\r\n",
            "protocol",
        ),
    ] {
        let camera = Camera::new(move |_| Act::SayAndClose(say.to_vec())).await;
        let events = receive(&source(&camera.url(), quick()), |e| !failures(e).is_empty()).await;
        assert_eq!(failures(&events), [kind], "{say:?}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let events = receive(&source(&format!("rtsp://{nobody}/"), quick()), |e| {
        !failures(e).is_empty()
    })
    .await;
    assert_eq!(failures(&events), ["connect"]);
}

#[tokio::test]
async fn pictures_too_large_to_decode_are_never_handed_on() {
    // Good, 16384x16384, good again: the picture in the middle has the same parameter set id.
    let nals = [idr(1), sps(1024, 1024), idr(2), sps(20, 15), idr(3), inter(4)];
    let stamps = [1, 2, 2, 3, 3, 4];
    for mode in [Mode::Keyframes, Mode::AllFrames] {
        let play: Vec<u8> = (1..)
            .zip(nals.iter().zip(stamps))
            .flat_map(|(n, (nal, stamp))| framed(0, &rtp(SSRC, n, stamp * 3600, true, nal)))
            .collect();
        let camera = Camera::new(move |asked| Act::Say(asked.well(&play))).await;
        let options = Options { mode, ..quick() };
        let mut dropped = std::collections::BTreeMap::new();
        let events = receive(&source(&camera.url(), options), |events| {
            if let Some(Event::Dropped { reason, count }) = events.last() {
                *dropped.entry(reason.name()).or_insert(0) += count;
            }
            units(events).len() >= 2 && dropped.len() >= 2
        })
        .await;
        let marks: Vec<u8> = units(&events)
            .iter()
            .map(|u| u.bytes[u.bytes.len() - 3])
            .collect();
        assert_eq!(marks[..2], [1, 3], "{mode:?}");
        let counted = [("over_bound", 1), ("undecodable", 1)];
        assert_eq!(dropped.into_iter().collect::<Vec<_>>(), counted, "{mode:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_unless_allowed() {
    let camera = Camera::new(|asked| Act::Say(asked.well(&show()))).await;
    let url = format!("rtsp://0x7f.1:{}/live", camera.port);
    let events = receive(&source(&url, quick()), |e| !failures(e).is_empty()).await;
    assert_eq!(failures(&events), ["address"], "{events:?}");
    let allowed = Options {
        addresses: AddressPolicy {
            loopback: true,
            ..AddressPolicy::default()
        },
        ..quick()
    };
    let events = receive(&source(&url, allowed), two_units).await;
    assert!(failures(&events).is_empty(), "{events:?}");
}

#[tokio::test]
async fn the_owner_changes_his_mind_in_mid_session() {
    let played = pictures(
        1,
        &[
            idr(1),
            inter(2),
            inter(3),
            inter(4),
            idr(5),
            inter(6),
            inter(7),
            idr(8),
            inter(9),
        ],
    );
    let camera = Camera::new(move |asked| Act::Say(asked.well(&played))).await;
    let switch = ModeSwitch::default();
    let options = Options {
        switch: Some(switch.clone()),
        ..quick()
    };
    let events = receive(&source(&camera.url(), options), |e| {
        match (units(e).len(), e.last()) {
            (1 | 4, Some(Event::Unit(_))) => switch.set(Mode::AllFrames),
            (6, Some(Event::Unit(_))) => switch.set(Mode::Keyframes),
            _ => {}
        }
        units(e).len() >= 7
    })
    .await;
    let got: Vec<_> = units(&events)
        .iter()
        .map(|unit| (unit.keyframe, unit.taint))
        .collect();
    let (key, clean) = ((true, Taint::Clean), (false, Taint::Clean));
    let joined = (false, Taint::NoRandomAccess);
    // The unit under way when the word came is still the old one's: the second is not there, the sixth is clean.
    assert_eq!(got, [key, joined, joined, key, clean, joined, key]);
    // What is joined is told the parameter sets, which stand in the description alone; once is enough.
    let sets = [START, SPS, START, PPS, START].concat();
    assert_eq!(&units(&events)[1].bytes[..], [&sets[..], &inter(3)].concat());
    assert_eq!(&units(&events)[2].bytes[4..], inter(4));
    assert!(failures(&events).is_empty(), "{events:?}");
}
