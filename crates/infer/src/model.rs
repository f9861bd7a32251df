//! A checked manifest with its weights, ready to become sessions.
//!
//! For: finding the weights, proving by their checksum that they are the ones the manifest speaks of,
//! and naming them. Not for: running them ([`Detector`](crate::Detector)). Needs no runtime library.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{Error, Manifest};

/// Largest weights read into memory, in bytes (512 MiB; the shipped models have 4 to 5 MB).
pub const MODEL_BYTES_MAX: u64 = 512 << 20;

/// Where weights may lie.
#[derive(Debug, Clone, Default)]
pub struct ModelOptions {
    /// Folders looked into, in order, when the weights are not beside their manifest.
    pub model_dirs: Vec<PathBuf>,
}

/// A manifest with its weights. Cheap to clone.
#[derive(Clone)]
pub struct Model {
    manifest: Arc<Manifest>,
    id: Arc<str>,
    weights: Arc<[u8]>,
    files: Arc<Files>,
}

/// Where a model was read from, for what is said about it.
struct Files {
    manifest: PathBuf,
    weights: PathBuf,
}

impl Model {
    /// Reads and checks the manifest, finds the weights and checks their sha256.
    pub fn load(manifest_path: &Path, options: &ModelOptions) -> Result<Self, Error> {
        let manifest = Manifest::read(manifest_path)?;
        let beside = manifest_path
            .parent()
            .unwrap_or(Path::new(""))
            .join(&manifest.file);
        let mut searched = vec![beside];
        searched.extend(options.model_dirs.iter().map(|dir| dir.join(&manifest.file)));
        let Some(path) = searched.iter().find(|p| p.is_file()) else {
            return Err(Error::WeightsMissing {
                manifest: manifest_path.to_path_buf(),
                file: manifest.file.display().to_string(),
                searched,
            });
        };
        let unreadable = |cause| Error::ReadWeights {
            path: path.clone(),
            cause,
        };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > MODEL_BYTES_MAX {
            return Err(Error::WeightsTooLarge {
                path: path.clone(),
                bytes,
                max: MODEL_BYTES_MAX,
            });
        }
        let weights = std::fs::read(path).map_err(unreadable)?;
        let found = hex(&Sha256::digest(&weights));
        if found != manifest.sha256 {
            return Err(Error::Hash {
                path: path.clone(),
                expected: manifest.sha256,
                found,
            });
        }
        let id = format!("{}@{}", manifest.name, &found[..12]);
        Ok(Self {
            id: Arc::from(id),
            manifest: Arc::new(manifest),
            weights: Arc::from(weights),
            files: Arc::new(Files {
                manifest: manifest_path.to_path_buf(),
                weights: path.clone(),
            }),
        })
    }

    /// `name@` and the first 12 digits of the weights' sha256.
    pub fn id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file the weights were read from.
    pub fn file(&self) -> &Path {
        &self.files.weights
    }

    pub(crate) fn wrong_input(&self, what: String) -> Error {
        Error::Input {
            file: self.files.weights.clone(),
            manifest: self.files.manifest.clone(),
            what,
        }
    }

    pub(crate) fn wrong_output(&self, what: String) -> Error {
        Error::Output {
            file: self.files.weights.clone(),
            manifest: self.files.manifest.clone(),
            what,
        }
    }

    /// The bytes whose checksum was checked: what is hashed is what runs, whatever becomes of the file.
    pub(crate) fn weights(&self) -> &[u8] {
        &self.weights
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("id", &self.id)
            .field("bytes", &self.weights.len())
            .finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
