//! The ONNX Runtime library: found, checked and loaded once for the whole process.
//!
//! For: turning a path into a usable runtime within a second, or into an error that names the file
//! and the remedy. Not for: sessions. The path comes from the operator.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;

/// File name of the library on this platform.
const LIBRARY_NAME: &str = if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// The loaded library and its environment. Cheap to clone; all clones are the same runtime.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    environment: ort::environment::Environment,
    version: String,
    path: PathBuf,
}

impl Runtime {
    /// Version of the loaded library, e.g. `1.32.0`.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// File it was loaded from.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub(crate) fn environment(&self) -> &ort::environment::Environment {
        &self.0.environment
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("version", &self.0.version)
            .field("path", &self.0.path)
            .finish()
    }
}

/// Loads ONNX Runtime, once for the process; later calls give the same runtime.
///
/// Looked at in this order: `library` (and nothing else when it is given), the environment variable
/// `ORT_DYLIB_PATH` (likewise), the executable's folder, `../lib` beside that folder, and
/// `../setup/onnxruntime`, where set-up puts it beside a build.
pub fn load_runtime(library: Option<&Path>) -> Result<Runtime, Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = loaded.as_ref() {
        return match library {
            Some(asked) if !same_file(asked, &runtime.0.path) => Err(Error::LibraryAlreadyLoaded {
                loaded: runtime.0.path.clone(),
                asked: asked.to_path_buf(),
            }),
            _ => Ok(runtime.clone()),
        };
    }
    let places = candidates(library, std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let Some(path) = places.iter().find(|p| p.is_file()).cloned() else {
        return Err(Error::LibraryMissing { searched: places });
    };
    let runtime = load(&path)?;
    tracing::info!(version = runtime.version(), path = %path.display(), "ONNX Runtime loaded");
    Ok(loaded.insert(runtime).clone())
}

/// The files to look at. An explicit choice is the only one: falling back from it would hide a typo.
fn candidates(library: Option<&Path>, from_environment: Option<PathBuf>) -> Vec<PathBuf> {
    // ort resolves relative paths against the executable; people mean their working directory.
    let absolute = |p: &Path| std::path::absolute(p).unwrap_or_else(|_| p.to_path_buf());
    if let Some(path) = library {
        return vec![absolute(path)];
    }
    if let Some(path) = from_environment.filter(|p| !p.as_os_str().is_empty()) {
        return vec![absolute(&path)];
    }
    let Some(folder) = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_path_buf))
    else {
        return Vec::new();
    };
    let mut places = vec![folder.join(LIBRARY_NAME)];
    if let Some(above) = folder.parent() {
        places.push(above.join("lib").join(LIBRARY_NAME));
        places.push(above.join("setup/onnxruntime").join(LIBRARY_NAME));
    }
    places
}

fn load(path: &Path) -> Result<Runtime, Error> {
    let failed = |cause: String| Error::LibraryLoad {
        path: path.to_path_buf(),
        cause,
    };
    let (builder, version) = version_note::listen(|| ort::init_from(path));
    let builder = builder.map_err(|e| match e {
        ort::LoadDynamicError::BadVersion { version_str, path } => Error::LibraryOld {
            path,
            found: version_str,
            needed: format!("1.{}", ort::MINOR_VERSION),
        },
        ort::LoadDynamicError::Dlopen { error, .. } => failed(error.to_string()),
        other => failed(other.to_string()),
    })?;
    let environment = builder
        .with_name("curbwatch")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    // Exporters that list weights as inputs cause hundreds of warnings; what matters is an error.
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(Runtime(Arc::new(Inner {
        environment,
        version,
        path: path.to_path_buf(),
    })))
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Learns the library's version. `ort` knows it and says so in one log line only, and asking the
/// library itself would take `unsafe`, which this crate does without.
mod version_note {
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::Interest;
    use tracing::{Event, Metadata, Subscriber};

    /// Runs `load` and gives its result with the version `ort` mentioned, or `unknown`.
    pub(super) fn listen<T>(load: impl FnOnce() -> T) -> (T, String) {
        let heard = Arc::new(Mutex::new(None));
        let result = tracing::subscriber::with_default(
            Listener {
                heard: Arc::clone(&heard),
            },
            load,
        );
        tracing::callsite::rebuild_interest_cache();
        let version = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        (result, version.unwrap_or_else(|| "unknown".to_owned()))
    }

    struct Listener {
        heard: Arc<Mutex<Option<String>>>,
    }

    impl Subscriber for Listener {
        fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
            if self.enabled(metadata) {
                Interest::sometimes()
            } else {
                Interest::never()
            }
        }

        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event() && metadata.target().starts_with("ort")
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            event.record(&mut Message(&self.heard));
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    struct Message<'a>(&'a Mutex<Option<String>>);

    impl Visit for Message<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            if field.name() != "message" {
                return;
            }
            let text = format!("{value:?}");
            if let Some(version) = text
                .split("version '")
                .nth(1)
                .and_then(|rest| rest.split('\'').next())
            {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
            }
        }
    }
}
