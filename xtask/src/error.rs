//! What can go wrong, each with its remedy: one line that a person can act on.

use std::path::PathBuf;

/// A task that could not be finished.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be started at all.
    #[error("cannot start `{command}`: {source}")]
    Start {
        /// The command line.
        command: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A program ran and said no; its own words stand above this line.
    #[error("`{command}` failed ({status})")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// A verb: `write`, `read`, `create`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Something is missing and `--no-install` forbids to install it.
    #[error("missing: {missing}; nothing was installed because of --no-install; remedy: {remedy}")]
    NotInstalled {
        /// Package names, or the ONNX Runtime.
        missing: String,
        /// The command that installs them.
        remedy: String,
    },
    /// This system has no apt.
    #[error(
        "missing: {missing}; this system has no apt-get; remedy: install what these Debian packages hold, \
         then run again with --no-install"
    )]
    NoApt {
        /// Package names.
        missing: String,
    },
    /// Installing packages needs root.
    #[error("missing: {missing}; installing needs root and there is no sudo; remedy: run as root: {remedy}")]
    NoRoot {
        /// Package names.
        missing: String,
        /// The command that installs them.
        remedy: String,
    },
    /// apt refused.
    #[error(
        "apt-get could not install {missing}: {said}; remedy: check the network, then run by hand: {remedy}"
    )]
    Apt {
        /// Package names.
        missing: String,
        /// The last line it said.
        said: String,
        /// The command that installs them.
        remedy: String,
    },
    /// No wheel is pinned for this machine.
    #[error(
        "no ONNX Runtime is pinned for {platform}; remedy: set ORT_DYLIB_PATH to a libonnxruntime.so of version \
         {version}"
    )]
    NoRuntimeForPlatform {
        /// `os-arch`.
        platform: String,
        /// The version the product is built for.
        version: &'static str,
    },
    /// `ORT_DYLIB_PATH` was set by the caller and names nothing.
    #[error("ORT_DYLIB_PATH names {}, which does not exist; remedy: unset it, or set it to a libonnxruntime.so", path.display())]
    RuntimeElsewhereMissing {
        /// The value.
        path: PathBuf,
    },
    /// pip could not bring the wheel.
    #[error(
        "cannot download ONNX Runtime {version}: {said}; remedy: check the network (and PIP_INDEX_URL, if a mirror \
         is used), then run again"
    )]
    Download {
        /// The version.
        version: &'static str,
        /// The last line pip said.
        said: String,
    },
    /// The bytes are not the pinned ones.
    #[error(
        "{what} has sha256 {got}, expected {want}; it was thrown away; remedy: run again, or ask who changed it"
    )]
    WrongDigest {
        /// Which file.
        what: String,
        /// The digest found.
        got: String,
        /// The digest pinned.
        want: String,
    },
    /// A generated document differs from what the code says.
    #[error("stale: {stale}; remedy: cargo xtask generate")]
    Stale {
        /// The documents.
        stale: String,
    },
    /// Something the demo needs did not come up, or no case appeared.
    #[error("demo: {0}")]
    Demo(String),
}

impl Error {
    /// 1 when the thing asked about is wrong, 3 when the environment failed.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { .. } | Self::Stale { .. } => 1,
            _ => 3,
        }
    }

    /// For `map_err` on file operations.
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }
}
