//! What can go wrong while the engine starts or runs; one clear line each.

use std::path::PathBuf;

/// An engine error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system gave no thread.
    #[error("no thread `{name}` could be started: {cause}; the limit of threads or memory is reached")]
    Thread {
        /// Name of the thread.
        name: String,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// Sockets need a runtime, and it did not start.
    #[error("the network runtime could not be started: {0}")]
    Runtime(std::io::Error),
    /// A metric is registered twice or misnamed.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// Model, ONNX Runtime, or inference.
    #[error(transparent)]
    Infer(#[from] curbwatch_infer::Error),
    /// Decoder.
    #[error(transparent)]
    Decode(#[from] curbwatch_decode::Error),
    /// The program of a vision worker's process could not be started.
    #[error("no vision worker can be started as `{}`: {cause}; the limit of processes or memory is reached, or the file is gone", program.display())]
    VisionProgram {
        /// The file.
        program: PathBuf,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// A vision worker's process does not come up, or is not what it should be.
    #[error("a vision worker's process is of no use: {0}")]
    VisionWorker(String),
    /// Camera source or footage.
    #[error(transparent)]
    Ingest(#[from] curbwatch_ingest::Error),
    /// Store, evidence, sinks.
    #[error(transparent)]
    Case(#[from] curbwatch_case::Error),
    /// The configuration names no camera that can be watched.
    #[error(
        "no camera of the configuration has a `url`; nothing to watch (use `curbwatch replay` for footage)"
    )]
    NothingToWatch,
    /// More cameras, one after the other, than one process comes to know.
    #[error("this process has known as many cameras as it can; restart it to take up new ones")]
    TooManyCameras,
    /// The stages have not taken in the last reload.
    #[error(
        "the reload before this one is still being carried out (is the disk of the store full?); try again"
    )]
    StillChanging,
    /// Footage of a camera that the configuration does not know.
    #[error("{}:{line}: camera `{camera}` is not in the configuration; add it to [[cameras]] or remove the row", manifest.display())]
    UnknownCamera {
        /// The footage manifest.
        manifest: PathBuf,
        /// Its line.
        line: usize,
        /// The camera's id.
        camera: String,
    },
    /// The stored picture of a view cannot be used.
    #[error(
        "camera `{camera}`, view `{view}`: {path}: {problem}; store another one while the camera shows it, by day: \
         curbwatch probe --camera {camera} --save-reference {path} --replace",
        path = path.display()
    )]
    Reference {
        /// The camera's id.
        camera: String,
        /// The view's.
        view: String,
        /// The picture.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A camera that is asked for is not in the configuration.
    #[error("camera `{0}` is not in the configuration, or has no address there; name one that has")]
    NoSuchCamera(String),
    /// A file of re-check orders is wrong.
    #[error("{}:{line}: {problem}", path.display())]
    Orders {
        /// The file.
        path: PathBuf,
        /// Its line; 0 is the file as a whole.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A file of the output could not be written.
    #[error("{path}: {cause}", path = path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// A worker thread panicked; the run is incomplete.
    #[error("the worker `{0}` ended unexpectedly; the run is incomplete")]
    Worker(&'static str),
}
