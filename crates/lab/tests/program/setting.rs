//! What the tests of the program are set in: a drawn street, a farm that shows it, a configuration.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbwatch_lab::farm::{Account, Farm, FarmOptions, open_all};
use curbwatch_types::SystemClock;

use crate::binary::repository;
use crate::support::{make_street, skipped};

/// A street with a block standing in it, in `folder`; says why where there is none.
pub(crate) fn street(folder: &Path) -> Option<PathBuf> {
    let clip = folder.join("standing.mp4");
    if make_street(&clip, "libx264", true) {
        return Some(clip);
    }
    skipped("the ffmpeg program with libx264 is not installed");
    None
}

/// A farm on a network thread of its own.
pub(crate) struct Street {
    pub(crate) farm: Farm,
    _network: tokio::runtime::Runtime,
}

impl Street {
    /// `cameras` cameras that all show `clip`, behind `account`.
    pub(crate) fn open(clip: &Path, cameras: usize, account: Option<Account>) -> Self {
        let network = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut options = FarmOptions::new(cameras, open_all(&[clip.to_owned()]).unwrap());
        options.account = account;
        let farm = network
            .block_on(Farm::start(options, Arc::new(SystemClock::new())))
            .unwrap();
        Self {
            farm,
            _network: network,
        }
    }
}

/// A camera of the configuration: id, url, and keys that are its own.
pub(crate) type Camera<'a> = (&'a str, &'a str, &'a str);

/// Writes `curbwatch.toml` into `folder`: fixture model, short dwells, a store in `store`, a file of
/// rows, these cameras with a zone each, and what else there is.
pub(crate) fn configuration(folder: &Path, store: &Path, cameras: &[Camera<'_>], more: &str) -> PathBuf {
    let model = repository("fixtures/models/blob.toml").display().to_string();
    let store = store.display().to_string();
    let mut text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\ndirectory = {store:?}\n\
         [inference]\nmodel = {model:?}\nworkers = 1\n[looks]\nlook_every_secs = 1.0\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n\
         [[sinks.jsonl]]\nname = \"file\"\npath = \"cases.jsonl\"\n{more}\n"
    );
    for (id, url, keys) in cameras {
        let _ = write!(
            text,
            "[[cameras]]\nid = {id:?}\nurl = {url:?}\n{keys}\n\
             [[zones]]\ncamera = {id:?}\nid = \"kerb\"\nkind = \"no_parking\"\ndwell_secs = 10\n\
             polygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        );
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    file
}
