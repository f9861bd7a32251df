//! How to receive: transport, mode, bounds, back-off, addresses. Every field has a unit and a default.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use crate::Budget;

/// What carries RTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP first; UDP when the peer answers 461. What worked is remembered by [`run`](crate::run).
    #[default]
    Auto,
    /// Interleaved in the RTSP connection (RFC 2326 10.12); UDP only when the peer answers 461.
    Tcp,
    /// Datagrams to a pair of ports of ours; TCP only when the peer answers 461.
    Udp,
}

impl Transport {
    /// The name in `probe` and metrics: `auto`, `tcp`, `udp`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Which pictures are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Pictures that decode by themselves. All others are skipped unread.
    #[default]
    Keyframes,
    /// Every picture, in decoding order.
    AllFrames,
}

/// Which pictures are wanted from now on, for an owner who changes his mind while a session stands: a camera that turns out
/// to send no keyframes need not be dialled again. Clones are one switch.
#[derive(Debug, Clone, Default)]
pub struct ModeSwitch(Arc<AtomicU32>);

impl ModeSwitch {
    const ALL_FRAMES: u32 = 1;
    const STEP: u32 = 2;

    /// Takes effect with the next access unit. The stream counts as joined there: in [`Mode::AllFrames`] what refers
    /// to pictures before it is tainted. Also for an owner who has lost pictures himself: then with the same mode again.
    pub fn set(&self, mode: Mode) {
        let all = u32::from(mode == Mode::AllFrames) * Self::ALL_FRAMES;
        let _ = self.0.fetch_update(Relaxed, Relaxed, |was| {
            Some((was & !Self::ALL_FRAMES).wrapping_add(Self::STEP) | all)
        });
    }

    /// What is wanted.
    pub fn mode(&self) -> Mode {
        Self::mode_of(self.read())
    }

    /// Another number after each [`Self::set`].
    pub(crate) fn read(&self) -> u32 {
        self.0.load(Relaxed)
    }

    pub(crate) fn mode_of(read: u32) -> Mode {
        if read & Self::ALL_FRAMES == 0 {
            Mode::Keyframes
        } else {
            Mode::AllFrames
        }
    }
}

/// What a peer may send. Reaching one of these ends the session ([`Problem::Bound`](crate::Problem))
/// unless its line says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// One line of an RTSP message, bytes (2 KiB).
    pub line_bytes_max: usize,
    /// Header lines of an RTSP message (255).
    pub headers_max: usize,
    /// Body of an RTSP message, bytes (128 KiB).
    pub body_bytes_max: usize,
    /// Media of a session description (16).
    pub sdp_media_max: usize,
    /// Redirects followed per connection attempt (5).
    pub redirects_max: usize,
    /// From asking a [`UrlProvider`](crate::UrlProvider) to the end of its answer (10 s).
    pub provider: Duration,
    /// Answer of a URL provider, bytes (64 KiB: a platform's JSON with much beside the URL).
    pub provider_bytes_max: u64,
    /// From name resolution to the answer to PLAY (15 s).
    pub handshake: Duration,
    /// Interleaved frame, bytes (64 KiB, which is what its 16-bit length can say).
    pub frame_bytes_max: usize,
    /// Access unit, bytes (16 MiB).
    pub unit_bytes_max: usize,
    /// One NAL unit, however it is fragmented, bytes (3 MiB: a fragment that never ends must not
    /// cost 4 MiB; an 8192x4352 keyframe in one slice at 0.7 bit per sample still fits).
    pub nal_bytes_max: usize,
    /// NAL units of an access unit (512).
    pub nals_per_unit_max: usize,
    /// Sequence parameter sets kept (32, of each of VPS and SPS); more ids than the standards know
    /// are malformed and counted.
    pub sps_max: usize,
    /// Picture parameter sets kept (256).
    pub pps_max: usize,
    /// One parameter set, bytes (4 KiB); a longer one is dropped and counted.
    pub parameter_set_bytes_max: usize,
    /// Width of a picture, samples (8192).
    pub width_max: u32,
    /// Height of a picture, samples (4352).
    pub height_max: u32,
    /// Packets held back to restore their order, UDP only (64); then the gap counts as loss.
    pub reorder_packets_max: usize,
    /// Longest wait for a late packet, UDP only (100 ms); then the gap counts as loss.
    pub reorder_wait: Duration,
    /// Garbage skipped between interleaved frames, bytes per minute (64 KiB).
    pub resync_bytes_max: usize,
    /// Access units a second, averaged over ten (60).
    pub units_per_second_max: u32,
    /// Bits a second, averaged over ten (64 Mb/s).
    pub bits_per_second_max: u64,
    /// No byte of ours for so long is a dead session (10 s).
    pub silence: Duration,
    /// Packets but no picture for so long is the state `no_picture`; the session stays (30 s: in
    /// keyframe mode a GOP must fit).
    pub no_picture: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            line_bytes_max: 2 << 10,
            headers_max: 255,
            body_bytes_max: 128 << 10,
            sdp_media_max: 16,
            redirects_max: 5,
            provider: Duration::from_secs(10),
            provider_bytes_max: 64 << 10,
            handshake: Duration::from_secs(15),
            frame_bytes_max: 64 << 10,
            unit_bytes_max: 16 << 20,
            nal_bytes_max: 3 << 20,
            nals_per_unit_max: 512,
            sps_max: 32,
            pps_max: 256,
            parameter_set_bytes_max: 4 << 10,
            width_max: 8192,
            height_max: 4352,
            reorder_packets_max: 64,
            reorder_wait: Duration::from_millis(100),
            resync_bytes_max: 64 << 10,
            units_per_second_max: 60,
            bits_per_second_max: 64_000_000,
            silence: Duration::from_secs(10),
            no_picture: Duration::from_secs(30),
        }
    }
}

/// When to try again: full jitter, a random time below a ceiling that doubles with each failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    /// Spread of the very first attempt (0 s: at once). With a thousand cameras, give it seconds.
    pub start_spread: Duration,
    /// Ceiling of the first retry (1 s).
    pub first: Duration,
    /// Ceiling of all further ones (60 s).
    pub max: Duration,
    /// Least wait after a wrong password, so that accounts are not locked (5 min; up to half of it
    /// is added at random).
    pub refused: Duration,
    /// A session that stood so long starts the doubling anew (10 s).
    pub settled: Duration,
    /// Longest `Retry-After` obeyed (10 min).
    pub retry_after_max: Duration,
    /// Failures in a row after which a camera counts as dead (8): it waits between half and the whole of
    /// `max` and dials within the budget of the dead, so that it takes nothing from those that return.
    pub dead_after: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            start_spread: Duration::ZERO,
            first: Duration::from_secs(1),
            max: Duration::from_secs(60),
            refused: Duration::from_secs(300),
            settled: Duration::from_secs(10),
            retry_after_max: Duration::from_secs(600),
            dead_after: 8,
        }
    }
}

/// Which addresses may be dialled, asked after name resolution, after each redirect and of what a URL
/// provider answers. Multicast, broadcast and unspecified addresses never are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four permissions that do not depend on each other"
)]
pub struct AddressPolicy {
    /// 127.0.0.0/8, `::1` (false), where a name, a redirect or a provider leads there. What the operator wrote
    /// as one of these or as `localhost` may be dialled in any case, and may send us on to another of them:
    /// gateways run beside us.
    pub loopback: bool,
    /// RFC 1918, RFC 6598, RFC 4193 (true: cameras live there).
    pub private: bool,
    /// 169.254.0.0/16, `fe80::/10` (false: cloud metadata lives there).
    pub link_local: bool,
    /// The metadata addresses of clouds that lie in other nets (false).
    pub metadata: bool,
}

impl Default for AddressPolicy {
    fn default() -> Self {
        Self {
            loopback: false,
            private: true,
            link_local: false,
            metadata: false,
        }
    }
}

impl AddressPolicy {
    /// Whether `address` may be dialled; the reason where not.
    pub fn check(&self, address: IpAddr) -> Result<(), &'static str> {
        let address = canonical(address);
        let (link_local, private, metadata) = match address {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                let carrier = a == 100 && (64..128).contains(&b);
                (
                    v4.is_link_local(),
                    v4.is_private() || carrier,
                    v4.octets() == [100, 100, 100, 200],
                )
            }
            IpAddr::V6(v6) => (
                v6.is_unicast_link_local(),
                v6.is_unique_local(),
                v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
            ),
        };
        let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
        if address.is_unspecified() || address.is_multicast() || broadcast {
            Err("no single host has this address")
        } else if address.is_loopback() && !self.loopback {
            Err("loopback addresses are not allowed")
        } else if link_local && !self.link_local {
            Err("link-local addresses are not allowed")
        } else if metadata && !self.metadata {
            Err("metadata addresses are not allowed")
        } else if private && !metadata && !self.private {
            Err("private addresses are not allowed")
        } else {
            Ok(())
        }
    }
}

/// The IPv4 address that an IPv6 address carries: mapped (RFC 4291 2.5.5.2), or translated on the way
/// (RFC 6052 2.1).
fn canonical(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::from([a, b, c, d])
        }
        other => other,
    }
}

/// How to receive from one camera.
#[derive(Debug, Clone)]
pub struct Options {
    /// What carries RTP (`Auto`).
    pub transport: Transport,
    /// Which pictures are wanted (`Keyframes`).
    pub mode: Mode,
    /// Which pictures are wanted instead of `mode`, where somebody may change his mind (none).
    pub switch: Option<ModeSwitch>,
    /// What the peer may send.
    pub bounds: Bounds,
    /// When to try again.
    pub backoff: Backoff,
    /// Which addresses may be dialled.
    pub addresses: AddressPolicy,
    /// `User-Agent` of every request (`curbwatch/<version>`).
    pub user_agent: String,
    /// Longest time between keepalives (25 s); half of the session's own timeout where that is less.
    pub keepalive_max: Duration,
    /// First size of a camera's read buffer, bytes (16 KiB); it grows only when a message or frame
    /// needs it.
    pub read_buffer_bytes: usize,
    /// True moment of a live picture lies within arrival ± this, ms (500): camera, encoder and
    /// network delay of ordinary cameras.
    pub captured_uncertainty_ms: u32,
    /// Budgets of sessions (none): one of each is held from before the dial to the end of the session. The
    /// platform's first, then the host's.
    pub session_budgets: Vec<Arc<Budget>>,
    /// Budgets of dials under way (none): one of each is held from name resolution to the answer to PLAY.
    /// The platform's first, then the host's, the process's last.
    pub dial_budgets: Vec<Arc<Budget>>,
    /// What dead cameras take one of before any of `dial_budgets` (none).
    pub dead_dials: Option<Arc<Budget>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            mode: Mode::default(),
            switch: None,
            bounds: Bounds::default(),
            backoff: Backoff::default(),
            addresses: AddressPolicy::default(),
            user_agent: concat!("curbwatch/", env!("CARGO_PKG_VERSION")).to_owned(),
            keepalive_max: Duration::from_secs(25),
            read_buffer_bytes: 16 << 10,
            captured_uncertainty_ms: 500,
            session_budgets: Vec::new(),
            dial_budgets: Vec::new(),
            dead_dials: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_kind() {
        let strict = AddressPolicy {
            loopback: false,
            private: false,
            link_local: false,
            metadata: false,
        };
        let open = AddressPolicy {
            loopback: true,
            link_local: true,
            metadata: true,
            ..AddressPolicy::default()
        };
        let rows = [
            ("192.168.1.9", [true, false, true]),
            ("127.0.0.1", [false, false, true]),
            ("::1", [false, false, true]),
            ("::ffff:127.0.0.1", [false, false, true]),
            ("64:ff9b::7f00:1", [false, false, true]),
            ("64:ff9b::a9fe:a9fe", [false, false, true]),
            ("169.254.169.254", [false, false, true]),
            ("::ffff:169.254.169.254", [false, false, true]),
            ("fe80::1", [false, false, true]),
            ("100.100.100.200", [false, false, true]),
            ("fd00:ec2::254", [false, false, true]),
            ("100.64.0.1", [true, false, true]),
            ("8.8.8.8", [true, true, true]),
            ("0.0.0.0", [false, false, false]),
            ("239.1.1.1", [false, false, false]),
            ("255.255.255.255", [false, false, false]),
        ];
        for (address, want) in rows {
            let address: IpAddr = address.parse().unwrap();
            let got = [&AddressPolicy::default(), &strict, &open].map(|p| p.check(address).is_ok());
            assert_eq!(got, want, "{address}");
        }
    }
}
