//! What can go wrong in the lab, in words an engineer can act on.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What was attempted and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The clip cannot be opened or read.
    #[error("clip {path}: {source}")]
    Clip {
        /// The clip.
        path: PathBuf,
        /// What the reader said.
        source: curbwatch_ingest::Error,
    },
    /// The clip was read but cannot be served.
    #[error("clip {path} cannot be served over RTP: {problem}")]
    Unservable {
        /// The clip.
        path: PathBuf,
        /// Why.
        problem: Unservable,
    },
    /// Options that make no farm.
    #[error("{0}")]
    Options(&'static str),
    /// A quirk that cannot be read; names the remedy.
    #[error("{0}")]
    Quirk(String),
    /// Faults did not come to what they must.
    #[error("{0}")]
    Rig(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds something else than expected.
    #[error("{path}: {problem}")]
    Content {
        /// The file, with the line where it has lines.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A clip cannot be encoded: FFmpeg is missing, lacks an encoder, or failed. Names the remedy.
    #[error("{0}")]
    Encoder(String),
    /// A picture cannot be encoded or written.
    #[error("cannot write a picture: {source}")]
    Picture {
        /// What the encoder said.
        source: image::ImageError,
    },
    /// A stage of the product failed on footage.
    #[error(transparent)]
    Engine(#[from] curbwatch_engine::Error),
    /// A model cannot be loaded or run.
    #[error(transparent)]
    Model(curbwatch_infer::Error),
    /// A benchmark could not be carried out.
    #[error("{0}")]
    Bench(String),
    /// The system refused something else.
    #[error("cannot {what}: {source}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Why a clip cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unservable {
    /// Only H.264 and H.265 are packetised.
    #[error("its codec is {0}; only h264 and h265 are served")]
    Codec(&'static str),
    /// No access units at all.
    #[error("it holds no pictures")]
    Empty,
    /// No picture to start decoding at.
    #[error("it holds no keyframe")]
    NoKeyframe,
    /// A keyframe came without parameter sets.
    #[error("its keyframes carry no parameter sets")]
    NoParameterSets,
    /// Larger than the bound.
    #[error("it has more than {0} bytes")]
    TooLarge(usize),
}

impl Error {
    /// What a stage of the product said, while it was measured.
    pub(crate) fn bench(cause: impl std::fmt::Display) -> Self {
        Self::Bench(cause.to_string())
    }
}
