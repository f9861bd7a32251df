//! What went wrong, on which camera, while doing what; whether and when to try again; who can mend it.
//! No message holds a secret.

use std::path::{Path, PathBuf};
use std::time::Duration;

use curbwatch_types::CameraId;

/// A failure of reception or of reading footage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The camera's URL cannot be used. The URL itself is not printed: it may hold a password.
    #[error("camera {camera}: its URL cannot be used: {problem}")]
    Url {
        /// Whose URL.
        camera: CameraId,
        /// What is wrong with it.
        problem: String,
    },
    /// A connection failed or ended.
    #[error("camera {camera}: {attempt}: {problem}")]
    Camera {
        /// Which camera.
        camera: CameraId,
        /// What was attempted, e.g. "connecting to 10.0.0.9:554".
        attempt: String,
        /// Why it failed.
        problem: Problem,
    },
    /// A footage manifest is wrong.
    #[error("{}: {problem}", place(file, *line))]
    Footage {
        /// The manifest.
        file: PathBuf,
        /// The line, from 1; 0 when the file as a whole cannot be read.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A clip cannot be read.
    #[error("camera {camera}: {attempt} {file}: {problem}")]
    Clip {
        /// Whose clip.
        camera: CameraId,
        /// The clip.
        file: PathBuf,
        /// What was attempted: "opening" or "reading".
        attempt: &'static str,
        /// Why it failed.
        problem: String,
    },
}

/// Why a connection failed or ended.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The host's name has no address.
    #[error("the name {host} cannot be resolved: {cause}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver says.
        cause: String,
    },
    /// The address policy forbids the peer.
    #[error("the address {address} is refused: {why}")]
    Address {
        /// The address, or the name it came from.
        address: String,
        /// Which rule.
        why: &'static str,
    },
    /// Nobody answers at that address.
    #[error("cannot connect: {0}")]
    Connect(#[source] std::io::Error),
    /// A bounded wait ran out.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// No byte of ours came for so long.
    #[error("the session fell silent: nothing for {} s", .0.as_secs())]
    Silent(Duration),
    /// The peer wants credentials and there are none, or it refused those it got.
    #[error("{0}")]
    Auth(&'static str),
    /// The peer answered with an error.
    #[error("answered {code} {reason}")]
    Status {
        /// RTSP status code.
        code: u16,
        /// The peer's words, shortened.
        reason: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// Whoever should know the camera's URL did not say it.
    #[error("the URL provider {why}")]
    Provider {
        /// What it did instead, without any part of its answer.
        why: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The peer sent us round in circles, or nowhere.
    #[error("redirect: {0}")]
    Redirect(String),
    /// What came is no RTSP, SDP or RTP.
    #[error("protocol: {0}")]
    Protocol(String),
    /// The peer sent more than it may.
    #[error("the bound on {what} was reached ({limit})")]
    Bound {
        /// Which bound.
        what: &'static str,
        /// Its value, in the bound's unit.
        limit: u64,
    },
    /// The peer has nothing we can use.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[source] std::io::Error),
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It will not get better by itself.
    Never,
    /// At once, with a new session.
    AtOnce,
    /// After the usual back-off.
    Backoff,
    /// Not before this, and not before the usual back-off.
    After(Duration),
    /// After a long while: trying again may lock the account.
    Long,
}

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The configuration: URL, password, policy, manifest.
    Operator,
    /// The camera or its platform.
    Camera,
    /// What lies between.
    Network,
}

/// `file:line`, or the file alone when it is about the file as a whole.
fn place(file: &Path, line: usize) -> String {
    match line {
        0 => file.display().to_string(),
        line => format!("{}:{line}", file.display()),
    }
}

impl Error {
    /// A stable name for metrics and `probe`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Url { .. } => "url",
            Self::Footage { .. } => "footage",
            Self::Clip { .. } => "clip",
            Self::Camera { problem, .. } => problem.kind(),
        }
    }

    /// When to try again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Url { .. } | Self::Footage { .. } | Self::Clip { .. } => Retry::Never,
            Self::Camera { problem, .. } => problem.retry(),
        }
    }

    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Url { .. } | Self::Footage { .. } | Self::Clip { .. } => Blame::Operator,
            Self::Camera { problem, .. } => problem.blame(),
        }
    }

    /// Whether pictures were lost that will not come again: recorded footage waits, a camera does not.
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::Camera { .. } | Self::Clip { .. })
    }
}

impl Problem {
    /// Every name that [`Error::kind`] may give while receiving, for metrics that must exist before they are used.
    pub const KINDS: [&'static str; 18] = [
        "dns",
        "address",
        "connect",
        "timeout",
        "silent",
        "auth",
        "not_found",
        "busy",
        "status",
        "redirect",
        "protocol",
        "bound",
        "unsupported",
        "closed",
        "io",
        "session",
        "url",
        "provider",
    ];

    pub(crate) fn on(self, camera: &CameraId, attempt: impl Into<String>) -> Error {
        Error::Camera {
            camera: camera.clone(),
            attempt: attempt.into(),
            problem: self,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "dns",
            Self::Address { .. } => "address",
            Self::Connect(_) => "connect",
            Self::Timeout(_) => "timeout",
            Self::Silent(_) => "silent",
            Self::Auth(_) => "auth",
            Self::Status { code, .. } => match code {
                401 | 403 => "auth",
                404 | 410 => "not_found",
                453 | 500 | 503 => "busy",
                454 => "session",
                _ => "status",
            },
            Self::Provider { .. } => "provider",
            Self::Redirect(_) => "redirect",
            Self::Protocol(_) => "protocol",
            Self::Bound { .. } => "bound",
            Self::Unsupported(_) => "unsupported",
            Self::Closed => "closed",
            Self::Io(_) => "io",
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Auth(_) | Self::Status { code: 401 | 403, .. } => Retry::Long,
            Self::Status { code: 454, .. } => Retry::AtOnce,
            Self::Status {
                retry_after: Some(wait),
                ..
            }
            | Self::Provider {
                retry_after: Some(wait),
                ..
            } => Retry::After(*wait),
            _ => Retry::Backoff,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::Auth(_)
            | Self::Address { .. }
            | Self::Status {
                code: 401 | 403 | 404,
                ..
            } => Blame::Operator,
            Self::Dns { .. } | Self::Connect(_) | Self::Timeout(_) | Self::Silent(_) | Self::Io(_) => {
                Blame::Network
            }
            _ => Blame::Camera,
        }
    }
}
