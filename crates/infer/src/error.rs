//! What can go wrong between a manifest on disk and a detection, each with its remedy.

use std::fmt;
use std::path::PathBuf;

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The machine: the runtime library or an execution provider is missing or wrong.
    Installation,
    /// The manifest or the weights.
    Model,
    /// The one picture; the next may be fine.
    Picture,
    /// The caller's program.
    Caller,
}

/// One mistake in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the manifest, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Everything this crate can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No runtime library at any place looked at.
    #[error(
        "the ONNX Runtime library was not found (looked at {}); run `cargo xtask setup`, or point \
         ORT_DYLIB_PATH or the runtime option at libonnxruntime.so 1.24 or newer",
        list(searched)
    )]
    LibraryMissing {
        /// Files looked at, in order.
        searched: Vec<PathBuf>,
    },
    /// The file is no loadable ONNX Runtime library.
    #[error(
        "{} cannot be loaded as ONNX Runtime: {cause}; point ORT_DYLIB_PATH or the runtime option at \
         libonnxruntime.so 1.24 or newer, or run `cargo xtask setup`",
        path.display()
    )]
    LibraryLoad {
        /// The file.
        path: PathBuf,
        /// What the loader says.
        cause: String,
    },
    /// The library is older than the interface this program was built for.
    #[error(
        "{} is ONNX Runtime {found}, at least {needed} is needed; run `cargo xtask setup` for the pinned one",
        path.display()
    )]
    LibraryOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Lowest version that works.
        needed: String,
    },
    /// A runtime is loaded already, from another file; a process has one.
    #[error(
        "ONNX Runtime is loaded from {} already, a process cannot also load {}; give every part the same path",
        loaded.display(), asked.display()
    )]
    LibraryAlreadyLoaded {
        /// File in use.
        loaded: PathBuf,
        /// File asked for.
        asked: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("model manifest {} cannot be read: {cause}", path.display())]
    ReadManifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The manifest holds mistakes; all of them are listed.
    #[error("{}", problems_text(path, problems))]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// At least one.
        problems: Vec<Problem>,
    },
    /// The weights named in the manifest are at none of the places looked at.
    #[error(
        "{}: the weights `{file}` were not found (looked at {}); put the file there or name its folder \
         as a model directory",
        manifest.display(), list(searched)
    )]
    WeightsMissing {
        /// The manifest.
        manifest: PathBuf,
        /// `file` as written there.
        file: String,
        /// Files looked at, in order.
        searched: Vec<PathBuf>,
    },
    /// The weights cannot be read.
    #[error("the weights {} cannot be read: {cause}", path.display())]
    ReadWeights {
        /// The weights.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The weights are larger than [`MODEL_BYTES_MAX`](crate::MODEL_BYTES_MAX).
    #[error("the weights {} have {bytes} bytes, at most {max} are read", path.display())]
    WeightsTooLarge {
        /// The weights.
        path: PathBuf,
        /// Their size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// The weights are not the ones the manifest speaks of.
    #[error(
        "{} is not the file the manifest speaks of: sha256 is {found}, the manifest says {expected}; \
         fetch the right file, or correct `sha256` if the change is meant",
        path.display()
    )]
    Hash {
        /// The weights.
        path: PathBuf,
        /// From the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The runtime refuses the weights.
    #[error("{} cannot be loaded by ONNX Runtime: {cause}; export it anew", file.display())]
    Session {
        /// The weights.
        file: PathBuf,
        /// What the runtime says.
        cause: String,
    },
    /// The execution provider asked for is not there. Nothing falls back silently.
    #[error(
        "execution provider {provider} is not usable: {cause}; install the ONNX Runtime build that has it \
         ({remedy}) or choose provider `cpu`"
    )]
    ProviderMissing {
        /// The provider asked for.
        provider: &'static str,
        /// What the runtime says.
        cause: String,
        /// Where it comes from.
        remedy: &'static str,
    },
    /// The model's input is not what the manifest says.
    #[error(
        "{}: {what}; correct `[input]` in the manifest {}, or export the network anew",
        file.display(), manifest.display()
    )]
    Input {
        /// The weights.
        file: PathBuf,
        /// Their manifest.
        manifest: PathBuf,
        /// What differs.
        what: String,
    },
    /// The model's outputs are not what the manifest's layout says.
    #[error(
        "{}: {what}; correct `[output]` or `[classes]` in the manifest {}, or export the network anew",
        file.display(), manifest.display()
    )]
    Output {
        /// The weights.
        file: PathBuf,
        /// Their manifest.
        manifest: PathBuf,
        /// What differs.
        what: String,
    },
    /// A picture whose planes contradict its size.
    #[error("the picture cannot be used: {what}")]
    Picture {
        /// What is wrong with it.
        what: String,
    },
    /// A tile that is none of this picture or model.
    #[error("the tile cannot be looked at: {what}; take tiles from `plan_tiles` for the picture's size")]
    Tile {
        /// What is wrong with it.
        what: String,
    },
    /// [`Detector::run`](crate::Detector::run) without a [`prepare`](crate::Detector::prepare) before it.
    #[error("nothing is prepared: call `prepare` with a picture before each `run`")]
    NothingPrepared,
    /// Inference failed.
    #[error("model {model}: inference failed: {cause}")]
    Run {
        /// Model id.
        model: String,
        /// What the runtime says.
        cause: String,
    },
}

impl Error {
    /// Whether the same call may succeed without anyone acting. Never: inputs and files do not change by themselves.
    pub fn retry(&self) -> bool {
        false
    }

    /// Who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::LibraryMissing { .. }
            | Self::LibraryLoad { .. }
            | Self::LibraryOld { .. }
            | Self::ProviderMissing { .. }
            | Self::Run { .. } => Blame::Installation,
            Self::ReadManifest { .. }
            | Self::Manifest { .. }
            | Self::WeightsMissing { .. }
            | Self::ReadWeights { .. }
            | Self::WeightsTooLarge { .. }
            | Self::Hash { .. }
            | Self::Session { .. }
            | Self::Input { .. }
            | Self::Output { .. } => Blame::Model,
            Self::Picture { .. } => Blame::Picture,
            Self::LibraryAlreadyLoaded { .. } | Self::Tile { .. } | Self::NothingPrepared => Blame::Caller,
        }
    }

    /// Whether a picture was lost by it.
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::Picture { .. } | Self::Run { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|p| p.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

fn problems_text(path: &std::path::Path, problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|p| format!("{}:{p}", path.display()))
        .collect::<Vec<_>>()
        .join("\n")
}
