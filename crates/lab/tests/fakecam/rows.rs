//! The rows: quirk -> what must come of it.

use std::time::Duration;

use curbwatch_ingest::{Mode, Transport};
use curbwatch_lab::farm::Stats;
use curbwatch_lab::impair::Impairment;
use curbwatch_types::DropReason;

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Play {
    H264,
    H265,
    /// Two clips of different sizes.
    Two,
    /// Gradual refresh: one keyframe at the beginning, then a recovery point with each wave.
    Refresh,
    /// One GOP of two minutes.
    LongGop,
}

/// One or more quirks, and what must come of them. A row ends once everything wanted was seen.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) quirks: &'static str,
    /// The network between.
    pub(crate) network: Option<Impairment>,
    /// A platform hands out its URL, another one each time.
    pub(crate) platform: bool,
    pub(crate) play: Play,
    pub(crate) transport: Transport,
    pub(crate) mode: Mode,
    /// Silence that is a dead session, and the handshake's time, in seconds.
    pub(crate) silence_secs: u64,
    pub(crate) handshake_secs: u64,
    pub(crate) no_picture_secs: u64,
    /// Keyframes that must come, at least.
    pub(crate) keys: usize,
    /// Clean pictures that are no keyframes, at least.
    pub(crate) others: usize,
    /// Sessions that must stand, at least: 2 is one reconnect.
    pub(crate) sessions: usize,
    /// Failures, exactly these and in this order.
    pub(crate) failures: &'static [&'static str],
    /// States that must be told, among others.
    pub(crate) states: &'static [&'static str],
    /// What must be dropped, and nothing else but superfluous packets after a hitch.
    pub(crate) drops: &'static [DropReason],
    /// Epochs that pictures must come in, at least; without a reconnect 1 means exactly 1.
    pub(crate) epochs: usize,
    /// Some pictures are tainted. Those that are not must equal the reference either way.
    pub(crate) tainted: bool,
    /// The transport of the last session.
    pub(crate) over: Option<Transport>,
    /// What the camera must have counted.
    pub(crate) camera: fn(&Stats) -> bool,
}

/// A quirk that costs nothing: pictures flow, no failure, nothing dropped, one epoch.
fn unharmed(quirks: &'static str) -> Row {
    Row {
        quirks,
        network: None,
        platform: false,
        play: Play::H264,
        transport: Transport::Tcp,
        mode: Mode::Keyframes,
        silence_secs: 10,
        handshake_secs: 30,
        no_picture_secs: 30,
        keys: 6,
        others: 0,
        sessions: 1,
        failures: &[],
        states: &["live"],
        drops: &[],
        epochs: 1,
        tainted: false,
        over: None,
        camera: |_| true,
    }
}

/// A camera that refuses for good.
fn refused(quirks: &'static str, kind: &'static [&'static str], state: &'static [&'static str]) -> Row {
    Row {
        keys: 0,
        sessions: 0,
        epochs: 0,
        failures: kind,
        states: state,
        ..unharmed(quirks)
    }
}

/// A session that ends and another that stands.
fn renewed(quirks: &'static str, failures: &'static [&'static str]) -> Row {
    Row {
        sessions: 2,
        failures,
        epochs: 2,
        ..unharmed(quirks)
    }
}

/// A camera that is busy at first.
fn late(quirks: &'static str, failures: &'static [&'static str]) -> Row {
    Row {
        failures,
        ..unharmed(quirks)
    }
}

fn dropping(quirks: &'static str, drops: &'static [DropReason]) -> Row {
    Row {
        drops,
        ..unharmed(quirks)
    }
}

pub(crate) fn rows() -> Vec<Row> {
    [handshake(), packets(), bitstream(), networks()].concat()
}

fn handshake() -> Vec<Row> {
    vec![
        unharmed("basic-only"),
        unharmed("basic-first"),
        unharmed("digest-without-qop"),
        unharmed("digest-sha256"),
        // One refusal before the first answer, then at least three fresh nonces.
        Row {
            camera: |s| s.refused_auth >= 4,
            ..unharmed("nonce-on-keepalive")
        },
        Row {
            camera: |s| s.refused_auth >= 6,
            ..unharmed("nonce-on-every-request")
        },
        Row {
            camera: |s| s.refused_auth == 2,
            ..refused("refuses-password", &["auth"], &["refused"])
        },
        // The other host asks for the password it does not get.
        refused(
            "redirects-away,host=2 digest-without-qop",
            &["auth"],
            &["refused"],
        ),
        refused("redirects-in-a-circle", &["redirect"], &["connecting"]),
        refused("redirects-to-metadata", &["address"], &["refused"]),
        Row {
            over: Some(Transport::Udp),
            ..unharmed("udp-only")
        },
        Row {
            transport: Transport::Udp,
            over: Some(Transport::Tcp),
            ..unharmed("tcp-only")
        },
        Row {
            over: Some(Transport::Udp),
            ..renewed("udp-only hangs-up", &["closed"])
        },
        late("full", &["busy"]),
        late("full,times=3", &["busy", "busy", "busy"]),
        late("fails", &["busy"]),
        late("unavailable", &["busy"]),
        renewed("forgets-session", &["session"]),
        // Without a provider of URLs it can only be told.
        refused("url-expires", &["auth"], &["refused"]),
        Row {
            platform: true,
            sessions: 3,
            epochs: 3,
            ..renewed("url-expires hangs-up,times=2", &["closed", "closed"])
        },
        Row {
            platform: true,
            ..refused("redirects-to-metadata url-expires", &["address"], &["refused"])
        },
        unharmed("no-get-parameter"),
        unharmed("get-parameter-fails"),
        unharmed("wants-keepalive"),
        unharmed("asks-back"),
        unharmed("no-content-base"),
        unharmed("control-absolute"),
        unharmed("control-without-scheme"),
        unharmed("control-host-path"),
        unharmed("base-with-query"),
        unharmed("folds-headers"),
        unharmed("odd-case"),
        unharmed("bare-line-feeds"),
        unharmed("no-reason"),
        unharmed("continues-first"),
        unharmed("no-origin"),
        unharmed("audio-first"),
        unharmed("session-changes"),
        unharmed("early-rtp"),
        Row {
            handshake_secs: 3,
            ..late("mute", &["timeout"])
        },
        renewed("hangs-up", &["closed"]),
        // Several at once.
        unharmed(
            "basic-first folds-headers odd-case bare-line-feeds no-reason continues-first no-content-base",
        ),
        unharmed("nonce-on-every-request session-changes early-rtp asks-back sprop-missing marker-always"),
    ]
}

fn packets() -> Vec<Row> {
    use DropReason::{Foreign, Malformed, PacketLoss};
    vec![
        Row {
            tainted: true,
            keys: 12,
            ..dropping("loses,rate=0.2", &[PacketLoss])
        },
        Row {
            tainted: true,
            keys: 12,
            mode: Mode::AllFrames,
            states: &["live", "tainted"],
            ..dropping("loses,rate=0.05", &[PacketLoss])
        },
        Row {
            tainted: true,
            keys: 12,
            transport: Transport::Udp,
            ..dropping("loses,rate=0.2", &[PacketLoss])
        },
        unharmed("sequence-wraps"),
        Row {
            transport: Transport::Udp,
            ..unharmed("sequence-wraps")
        },
        // A keyframe proves its beginning by its parameter sets.
        Row {
            keys: 12,
            ..dropping("sequence-resets", &[PacketLoss])
        },
        Row {
            keys: 12,
            transport: Transport::Udp,
            ..dropping("sequence-resets", &[PacketLoss])
        },
        Row {
            drops: &[Foreign],
            ..renewed("ssrc-changes", &["protocol"])
        },
        dropping("foreign-ssrc", &[Foreign]),
        Row {
            transport: Transport::Udp,
            ..dropping("foreign-ssrc", &[Foreign])
        },
        dropping("garbage", &[Malformed]),
        Row {
            drops: &[Malformed],
            epochs: 1,
            ..renewed("garbage-flood", &["bound"])
        },
        dropping("stray-channel", &[Foreign]),
        dropping("stray-payload-type", &[Foreign]),
        Row {
            transport: Transport::Udp,
            ..dropping("stray-payload-type", &[Foreign])
        },
        Row {
            epochs: 2,
            ..unharmed("timestamps-jump")
        },
        unharmed("timestamps-still"),
        unharmed("timestamps-backwards"),
        unharmed("timestamps-wrap"),
        unharmed("marker-always"),
        unharmed("marker-never"),
        Row {
            silence_secs: 3,
            states: &["live", "stalled"],
            ..renewed("half-open", &["silent"])
        },
        Row {
            silence_secs: 3,
            transport: Transport::Udp,
            states: &["live", "stalled"],
            ..renewed("half-open", &["silent"])
        },
        unharmed("no-reports"),
        unharmed("old-reports"),
        unharmed("jumbo-packets"),
        Row {
            transport: Transport::Udp,
            ..unharmed("jumbo-packets")
        },
        unharmed("odd-headers"),
        unharmed("empty-packets"),
        Row {
            transport: Transport::Udp,
            ..unharmed("reorders")
        },
        Row {
            transport: Transport::Udp,
            drops: &[Malformed],
            ..unharmed("duplicates")
        },
        Row {
            keys: 1,
            sessions: 1,
            failures: &["bound"],
            ..unharmed("too-fast")
        },
    ]
}

fn bitstream() -> Vec<Row> {
    let h265 = |quirks| Row {
        play: Play::H265,
        ..unharmed(quirks)
    };
    vec![
        unharmed("sprop-missing"),
        h265("sprop-missing"),
        unharmed("sprop-empty"),
        unharmed("sprop-sps-only"),
        unharmed("sprop-wrong"),
        unharmed("sprop-annex-b"),
        unharmed("sets-out-of-band"),
        h265("sets-out-of-band"),
        Row {
            play: Play::Two,
            epochs: 3,
            ..unharmed("resolution-switch")
        },
        unharmed("whole-fragments"),
        h265("whole-fragments"),
        unharmed("empty-fragments"),
        h265("empty-fragments"),
        unharmed("aggregates-all"),
        h265("aggregates-all"),
        unharmed("annex-b-payloads"),
        h265("annex-b-payloads"),
        h265("donl"),
        h265("donl aggregates-all whole-fragments"),
        Row {
            keys: 0,
            epochs: 0,
            no_picture_secs: 3,
            states: &["no_picture"],
            ..unharmed("no-keyframes")
        },
        // The same camera with every picture decoded: tainted until a wave is complete, and again where its clip begins anew.
        Row {
            play: Play::Refresh,
            mode: Mode::AllFrames,
            keys: 0,
            others: 30,
            tainted: true,
            states: &["tainted", "live"],
            drops: &[DropReason::PacketLoss],
            ..unharmed("no-keyframes")
        },
        // Joined five seconds before the only keyframe in two minutes: nothing is clean before it.
        Row {
            play: Play::LongGop,
            keys: 1,
            no_picture_secs: 3,
            states: &["no_picture", "live"],
            ..unharmed("starts-midway,secs=115")
        },
        Row {
            play: Play::LongGop,
            mode: Mode::AllFrames,
            keys: 1,
            others: 20,
            tainted: true,
            states: &["tainted", "live"],
            ..unharmed("starts-midway,secs=115")
        },
        // The scene says `frozen`; to the client it is one picture, whole, again and again.
        unharmed("freezes"),
    ]
}

/// A good camera behind a bad network.
fn networks() -> Vec<Row> {
    use DropReason::{Malformed, PacketLoss};
    let good = Impairment::default();
    let ms = Duration::from_millis;
    let behind = |network| Row {
        network: Some(network),
        ..unharmed("")
    };
    let udp = |network| Row {
        transport: Transport::Udp,
        over: Some(Transport::Udp),
        ..behind(network)
    };
    let first = Impairment {
        connections: Some(1),
        ..good
    };
    vec![
        behind(good),
        udp(good),
        behind(Impairment {
            delay: ms(150),
            jitter: ms(200),
            ..good
        }),
        udp(Impairment {
            delay: ms(150),
            ..good
        }),
        Row {
            keys: 20,
            tainted: true,
            drops: &[PacketLoss],
            ..udp(Impairment { loss: 0.05, ..good })
        },
        Row {
            drops: &[Malformed],
            ..udp(Impairment {
                duplicate: 0.3,
                ..good
            })
        },
        udp(Impairment { reorder: 0.3, ..good }),
        // Held back for two seconds, and then all at once: no reason to give up.
        behind(Impairment {
            stall_after: Some(ms(1500)),
            stall_for: Some(ms(2000)),
            ..good
        }),
        Row {
            silence_secs: 3,
            sessions: 2,
            epochs: 2,
            failures: &["silent"],
            states: &["stalled"],
            ..behind(Impairment {
                stall_after: Some(ms(1500)),
                ..first
            })
        },
        Row {
            sessions: 2,
            epochs: 2,
            failures: &["closed"],
            ..behind(Impairment {
                cut_after: Some(ms(2500)),
                ..first
            })
        },
    ]
}
