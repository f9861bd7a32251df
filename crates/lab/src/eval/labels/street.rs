//! `labels.jsonl` of `curbwatch-lab street set`: one object a picture, boxes of what is seen in pixels.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::{Labelled, Labelling, Renames, cut, stem};
use crate::Error;
use crate::eval::lines::{each_line, wrong};

/// The keys read; there are more.
#[derive(Deserialize)]
struct Row {
    file: String,
    width: usize,
    height: usize,
    things: Vec<Thing>,
}

#[derive(Deserialize)]
struct Thing {
    class: String,
    /// What is seen of it: left, top, right, bottom, the last two exclusive.
    seen: [f64; 4],
    visible: f64,
}

/// Reads the rows of the `chosen` pictures; every row belongs to one of `all`.
pub(super) fn read(
    labels: &Path,
    chosen: &BTreeMap<&str, &Path>,
    all: &HashSet<&str>,
    renames: &Renames,
) -> Result<Vec<Labelled>, Error> {
    let mut rows: HashMap<String, Labelled> = HashMap::new();
    each_line(labels, |line, place| {
        let row: Row = serde_json::from_str(line).map_err(|e| wrong(place, e.to_string()))?;
        let name = stem(Path::new(&row.file)).unwrap_or_default();
        if !all.contains(name.as_str()) {
            return Err(wrong(place, format!("there is no picture `{}`", row.file)));
        }
        let Some(file) = chosen.get(name.as_str()) else {
            return Ok(());
        };
        let labelled = Labelled {
            file: file.to_path_buf(),
            size: Some((row.width, row.height)),
            things: things(&row, renames).map_err(|problem| wrong(place, problem))?,
        };
        if rows.insert(name, labelled).is_some() {
            return Err(wrong(place, format!("`{}` has labels already", row.file)));
        }
        Ok(())
    })?;
    let row = |(name, file): (&&str, &&Path)| {
        let problem = || format!("has no labels in {}", labels.display());
        rows.remove(*name).ok_or_else(|| wrong(file.display(), problem()))
    };
    chosen.iter().map(row).collect()
}

fn things(row: &Row, renames: &Renames) -> Result<Vec<Labelling>, String> {
    if row.width == 0 || row.height == 0 {
        return Err("the picture has no size".to_owned());
    }
    let (w, h) = (row.width as f64, row.height as f64);
    let mut things = Vec::with_capacity(row.things.len());
    for thing in &row.things {
        let Some(class) = renames.of_name(&thing.class)? else {
            continue;
        };
        let [x0, y0, x1, y1] = thing.seen;
        // Nothing is seen of it: nothing to find, nothing to leave out.
        if thing.visible <= 0.0 || x1 <= x0 || y1 <= y0 {
            continue;
        }
        things.push(Labelling {
            class,
            rect: cut(x0 / w, y0 / h, x1 / w, y1 / h)?,
            visible: thing.visible,
        });
    }
    Ok(things)
}
