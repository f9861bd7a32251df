//! What a label's class is to the model: `van=car`, or `sign=` for a class that is left out.

use std::collections::BTreeMap;
use std::path::Path;

use curbwatch_types::ObjectClass;

use crate::Error;
use crate::eval::lines::{each_line, wrong};

/// Class names that mean something else in this measurement. They hold for labels and for what the model
/// finds alike, so that `truck=car` makes one class of both on both sides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Renames(BTreeMap<String, Option<ObjectClass>>);

impl Renames {
    /// Reads `NAME=CLASS` words and files of such lines (`#` before a remark). A name is renamed once: chains
    /// would make the order of lines count.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut renames = Self::default();
        for word in words {
            if word.contains('=') {
                renames.add(word, "--classes-as")?;
            } else {
                each_line(Path::new(word), |line, place| {
                    let text = line.split('#').next().unwrap_or_default().trim();
                    if text.is_empty() {
                        return Ok(());
                    }
                    renames.add(text, place)
                })?;
            }
        }
        Ok(renames)
    }

    fn add(&mut self, text: &str, place: &str) -> Result<(), Error> {
        let Some((from, to)) = text.split_once('=') else {
            return Err(wrong(place, format!("`{text}` is not written NAME=CLASS")));
        };
        let (from, to) = (from.trim(), to.trim());
        let class = ObjectClass::from_name(to);
        if class.is_none() && !to.is_empty() {
            return Err(wrong(place, format!("`{to}` is no class; {}", known())));
        }
        if from.is_empty() || self.0.insert(from.to_owned(), class).is_some() {
            return Err(wrong(place, format!("`{from}` is renamed twice or not named")));
        }
        Ok(())
    }

    /// What a label's name means; `Ok(None)` is left out.
    pub(super) fn of_name(&self, name: &str) -> Result<Option<ObjectClass>, String> {
        match (self.0.get(name), ObjectClass::from_name(name)) {
            (Some(renamed), _) => Ok(*renamed),
            (None, Some(class)) => Ok(Some(class)),
            (None, None) => Err(format!(
                "`{name}` is no class; {}; or say what it is with --classes-as {name}=CLASS",
                known()
            )),
        }
    }

    /// What a detection's class means; `None` is left out.
    pub fn of_class(&self, class: ObjectClass) -> Option<ObjectClass> {
        self.0.get(class.name()).map_or(Some(class), |renamed| *renamed)
    }

    /// For the report: `NAME=CLASS`, by name.
    pub fn words(&self) -> Vec<String> {
        let word = |(from, to): (&String, &Option<ObjectClass>)| {
            format!("{from}={}", to.map_or("", ObjectClass::name))
        };
        self.0.iter().map(word).collect()
    }
}

fn known() -> String {
    let names: Vec<&str> = ObjectClass::NAMES.iter().map(|(_, name)| *name).collect();
    format!("known are {}", names.join(", "))
}
