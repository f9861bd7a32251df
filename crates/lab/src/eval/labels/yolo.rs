//! YOLO text files: `classes.txt` names the classes in order, `NAME.txt` holds `class x y w h` a line.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use curbwatch_types::ObjectClass;

use super::{Labelled, Labelling, Renames, cut, stem};
use crate::Error;
use crate::eval::lines::{each_line, unreadable, wrong};

/// Name of the class list, beside the labels or in the folder above.
const CLASSES: &str = "classes.txt";

/// Reads the labels of the `chosen` pictures; every label belongs to one of `all`.
pub(super) fn read(
    labels: &Path,
    chosen: &BTreeMap<&str, &Path>,
    all: &HashSet<&str>,
    renames: &Renames,
) -> Result<Vec<Labelled>, Error> {
    let classes = classes(labels, renames)?;
    for entry in std::fs::read_dir(labels).map_err(unreadable(labels))? {
        let path = entry.map_err(unreadable(labels))?.path();
        let is_label = path.extension().is_some_and(|e| e == "txt") && !path.ends_with(CLASSES);
        if is_label && stem(&path).is_none_or(|name| !all.contains(name.as_str())) {
            return Err(wrong(path.display(), "there is no picture of that name"));
        }
    }
    let picture = |(name, file): (&&str, &&Path)| {
        let path = labels.join(format!("{name}.txt"));
        if !path.is_file() {
            let problem = format!(
                "has no labels: {} is missing; an empty file says that nothing is there",
                path.display()
            );
            return Err(wrong(file.display(), problem));
        }
        let mut things = Vec::new();
        each_line(&path, |line, place| {
            let (class, rect) = thing(line, classes.len()).map_err(|problem| wrong(place, problem))?;
            if let Some(class) = classes[class] {
                things.push(Labelling {
                    class,
                    rect,
                    visible: 1.0,
                });
            }
            Ok(())
        })?;
        Ok(Labelled {
            file: file.to_path_buf(),
            size: None,
            things,
        })
    };
    chosen.iter().map(picture).collect()
}

/// The class of each index; `None` is left out.
fn classes(labels: &Path, renames: &Renames) -> Result<Vec<Option<ObjectClass>>, Error> {
    let places = [labels.join(CLASSES), labels.join("..").join(CLASSES)];
    let Some(path) = places.iter().find(|place| place.is_file()) else {
        let problem = format!("{CLASSES} is neither in the folder of the labels nor above it");
        return Err(wrong(labels.display(), problem));
    };
    let mut classes = Vec::new();
    each_line(path, |line, place| {
        classes.push(renames.of_name(line).map_err(|problem| wrong(place, problem))?);
        Ok(())
    })?;
    Ok(classes)
}

/// Index and box of a line.
fn thing(line: &str, classes: usize) -> Result<(usize, [f64; 4]), String> {
    let mut words = line.split_whitespace();
    let class = words.next().and_then(|word| word.parse::<usize>().ok());
    let numbers: Vec<f64> = words.map_while(|word| word.parse().ok()).collect();
    let (Some(class), [x, y, w, h], 5) = (class, numbers.as_slice(), line.split_whitespace().count()) else {
        return Err(format!("`{line}` is not `class x y w h`"));
    };
    if class >= classes {
        return Err(format!("class {class} is not among the {classes} of {CLASSES}"));
    }
    let rect = cut(x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0)?;
    Ok((class, rect))
}
