//! Footage manifests: which clip shows which camera from when on. One JSON object a line:
//! `{"camera":"04254","file":"04254/10_1489053735215.mp4","start_ms":1489053735215}`. `file` is
//! relative to the manifest. Not for reading the clips: see [`Clip`](crate::Clip).

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use curbwatch_types::{CameraId, Wall};
use serde::Deserialize;

use crate::Error;

/// Longest manifest line accepted, bytes.
const LINE_BYTES_MAX: usize = 16 << 10;
/// Most visits in a manifest.
const VISITS_MAX: usize = 1_000_000;

/// One clip of one camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Whose clip.
    pub camera: CameraId,
    /// The clip; manifest-relative paths are already joined to the manifest's folder.
    pub file: PathBuf,
    /// When its first picture was taken.
    pub start: Wall,
    /// Line of the manifest, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    camera: String,
    file: PathBuf,
    start_ms: i64,
}

/// Reads a manifest. Visits come in the manifest's order; those of one camera must be in time order
/// (gaps between them are blind time). Blank lines are skipped. Errors name file and line.
pub fn read_manifest(path: &Path) -> Result<Vec<Visit>, Error> {
    let wrong = |line: usize, problem: String| Error::Footage {
        file: path.to_owned(),
        line,
        problem,
    };
    let file = File::open(path).map_err(|e| wrong(0, e.to_string()))?;
    read_rows(BufReader::new(file), path)
}

/// The manifest that `reader` holds and that lies at `path`.
pub(crate) fn read_rows(mut reader: impl BufRead, path: &Path) -> Result<Vec<Visit>, Error> {
    let wrong = |line: usize, problem: String| Error::Footage {
        file: path.to_owned(),
        line,
        problem,
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut last: std::collections::HashMap<CameraId, Wall> = std::collections::HashMap::new();
    let mut visits = Vec::new();
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = reader
            .by_ref()
            .take(LINE_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut text)
            .map_err(|e| wrong(line, e.to_string()))?;
        if read == 0 {
            break;
        }
        if read > LINE_BYTES_MAX {
            return Err(wrong(line, format!("longer than {LINE_BYTES_MAX} bytes")));
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        let row: Row = serde_json::from_slice(&text).map_err(|e| wrong(line, e.to_string()))?;
        let camera = CameraId::new(&row.camera).map_err(|e| wrong(line, format!("camera: {e}")))?;
        let start = Wall(row.start_ms);
        if last
            .insert(camera.clone(), start)
            .is_some_and(|before| before > start)
        {
            return Err(wrong(
                line,
                format!("camera {camera}: starts before its row above; rows go in time order"),
            ));
        }
        if visits.len() == VISITS_MAX {
            return Err(wrong(line, format!("more than {VISITS_MAX} visits")));
        }
        visits.push(Visit {
            camera,
            file: folder.join(row.file),
            start,
            line,
        });
    }
    Ok(visits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Result<usize, &str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.jsonl");
        std::fs::write(&path, text).unwrap();
        match (read_manifest(&path), want) {
            (Ok(visits), Ok(n)) => assert_eq!(visits.len(), n),
            (Err(e), Err(want)) => {
                assert!(e.to_string().contains(want), "{e} lacks {want}");
                assert_eq!(e.kind(), "footage");
            }
            (got, want) => panic!("{text}: {got:?}, wanted {want:?}"),
        }
    }

    #[test]
    fn a_manifest_is_read_or_refused_with_its_line() {
        let ok = r#"{"camera":"a","file":"x.mp4","start_ms":5}"#;
        check(&format!("{ok}\n\n{ok}"), Ok(2));
        check("", Ok(0));
        check(&format!("{ok}\nnonsense\n"), Err("m.jsonl:2:"));
        check(
            r#"{"camera":"a b","file":"x.mp4","start_ms":5}"#,
            Err("m.jsonl:1: camera:"),
        );
        check(
            r#"{"camera":"a","file":"x.mp4"}"#,
            Err("missing field `start_ms`"),
        );
        check(
            r#"{"camera":"a","file":"x.mp4","start_ms":1,"fps":3}"#,
            Err("unknown field `fps`"),
        );
        check(
            &format!("{ok}\n{}", ok.replace('5', "4")),
            Err("m.jsonl:2: camera a: starts before"),
        );
        check(&"x".repeat(LINE_BYTES_MAX + 2), Err("longer than"));
    }

    #[test]
    fn files_are_relative_to_the_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.jsonl");
        std::fs::write(&path, r#"{"camera":"a","file":"v/x.mp4","start_ms":5}"#).unwrap();
        let visits = read_manifest(&path).unwrap();
        assert_eq!(visits[0].file, folder.path().join("v/x.mp4"));
        assert_eq!((visits[0].start, visits[0].line), (Wall(5), 1));
    }

    #[test]
    fn a_manifest_that_is_not_there_is_named() {
        let error = read_manifest(Path::new("no/such/m.jsonl")).unwrap_err();
        assert!(error.to_string().starts_with("no/such/m.jsonl: "), "{error}");
    }
}
