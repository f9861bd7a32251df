//! A folder with a configuration in it.

use std::path::{Path, PathBuf};

use curbwatch_config::{Config, Problems, load};

/// A folder of files, gone when dropped. Every folder has a `model.toml`.
pub(crate) struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    /// Writes `files`, each a relative path and its text.
    pub(crate) fn with<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("model.toml"), "").expect("written");
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        Self { dir }
    }

    /// A path in it.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Loads a file of it. Environment: `CURBWATCH_TEST_SECRET` is `hunter2`, `CURBWATCH_EMPTY` is empty.
    pub(crate) fn load(&self, relative: &str) -> Result<Config, Problems> {
        load(&self.path(relative), &|name| match name {
            "CURBWATCH_TEST_SECRET" => Some("hunter2".to_owned()),
            "CURBWATCH_EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    /// The problems as they are printed, without the folder's own path.
    pub(crate) fn problems(&self, relative: &str) -> Vec<String> {
        let prefix = format!("{}/", self.dir.path().display());
        let problems = self.load(relative).map_or_else(|p| p.0, |_| Vec::new());
        problems
            .iter()
            .map(|p| p.to_string().replace(&prefix, ""))
            .collect()
    }
}

/// A repository path.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
