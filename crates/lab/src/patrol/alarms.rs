//! Cases to the scorer's list: the `opened` rows of `cases.jsonl`, of which a few keys are read.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest line of a case file accepted, in bytes.
const LINE_BYTES_MAX: usize = 1 << 20;

/// One alarm as the scorer reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alarm {
    camera: String,
    t_ms: i64,
    zone: String,
    #[serde(rename = "box")]
    bbox: [f64; 4],
}

#[derive(Deserialize)]
struct Row {
    state: String,
    #[serde(flatten)]
    rest: serde_json::Value,
}

#[derive(Deserialize)]
struct Opened {
    camera: String,
    zone: String,
    #[serde(rename = "box")]
    bbox: [f64; 4],
    emitted_ms: i64,
}

/// The alarms of a case file (one JSON object a line), in its order.
pub fn alarms(path: &Path) -> Result<Vec<Alarm>, Error> {
    let file_error = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(file_error)?;
    let mut alarms = Vec::new();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader
            .by_ref()
            .take(LINE_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(file_error)?;
        if read == 0 {
            break;
        }
        let problem = |problem: String| Error::Content {
            path: format!("{}:{number}", path.display()),
            problem,
        };
        if read > LINE_BYTES_MAX {
            return Err(problem(format!("the line has more than {LINE_BYTES_MAX} bytes")));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row: Row = serde_json::from_slice(&line).map_err(|e| problem(e.to_string()))?;
        if row.state == "opened" {
            let opened: Opened = serde_json::from_value(row.rest).map_err(|e| problem(e.to_string()))?;
            let Opened {
                camera,
                zone,
                bbox,
                emitted_ms,
            } = opened;
            alarms.push(Alarm {
                camera,
                t_ms: emitted_ms,
                zone,
                bbox,
            });
        }
    }
    Ok(alarms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        std::fs::write(&path, lines).expect("written");
        let alarms = alarms(&path).map_err(|e| e.to_string().replace(&path.display().to_string(), "F"))?;
        Ok(serde_json::to_string(&alarms).expect("JSON"))
    }

    #[test]
    fn opened_rows_become_alarms() {
        let row = |state: &str| {
            format!(
                "{{\"case_id\":\"c\",\"camera\":\"04254\",\"zone\":\"kerb\",\"class\":\"illegal_motor_parking\",\
                 \"state\":\"{state}\",\"box\":[0.1,0.2,0.25,0.5],\"emitted_ms\":1489057135000,\"more\":1}}\n"
            )
        };
        let got = check(&format!("{}{}\n{}", row("opened"), row("still"), row("closed")));
        let want = r#"[{"camera":"04254","t_ms":1489057135000,"zone":"kerb","box":[0.1,0.2,0.25,0.5]}]"#;
        assert_eq!(got, Ok(want.to_owned()));
        assert_eq!(check(""), Ok("[]".to_owned()));
    }

    #[test]
    fn a_bad_row_is_named_with_its_line() {
        let rows = [
            "{\"state\":\"still\"}\n{",
            "{\"state\":\"still\"}\n{\"state\":\"opened\",\"camera\":\"a\"}",
            &format!("{{\"state\":\"still\"}}\n{}", "x".repeat(LINE_BYTES_MAX + 1)),
        ];
        for row in rows {
            let error = check(row).expect_err("a bad row");
            assert!(error.starts_with("F:2: "), "{error}");
        }
    }
}
