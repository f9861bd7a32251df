//! Labels: what is in which picture, from either of two forms.
//!
//! `--labels` names a folder of YOLO text files (`NAME.txt` beside `classes.txt`, or with `classes.txt` in the folder
//! above; `class x y w h` a line, centre and size relative), or the `labels.jsonl` of `curbwatch-lab street set`.
//! Class names are those of [`ObjectClass`]; others are renamed ([`Renames`]) or refused. Every picture has labels and
//! every label has its picture: a file that was forgotten would count as an empty street.

mod renames;
mod street;
mod yolo;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use curbwatch_types::ObjectClass;

use super::lines::{each_line, unreadable, wrong};
use crate::Error;

pub use renames::Renames;

/// What a box may reach beyond its picture, as a share of the side: rounding by whoever drew it.
const OUTSIDE_MAX: f64 = 0.01;
/// File names that are pictures.
const PICTURES: [&str; 3] = ["jpg", "jpeg", "png"];

/// One picture and what is said to be in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The picture's file.
    pub file: PathBuf,
    /// Width and height in pixels where the labels say them.
    pub size: Option<(usize, usize)>,
    /// What is in it.
    pub things: Vec<Labelling>,
}

/// One thing as its label has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelling {
    /// What it is, renamed.
    pub class: ObjectClass,
    /// Left, top, width, height, relative to the picture and cut to it.
    pub rect: [f64; 4],
    /// Share of it that is seen, 0..1; 1 where the labels do not say.
    pub visible: f64,
}

/// Which pictures of a set are measured.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// A file of picture names (with or without their ending), one a line, `#` before a remark: a held-out split.
    pub list: Option<PathBuf>,
    /// At most this many, the first by name.
    pub limit: Option<usize>,
}

/// Reads the labels of the chosen pictures, by name.
pub fn read(
    images: &Path,
    labels: &Path,
    renames: &Renames,
    choice: &Choice,
) -> Result<Vec<Labelled>, Error> {
    let pictures = pictures(images)?;
    let listed = choice.list.as_deref().map(list).transpose()?;
    if let (Some(listed), Some(path)) = (&listed, &choice.list) {
        let absent = listed.iter().find(|name| !pictures.contains_key(*name));
        if let Some(name) = absent {
            let problem = format!("`{name}` is no picture of {}", images.display());
            return Err(wrong(path.display(), problem));
        }
    }
    let wanted = |name: &str| listed.as_ref().is_none_or(|listed| listed.contains(name));
    let chosen: BTreeMap<&str, &Path> = pictures
        .iter()
        .map(|(name, file)| (name.as_str(), file.as_path()))
        .filter(|(name, _)| wanted(name))
        .take(choice.limit.unwrap_or(usize::MAX))
        .collect();
    let all: HashSet<&str> = pictures.keys().map(String::as_str).collect();
    let read = if labels.is_dir() {
        yolo::read(labels, &chosen, &all, renames)
    } else {
        street::read(labels, &chosen, &all, renames)
    }?;
    if read.is_empty() {
        return Err(wrong(images.display(), "no picture is left to measure"));
    }
    Ok(read)
}

/// The pictures of a folder by name without ending.
fn pictures(images: &Path) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut pictures = BTreeMap::new();
    for entry in std::fs::read_dir(images).map_err(unreadable(images))? {
        let path = entry.map_err(unreadable(images))?.path();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !PICTURES.contains(&ending.to_ascii_lowercase().as_str()) {
            continue;
        }
        let Some(name) = stem(&path) else {
            return Err(wrong(path.display(), "the file's name is no UTF-8"));
        };
        if let Some(other) = pictures.insert(name, path.clone()) {
            let problem = format!("{} has the same name; labels could mean either", other.display());
            return Err(wrong(path.display(), problem));
        }
    }
    if pictures.is_empty() {
        return Err(wrong(images.display(), "the folder holds no JPEG and no PNG"));
    }
    Ok(pictures)
}

/// Names of a list, without folders and endings.
fn list(path: &Path) -> Result<HashSet<String>, Error> {
    let mut names = HashSet::new();
    each_line(path, |line, place| {
        let text = line.split('#').next().unwrap_or_default().trim();
        let name = text.rsplit('/').next().unwrap_or_default();
        let known = |ending: &&str| {
            let ending = format!(".{ending}");
            name.to_ascii_lowercase().ends_with(&ending)
        };
        let name = PICTURES
            .iter()
            .find(|ending| known(ending))
            .map_or(name, |ending| &name[..name.len() - ending.len() - 1]);
        if !name.is_empty() && !names.insert(name.to_owned()) {
            return Err(wrong(place, format!("`{name}` is listed twice")));
        }
        Ok(())
    })?;
    if names.is_empty() {
        return Err(wrong(path.display(), "the list names no picture"));
    }
    Ok(names)
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.to_owned())
}

/// The box from two corners, relative, cut to the picture; or what is wrong with it.
fn cut(x0: f64, y0: f64, x1: f64, y1: f64) -> Result<[f64; 4], String> {
    let corners = [x0, y0, x1, y1];
    if corners.iter().any(|v| !v.is_finite()) {
        return Err("the box holds what is no number".to_owned());
    }
    let beyond = corners.iter().map(|v| (v - 1.0).max(-v)).fold(0.0, f64::max);
    if beyond > OUTSIDE_MAX {
        return Err(format!(
            "the box reaches {:.1} % of a side outside its picture",
            beyond * 100.0
        ));
    }
    let [x0, y0, x1, y1] = corners.map(|v| v.clamp(0.0, 1.0));
    if x1 <= x0 || y1 <= y0 {
        return Err("the box has no area".to_owned());
    }
    Ok([x0, y0, x1 - x0, y1 - y0])
}
