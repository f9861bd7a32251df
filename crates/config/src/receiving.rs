//! The words and numbers of how a camera is received: over what, which pictures, whether a session stays.
//!
//! Not for: which keys say so (`lists`), and what of a group's and a camera's holds (`patrol`).

/// How packets travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// TCP first; UDP when the camera refuses it (RTSP status 461). Remembered per camera.
    #[default]
    Auto,
    /// Interleaved in the RTSP connection (RFC 2326 10.12).
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// Every transport with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 3] =
        [(Self::Auto, "auto"), (Self::Tcp, "tcp"), (Self::Udp, "udp")];
}

/// Which pictures of a camera are decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Keyframes; every picture where keyframes do not come.
    #[default]
    Auto,
    /// Keyframes, whatever comes.
    Keyframes,
    /// Every picture.
    All,
}

impl Pictures {
    /// Every choice with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 3] = [
        (Self::Auto, "auto"),
        (Self::Keyframes, "keyframes"),
        (Self::All, "all"),
    ];
}

/// Whether a session stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The session stays up; looks are made of what comes.
    #[default]
    Stay,
    /// Connect, look, leave, and again later: for platforms with fewer sessions than cameras.
    Patrol,
}

impl Mode {
    /// Both with their name in the configuration.
    pub const NAMES: [(Self, &'static str); 2] = [(Self::Stay, "stay"), (Self::Patrol, "patrol")];
}

/// How a camera is visited. How often is its [`look_every_secs`](crate::Camera::look_every_secs).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patrol {
    /// Looks of a visit.
    pub visit_looks: u32,
    /// Seconds between two looks of a visit, at least.
    pub visit_spacing_secs: f64,
    /// Seconds from the answer to PLAY after which a visit is over, whatever came.
    pub visit_secs_max: f64,
    /// Where not everybody can be visited as often as wished, one of 2 waits half as long as one of 1.
    pub priority: u32,
}

impl Default for Patrol {
    fn default() -> Self {
        Self {
            visit_looks: 1,
            visit_spacing_secs: 3.0,
            visit_secs_max: 30.0,
            priority: 1,
        }
    }
}
