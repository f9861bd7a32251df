//! The faults, by the design's numbers, and what each must come to.

use curbwatch_types::CameraState;

use super::{Change, FROZEN_DWELL_SECS, Outcome};

/// What is wrong with the faulted camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 1: a fresh nonce at each keepalive.
    NonceOnKeepalive,
    /// 2: no parameter sets in the description.
    SpropMissing,
    /// 2: empty ones.
    SpropEmpty,
    /// 2: the sequence set alone.
    SpropSpsOnly,
    /// 3: 461 to TCP.
    UdpOnly,
    /// 4: 5 % of the datagrams lost.
    UdpLoss,
    /// 5: silent without being closed, once.
    HalfOpen,
    /// 6: another resolution now and then.
    ResolutionSwitch,
    /// 7: odd fragments and aggregates.
    OddPackets,
    /// 11: answers, descriptions and fragments without end; one camera for each kind.
    Bombs,
    /// 15: a picture that stands still under a clock that does not.
    FrozenPicture,
}

/// A row of the table of faults.
#[derive(Debug)]
pub struct FaultRow {
    /// The fault.
    pub fault: Fault,
    /// Its number in the design.
    pub number: u32,
    /// Its name on the command line.
    pub name: &'static str,
    /// What must come of it.
    pub expected: &'static str,
}

macro_rules! faults {
    ($($number:literal $fault:ident $name:literal $expected:literal;)*) => {
        /// Every fault of the rig, in the design's order.
        pub const FAULTS: &[FaultRow] = &[
            $(FaultRow { fault: Fault::$fault, number: $number, name: $name, expected: $expected },)*
        ];
    };
}

faults! {
    1 NonceOnKeepalive "nonce-on-keepalive" "no reconnect";
    2 SpropMissing "sprop-missing" "live, one case";
    2 SpropEmpty "sprop-empty" "live, one case";
    2 SpropSpsOnly "sprop-sps-only" "live, one case";
    3 UdpOnly "udp-only" "live over UDP, no reconnect";
    4 UdpLoss "udp-loss" "no reconnect, at most the one case";
    5 HalfOpen "half-open" "given up, then live again";
    6 ResolutionSwitch "resolution-switch" "one case, not two";
    7 OddPackets "odd-packets" "live, one case";
    11 Bombs "bombs" "never live, bounded";
    15 FrozenPicture "frozen-picture" "`frozen`, no case";
}

/// Refusals after which a camera's nonces were fresh often enough to tell.
const NONCES_MIN: u64 = 5;
/// Seconds after a dwell by which a case would be there, on a busy machine, too.
const PAST_DUE_SECS: u32 = 15;

impl Fault {
    /// The fault's row.
    pub fn row(self) -> Option<&'static FaultRow> {
        FAULTS.iter().find(|row| row.fault == self)
    }

    /// Whether what can be waited for has been seen.
    pub(super) fn is_seen(self, outcome: &Outcome) -> bool {
        match self {
            Self::NonceOnKeepalive
            | Self::SpropMissing
            | Self::SpropEmpty
            | Self::SpropSpsOnly
            | Self::UdpOnly
            | Self::OddPackets => outcome.faulted_cases >= 1,
            Self::ResolutionSwitch => outcome.faulted_cases >= 1 && outcome.faulted_sizes.len() >= 2,
            Self::UdpLoss => outcome.faulted_live,
            Self::HalfOpen => {
                // `stalled` lasts a moment only: the session is given up at once.
                let was_live = |c: &&Change| c.state == CameraState::Live;
                let mut later = outcome.changes.iter().skip_while(|c| !was_live(c));
                later.any(|c| c.state != CameraState::Live) && later.any(|c| c.state == CameraState::Live)
            }
            Self::Bombs => true,
            Self::FrozenPicture => {
                // That there is no case says something only once there would have been one.
                let due = outcome.secs >= f64::from(FROZEN_DWELL_SECS + PAST_DUE_SECS);
                due && outcome.first(CameraState::Frozen, 0.0).is_some()
            }
        }
    }

    /// What is not as its row says.
    pub(super) fn violations(self, outcome: &Outcome) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut want = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("faulted camera: {what} ({:?})", outcome.changes));
            }
        };
        let cases = outcome.faulted_cases;
        match self {
            Self::Bombs => want(!outcome.faulted_live, "a bomb was live"),
            Self::FrozenPicture => {
                want(
                    self.is_seen(outcome),
                    "never `frozen`, or not watched until a case was due",
                );
                want(cases == 0, &format!("{cases} cases of a frozen picture"));
            }
            Self::UdpLoss => {
                want(outcome.reconnects == 0, "reconnected");
                want(cases <= 1, &format!("{cases} cases"));
            }
            Self::HalfOpen => {
                want(self.is_seen(outcome), "not given up and live again");
                want(
                    outcome.reconnects == 1,
                    &format!("{} reconnects", outcome.reconnects),
                );
                want(cases == 1, &format!("{cases} cases"));
            }
            _ => {
                want(outcome.faulted_live, "never live");
                want(outcome.reconnects == 0, "reconnected");
                want(cases == 1, &format!("{cases} cases"));
            }
        }
        if self == Self::ResolutionSwitch {
            let sizes = &outcome.faulted_sizes;
            want(sizes.len() >= 2, &format!("pictures of one size: {sizes:?}"));
        }
        if self == Self::NonceOnKeepalive {
            want(
                outcome.refused_auth >= NONCES_MIN,
                &format!("only {} challenges", outcome.refused_auth),
            );
        }
        wrong
    }
}
