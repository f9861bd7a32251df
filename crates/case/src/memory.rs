//! The scenes' memories at rest: one a camera, the latest, with the coded pictures that it speaks of. A database of its own,
//! `memory.sqlite`, so that what may be lost never delays what may not (ADR 0102): it is not synced at every commit, and when
//! it is damaged it is put away and begun anew.
//!
//! Not for: cases, and not for understanding a memory. What its bytes mean only `scene` knows.

use std::fs;
use std::path::{Path, PathBuf};

use curbwatch_types::{AccessUnit, CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, Taint, Wall};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use crate::Error;
use crate::store::{Lock, create_directories, lock};

/// Name of the database below the store's directory.
const FILE: &str = "memory.sqlite";
/// `PRAGMA user_version`. A file of another version is begun anew: there is nothing in it that a look does not bring back.
const VERSION: i64 = 1;
/// The write-ahead log is cut back to this when it has been larger.
const JOURNAL_BYTES_MAX: i64 = 16 << 20;
/// Largest state that is handed back; the scene's own bounds keep it under ten megabytes.
const STATE_BYTES_MAX: usize = 32 << 20;

const SCHEMA: &str = "
    DROP TABLE IF EXISTS memories;
    DROP TABLE IF EXISTS pictures;
    CREATE TABLE memories (
        camera TEXT PRIMARY KEY,
        taken_ms INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE pictures (
        camera TEXT NOT NULL,
        captured_ms INTEGER NOT NULL,
        uncertainty_ms INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        codec TEXT NOT NULL,
        media_time INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (camera, captured_ms)
    ) STRICT;
";

/// What one camera's scene remembers.
#[derive(Debug, Clone)]
pub struct SceneMemory {
    /// Whose it is.
    pub camera: CameraId,
    /// The latest look that is in it.
    pub taken_at: Wall,
    /// The scene's own bytes.
    pub state: Vec<u8>,
    /// Clean keyframes, at most one for each captured-at.
    pub pictures: Vec<AccessUnit>,
}

/// The one writer of the memories in a directory.
#[derive(Debug)]
pub struct MemoryStore {
    connection: Connection,
    file: PathBuf,
    _lock: Lock,
}

impl MemoryStore {
    /// Opens the memories below `directory` and makes the file when it is missing. A file that is damaged is renamed to
    /// `memory.sqlite.damaged`, and one of another version emptied.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        create_directories(directory)?;
        let lock = lock(directory, "memory")?;
        let file = directory.join(FILE);
        let connection = match connect(&file) {
            Err(Error::Corrupt { detail, .. }) => {
                tracing::warn!(file = %file.display(), "the memories are damaged ({detail}); scenes begin without them");
                put_away(&file)?;
                connect(&file)?
            }
            connected => connected?,
        };
        Ok(Self {
            connection,
            file,
            _lock: lock,
        })
    }

    /// Lays memories by in place of the cameras' earlier ones; all or none. Pictures that lie there already are not written
    /// again. Not synced: after a power cut an earlier state may be back.
    pub fn lay_by(&mut self, memories: &[SceneMemory]) -> Result<(), Error> {
        let write = |connection: &mut Connection| -> rusqlite::Result<()> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for memory in memories {
                write(&transaction, memory)?;
            }
            transaction.commit()
        };
        write(&mut self.connection).map_err(|e| Error::of_sqlite("laying memories by", &self.file, e))
    }

    /// The camera's memory, if there is one.
    pub fn take_up(&self, camera: &CameraId) -> Result<Option<SceneMemory>, Error> {
        let failed = |e| Error::of_sqlite("taking a memory up", &self.file, e);
        let found = self
            .connection
            .prepare_cached("SELECT taken_ms, state FROM memories WHERE camera = ?1 AND length(state) <= ?2")
            .and_then(|mut rows| {
                let bound = STATE_BYTES_MAX as i64;
                rows.query_row(params![camera.as_str(), bound], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
            })
            .map_err(failed)?;
        let Some((taken_ms, state)) = found else {
            return Ok(None);
        };
        let pictures = || -> rusqlite::Result<Vec<AccessUnit>> {
            let mut rows = self.connection.prepare_cached(
                "SELECT captured_ms, uncertainty_ms, epoch, codec, media_time, bytes FROM pictures
                 WHERE camera = ?1 ORDER BY captured_ms",
            )?;
            let found = rows.query_map(params![camera.as_str()], |row| picture(camera, row))?;
            found.filter_map(Result::transpose).collect()
        };
        Ok(Some(SceneMemory {
            camera: camera.clone(),
            taken_at: Wall(taken_ms),
            state,
            pictures: pictures().map_err(failed)?,
        }))
    }

    /// Forgets cameras that are not among these; answers how many.
    pub fn forget_all_but(&mut self, cameras: &[CameraId]) -> Result<usize, Error> {
        let failed = |e| Error::of_sqlite("forgetting cameras", &self.file, e);
        let known: Vec<String> = self
            .connection
            .prepare("SELECT camera FROM memories")
            .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
            .map_err(failed)?;
        let mut forgotten = 0;
        for camera in known {
            if cameras.iter().any(|one| one.as_str() == camera) {
                continue;
            }
            for sql in [
                "DELETE FROM memories WHERE camera = ?1",
                "DELETE FROM pictures WHERE camera = ?1",
            ] {
                self.connection.execute(sql, params![camera]).map_err(failed)?;
            }
            forgotten += 1;
        }
        Ok(forgotten)
    }
}

fn connect(file: &Path) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(file)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // SQLite documentation, "PRAGMA synchronous": NORMAL may lose the last commits at a power cut, never the file.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update_and_check(None, "journal_size_limit", JOURNAL_BYTES_MAX, |_| Ok(()))?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version != VERSION {
            connection.execute_batch(SCHEMA)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        Ok(connection)
    };
    open().map_err(|e| Error::of_sqlite("opening the memories", file, e))
}

/// Renames what is damaged, so that somebody may look at it, and drops its log.
fn put_away(file: &Path) -> Result<(), Error> {
    const ATTEMPTED: &str = "putting damaged memories away";
    let beside = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    fs::rename(file, beside(".damaged")).map_err(|e| Error::of_io(ATTEMPTED, file, e))?;
    for log in [beside("-wal"), beside("-shm")] {
        match fs::remove_file(&log) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::of_io(ATTEMPTED, &log, e));
            }
            _ => {}
        }
    }
    Ok(())
}

fn write(transaction: &Transaction<'_>, memory: &SceneMemory) -> rusqlite::Result<()> {
    let camera = memory.camera.as_str();
    transaction
        .prepare_cached(
            "INSERT INTO memories (camera, taken_ms, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (camera) DO UPDATE SET taken_ms = excluded.taken_ms, state = excluded.state",
        )?
        .execute(params![camera, memory.taken_at.0, memory.state])?;
    let lying: Vec<i64> = transaction
        .prepare_cached("SELECT captured_ms FROM pictures WHERE camera = ?1")?
        .query_map(params![camera], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let wanted = |captured_ms: i64| {
        memory
            .pictures
            .iter()
            .any(|unit| unit.captured_at.at.0 == captured_ms)
    };
    for captured_ms in lying.iter().filter(|captured_ms| !wanted(**captured_ms)) {
        transaction
            .prepare_cached("DELETE FROM pictures WHERE camera = ?1 AND captured_ms = ?2")?
            .execute(params![camera, captured_ms])?;
    }
    for unit in &memory.pictures {
        let captured = unit.captured_at;
        if lying.contains(&captured.at.0) {
            continue;
        }
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO pictures
                    (camera, captured_ms, uncertainty_ms, epoch, codec, media_time, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                camera,
                captured.at.0,
                captured.uncertainty_ms,
                unit.epoch.0,
                unit.codec.name(),
                unit.media_time.0,
                &unit.bytes[..],
            ])?;
    }
    Ok(())
}

/// `None` where the codec is unknown. When it arrived is not kept: that clock ended with its process.
fn picture(camera: &CameraId, row: &Row<'_>) -> rusqlite::Result<Option<AccessUnit>> {
    let name: String = row.get("codec")?;
    let codecs = [Codec::H264, Codec::H265, Codec::Mpeg4];
    let Some(codec) = codecs.into_iter().find(|codec| codec.name() == name) else {
        return Ok(None);
    };
    Ok(Some(AccessUnit {
        camera: camera.clone(),
        epoch: Epoch(row.get("epoch")?),
        codec,
        keyframe: true,
        taint: Taint::Clean,
        media_time: MediaTime(row.get("media_time")?),
        received: Monotonic::default(),
        captured_at: CapturedAt {
            at: Wall(row.get("captured_ms")?),
            uncertainty_ms: row.get("uncertainty_ms")?,
        },
        bytes: row.get::<_, Vec<u8>>("bytes")?.into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(name: &str) -> CameraId {
        CameraId::new(name).expect("id")
    }

    fn memory(name: &str, state: &[u8], pictures: &[i64]) -> SceneMemory {
        let unit = |at: &i64| AccessUnit {
            camera: camera(name),
            epoch: Epoch(3),
            codec: Codec::H265,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(90_000),
            received: Monotonic::default(),
            captured_at: CapturedAt {
                at: Wall(*at),
                uncertainty_ms: 7,
            },
            bytes: vec![*at as u8; 5].into(),
        };
        SceneMemory {
            camera: camera(name),
            taken_at: Wall(1000),
            state: state.to_vec(),
            pictures: pictures.iter().map(unit).collect(),
        }
    }

    fn told(store: &MemoryStore, name: &str) -> String {
        format!("{:?}", store.take_up(&camera(name)).expect("readable"))
    }

    #[test]
    fn the_latest_memory_of_each_camera_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = MemoryStore::open(folder.path()).expect("a store");
        assert!(store.take_up(&camera("a")).expect("readable").is_none());
        store
            .lay_by(&[memory("a", b"one", &[1, 2]), memory("b", b"two", &[1])])
            .expect("written");
        let later = memory("a", b"three", &[2, 3]);
        store.lay_by(std::slice::from_ref(&later)).expect("written");
        drop(store);
        let mut store = MemoryStore::open(folder.path()).expect("a store");
        assert_eq!(told(&store, "a"), format!("{:?}", Some(later)));
        assert_eq!(
            told(&store, "b"),
            format!("{:?}", Some(memory("b", b"two", &[1])))
        );
        assert_eq!(store.forget_all_but(&[camera("a")]).expect("written"), 1);
        assert!(store.take_up(&camera("b")).expect("readable").is_none());
        assert!(matches!(
            MemoryStore::open(folder.path()),
            Err(Error::InUse { .. })
        ));
    }

    #[test]
    fn damaged_memories_are_put_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        fs::write(&file, b"this is no database, whatever it is called").expect("written");
        let mut store = MemoryStore::open(folder.path()).expect("a new store");
        store.lay_by(&[memory("a", b"one", &[])]).expect("written");
        assert!(folder.path().join("memory.sqlite.damaged").is_file());
    }

    #[test]
    fn memories_of_another_version_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = MemoryStore::open(folder.path()).expect("a store");
        store.lay_by(&[memory("a", b"one", &[1])]).expect("written");
        store
            .connection
            .pragma_update(None, "user_version", VERSION + 1)
            .expect("set");
        drop(store);
        let store = MemoryStore::open(folder.path()).expect("a store");
        assert!(store.take_up(&camera("a")).expect("readable").is_none());
    }
}
