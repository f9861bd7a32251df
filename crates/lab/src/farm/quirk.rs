//! The quirks a camera of the farm can have: their names, what each does, and what a client should make
//! of it. One line of the catalogue is one row of the test that holds a client to it.
//!
//! For: naming trouble that real cameras make. Not for: making it, which `dialect` (the conversation),
//! `tamper` (packets) and `Packing` (the bitstream) do. Input: names as an engineer writes them.

use std::fmt;

/// Where a quirk shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Handshake and session.
    Handshake,
    /// RTP packets and interleaved frames.
    Packets,
    /// The coded pictures and how they are packed.
    Bitstream,
    /// What the pictures show.
    Scene,
}

impl Layer {
    /// The name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Packets => "packets",
            Self::Bitstream => "bitstream",
            Self::Scene => "scene",
        }
    }
}

/// A line of the catalogue.
#[derive(Debug)]
pub struct Entry {
    /// The quirk.
    pub quirk: Quirk,
    /// Its name on the command line.
    pub name: &'static str,
    /// Where it shows.
    pub layer: Layer,
    /// Its numbers with their defaults.
    pub keys: &'static [(&'static str, f64)],
    /// What the camera does.
    pub does: &'static str,
    /// What the client should do.
    pub client: &'static str,
}

/// Declares the enum and its catalogue together, so that neither can lack a line of the other.
macro_rules! catalogue {
    ($($layer:ident { $($quirk:ident $name:literal ($($key:literal = $default:literal),*) $does:literal => $client:literal;)* })*) => {
        /// One thing that a camera does and no camera should.
        #[expect(clippy::doc_markdown, reason = "the words of `--list`, where a backtick is a stain")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Quirk {
            $($(#[doc = $does] $quirk,)*)*
        }

        /// Every quirk, in the order of the design's rows.
        pub const CATALOGUE: &[Entry] = &[
            $($(Entry {
                quirk: Quirk::$quirk,
                name: $name,
                layer: Layer::$layer,
                keys: &[$(($key, $default)),*],
                does: $does,
                client: $client,
            },)*)*
        ];
    };
}

catalogue! {
Handshake {
    BasicOnly "basic-only" ()
        "offers Basic alone" => "answers it";
    BasicFirst "basic-first" ()
        "offers Basic first, then Digest" => "answers the Digest: the strongest offered wins";
    DigestWithoutQop "digest-without-qop" ()
        "offers a Digest of RFC 2069, without qop" => "answers it";
    DigestSha256 "digest-sha256" ()
        "offers Digest by MD5, and by SHA-256 after it" => "answers the SHA-256";
    NonceOnKeepalive "nonce-on-keepalive" ()
        "wants a fresh nonce at every keepalive" => "answers the new challenge; no reconnect";
    NonceOnEveryRequest "nonce-on-every-request" ()
        "wants a fresh nonce at every request, TEARDOWN included" => "answers each; its TEARDOWN arrives";
    RefusesPassword "refuses-password" ()
        "refuses every password" => "`refused` after one answer, then a long back-off: accounts are not locked";
    RedirectsAway "redirects-away" ("host" = 2.0, "port" = 0.0)
        "sends clients to 127.0.0.HOST (port 0: its own)" => "follows; credentials stay behind";
    RedirectsInACircle "redirects-in-a-circle" ()
        "sends clients to itself" => "gives up after five hops";
    RedirectsToMetadata "redirects-to-metadata" ()
        "sends clients to the address of cloud metadata" => "refuses by its address policy";
    UdpOnly "udp-only" ()
        "answers 461 to TCP" => "takes UDP, and remembers it";
    TcpOnly "tcp-only" ()
        "answers 461 to UDP" => "takes TCP, and remembers it";
    Full "full" ("times" = 1.0)
        "answers 453 to DESCRIBE so many times" => "backs off and comes back";
    Fails "fails" ("times" = 1.0)
        "answers 500 to DESCRIBE so many times" => "backs off and comes back";
    Unavailable "unavailable" ("times" = 1.0, "after" = 1.0)
        "answers 503 with Retry-After so many times" => "waits as long as asked, then comes back";
    ForgetsSession "forgets-session" ("times" = 1.0)
        "answers 454 to so many keepalives" => "begins a new session at once";
    UrlExpires "url-expires" ()
        "takes each token in its URL for one session only" => "asks its URL provider again; a stale URL is not tried twice";
    NoGetParameter "no-get-parameter" ()
        "neither offers nor knows GET_PARAMETER" => "keeps alive by OPTIONS";
    GetParameterFails "get-parameter-fails" ()
        "offers GET_PARAMETER and answers it 501" => "learns, and keeps alive by OPTIONS";
    WantsKeepalive "wants-keepalive" ("secs" = 2.0)
        "announces this session timeout and means it, over TCP, too" => "keeps alive within it";
    AsksBack "asks-back" ()
        "sends requests of its own after PLAY" => "answers 501 and goes on";
    NoContentBase "no-content-base" ()
        "names no Content-Base" => "joins control URLs to the request's URL";
    ControlAbsolute "control-absolute" ()
        "names its track by a whole URL" => "uses it";
    ControlWithoutScheme "control-without-scheme" ()
        "names its track by //host/path" => "adds the scheme";
    ControlHostPath "control-host-path" ()
        "names its track by host:port/path" => "adds the scheme";
    BaseWithQuery "base-with-query" ()
        "has a query in its Content-Base and means the track to follow it" => "appends, as it is meant";
    FoldsHeaders "folds-headers" ()
        "folds its header lines" => "unfolds them";
    OddCase "odd-case" ()
        "writes header names in odd case with blanks before the colon" => "reads them";
    BareLineFeeds "bare-line-feeds" ()
        "ends its lines without carriage returns" => "reads them";
    NoReason "no-reason" ()
        "leaves the reason out of its status lines" => "reads them";
    ContinuesFirst "continues-first" ()
        "says 100 Continue before every answer" => "waits for the answer";
    NoOrigin "no-origin" ()
        "describes itself without o= and t=, with stray text" => "reads what it needs";
    AudioFirst "audio-first" ()
        "describes audio and JPEG before the video" => "takes the first usable video";
    SessionChanges "session-changes" ()
        "changes the session's id in the answer to PLAY" => "uses the last one, TEARDOWN included";
    EarlyRtp "early-rtp" ()
        "sends packets before the answer to PLAY" => "receives them";
    Mute "mute" ("times" = 1.0)
        "takes connections and says nothing, so many times" => "gives up after the handshake's time, and comes back";
    HangsUp "hangs-up" ("after" = 1.0, "times" = 1.0)
        "closes so many sessions, each after so many seconds" => "reconnects after the usual back-off";
}
Packets {
    Loses "loses" ("rate" = 0.05)
        "loses this share of its packets before they are numbered on the wire" => "marks the pictures they touch; no reconnect";
    SequenceWraps "sequence-wraps" ()
        "begins just below the sequence number's wrap" => "notices nothing";
    SequenceResets "sequence-resets" ("every" = 15.0)
        "begins its sequence numbers anew every so many pictures" => "counts one loss and goes on";
    SsrcChanges "ssrc-changes" ("after" = 1.5, "times" = 1.0)
        "goes on under another SSRC in so many sessions" => "decodes nothing of it, and begins a new session within seconds";
    ForeignSsrc "foreign-ssrc" ()
        "mixes another camera's packets in, on the same channel" => "drops and counts them; never decodes one";
    Garbage "garbage" ("bytes" = 300.0)
        "sends this much rubbish between two pictures" => "finds the next frame";
    GarbageFlood "garbage-flood" ("bytes" = 100_000.0)
        "sends this much rubbish at once, in its first session" => "gives up at its budget, and reconnects";
    StrayChannel "stray-channel" ()
        "sends frames on a channel nobody set up" => "drops and counts them";
    StrayPayloadType "stray-payload-type" ()
        "numbers packets of an unknown payload type among its own" => "drops and counts them, and misses nothing";
    TimestampsJump "timestamps-jump" ("after" = 1.0, "by" = 60.0)
        "jumps ahead by so many seconds, once" => "begins a new epoch";
    TimestampsStill "timestamps-still" ()
        "never moves its timestamps" => "parts pictures by their first slices";
    TimestampsBackwards "timestamps-backwards" ()
        "counts its timestamps down" => "receives every picture";
    TimestampsWrap "timestamps-wrap" ()
        "begins just below the timestamp's wrap" => "notices nothing";
    MarkerAlways "marker-always" ()
        "sets the marker on every packet" => "ends pictures by timestamp and first slice";
    MarkerNever "marker-never" ()
        "never sets the marker" => "ends pictures by timestamp and first slice";
    HalfOpen "half-open" ("after" = 1.5, "times" = 1.0)
        "falls silent in so many sessions without closing them" => "`stalled`, then a new session";
    NoReports "no-reports" ()
        "sends no sender reports" => "notices nothing";
    OldReports "old-reports" ()
        "dates its sender reports 1970" => "believes its own clock";
    JumboPackets "jumbo-packets" ("bytes" = 8_900.0)
        "sends packets beyond the usual MTU" => "receives them";
    OddHeaders "odd-headers" ()
        "pads packets, extends their headers, names contributors" => "finds the payload";
    EmptyPackets "empty-packets" ()
        "sends packets without payload after each picture" => "passes over them; nothing is missing";
    Reorders "reorders" ("rate" = 0.2)
        "swaps this share of neighbouring packets" => "restores their order, over UDP";
    Duplicates "duplicates" ("rate" = 0.2)
        "sends this share of its packets twice" => "takes each once";
    TooFast "too-fast" ("times" = 24.0)
        "plays its clip so many times as fast" => "refuses by its bound on pictures a second";
}
Bitstream {
    SpropMissing "sprop-missing" ()
        "describes no parameter sets" => "takes them from the stream: a picture within two GOPs";
    SpropEmpty "sprop-empty" ()
        "describes empty parameter sets" => "takes them from the stream";
    SpropSpsOnly "sprop-sps-only" ()
        "describes its sequence set and no picture set" => "takes the other from the stream";
    SpropWrong "sprop-wrong" ()
        "describes another stream's parameter sets" => "those of the stream win";
    SpropAnnexB "sprop-annex-b" ()
        "describes its parameter sets with start codes, joined" => "takes them apart";
    SetsOutOfBand "sets-out-of-band" ()
        "has parameter sets in its description only" => "puts them before each keyframe";
    ResolutionSwitch "resolution-switch" ()
        "plays its clips one after the other, other sizes included" => "begins a new epoch at each switch";
    WholeFragments "whole-fragments" ()
        "begins and ends each NAL unit in one fragment" => "takes it for whole";
    EmptyFragments "empty-fragments" ()
        "puts empty fragments between the others" => "passes over them";
    AggregatesAll "aggregates-all" ()
        "aggregates whatever fits into one packet, slices too" => "takes them apart";
    AnnexBPayloads "annex-b-payloads" ()
        "leaves start codes in its packets" => "cuts them off";
    Donl "donl" ()
        "numbers decoding order in its H.265 packets" => "passes over the numbers";
    NoKeyframes "no-keyframes" ()
        "never sends a keyframe; of a clip of gradual refresh its recovery points remain" => "`no_picture`, and no reconnect; decoded one and all, clean once a refresh is complete";
    StartsMidway "starts-midway" ("secs" = 3.0)
        "has played its clip for so many seconds when its clock begins; a clip of one long GOP is joined far from its keyframe" => "decoded one and all, tainted until the next keyframe or complete refresh";
}
Scene {
    Freezes "freezes" ("after" = 1.0)
        "shows one keyframe for ever, packets flowing" => "`frozen`; judges nothing";
}
}

/// Quirks of one camera with their numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quirks(Vec<(Quirk, Vec<f64>)>);

/// Why a quirk's text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownQuirk {
    /// No such name.
    #[error("no quirk is called {0:?}; `curbwatch-lab fakecam --list` names them")]
    Name(String),
    /// The quirk has no such number.
    #[error("{quirk} has no {key:?}; it has {known}")]
    Key {
        /// The quirk.
        quirk: &'static str,
        /// What was written.
        key: String,
        /// What may be written.
        known: String,
    },
    /// Not a number of at least 0.
    #[error("{quirk}: {text:?} is no number from 0 up; write {key}=NUMBER")]
    Number {
        /// The quirk.
        quirk: &'static str,
        /// Which number.
        key: &'static str,
        /// What was written.
        text: String,
    },
}

impl Quirks {
    /// Adds a quirk as it is written: `NAME[,key=value]...`.
    pub fn add(&mut self, text: &str) -> Result<(), UnknownQuirk> {
        let mut parts = text.split(',');
        let name = parts.next().unwrap_or_default().trim();
        let found = CATALOGUE.iter().find(|entry| entry.name == name);
        let entry = found.ok_or_else(|| UnknownQuirk::Name(name.to_owned()))?;
        let mut numbers: Vec<f64> = entry.keys.iter().map(|(_, default)| *default).collect();
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let Some(at) = entry.keys.iter().position(|(known, _)| *known == key.trim()) else {
                let known: Vec<_> = entry.keys.iter().map(|(known, _)| *known).collect();
                return Err(UnknownQuirk::Key {
                    quirk: entry.name,
                    key: key.trim().to_owned(),
                    known: if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    },
                });
            };
            let number = value
                .trim()
                .parse()
                .ok()
                .filter(|n: &f64| n.is_finite() && *n >= 0.0);
            numbers[at] = number.ok_or_else(|| UnknownQuirk::Number {
                quirk: entry.name,
                key: entry.keys[at].0,
                text: value.trim().to_owned(),
            })?;
        }
        self.0.retain(|(quirk, _)| *quirk != entry.quirk);
        self.0.push((entry.quirk, numbers));
        Ok(())
    }

    /// Several quirks, parted by blanks.
    pub fn parse(text: &str) -> Result<Self, UnknownQuirk> {
        let mut quirks = Self::default();
        text.split_whitespace().try_for_each(|one| quirks.add(one))?;
        Ok(quirks)
    }

    /// Whether the camera has this quirk.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.iter().any(|(q, _)| *q == quirk)
    }

    /// The first number of a quirk, where the camera has it.
    pub(super) fn number(&self, quirk: Quirk) -> Option<f64> {
        self.numbers(quirk)?.first().copied()
    }

    /// A quirk's numbers in the catalogue's order, where the camera has it.
    pub(super) fn numbers(&self, quirk: Quirk) -> Option<&[f64]> {
        let (_, numbers) = self.0.iter().find(|(q, _)| *q == quirk)?;
        Some(numbers)
    }

    /// Whether packets leave otherwise than they lie in the track.
    pub(super) fn touch_packets(&self) -> bool {
        self.0.iter().any(|(quirk, _)| {
            let entry = CATALOGUE.iter().find(|entry| entry.quirk == *quirk);
            entry.is_some_and(|e| matches!(e.layer, Layer::Packets | Layer::Scene))
                || *quirk == Quirk::HangsUp
        })
    }

    /// Whether a password must be asked for.
    pub fn need_an_account(&self) -> bool {
        use Quirk::{
            BasicFirst, BasicOnly, DigestSha256, DigestWithoutQop, NonceOnEveryRequest, NonceOnKeepalive,
            RefusesPassword,
        };
        [
            BasicOnly,
            BasicFirst,
            DigestWithoutQop,
            DigestSha256,
            NonceOnKeepalive,
            NonceOnEveryRequest,
            RefusesPassword,
        ]
        .into_iter()
        .any(|quirk| self.has(quirk))
    }
}

impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = CATALOGUE
            .iter()
            .filter(|entry| self.has(entry.quirk))
            .map(|entry| entry.name);
        f.write_str(&names.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirks_are_read_as_written() {
        let quirks = Quirks::parse("half-open,after=3 loses").expect("two quirks");
        assert_eq!(quirks.numbers(Quirk::HalfOpen), Some(&[3.0, 1.0][..]));
        assert_eq!(quirks.number(Quirk::Loses), Some(0.05));
        assert!(!quirks.has(Quirk::Mute));
        assert_eq!(quirks.to_string(), "loses half-open");
        for (text, want) in [
            ("halfopen", "--list"),
            ("loses,share=1", "it has rate"),
            ("basic-first,x=1", "it has none"),
            ("loses,rate=much", "rate=NUMBER"),
            ("loses,rate=-1", "rate=NUMBER"),
        ] {
            let error = Quirks::parse(text).expect_err(text).to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        for (at, entry) in CATALOGUE.iter().enumerate() {
            assert!(
                CATALOGUE[at + 1..].iter().all(|other| other.name != entry.name),
                "{}",
                entry.name
            );
        }
    }
}
