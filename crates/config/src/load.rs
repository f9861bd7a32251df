//! Reads the main file and the lists it includes, within bounds, and gathers what they hold.
//!
//! Not for: what entries mean together (`resolve`).

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::form::{Form, Placed};
use crate::lists::{
    CAMERAS_MAX, CameraEntry, GROUPS_MAX, GroupEntry, ListFile, MainFile, ZONES_MAX, ZoneEntry,
};
use crate::node::{Node, Table, Value, parse};
use crate::problem::{Context, Place, Problems};
use crate::resolve;
use crate::section::{At, Section};
use crate::{csv, form};

/// Largest file read, in bytes. 10,000 zones of 8 corners take about 2 MB.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files read at most.
const FILES_MAX: usize = 1_000;
/// How deep an included file may include: main file, city, district, street.
const INCLUDE_DEPTH_MAX: usize = 4;

/// Everything in the lists of all files.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) groups: Vec<(String, Placed<GroupEntry>)>,
    pub(crate) cameras: Vec<Placed<CameraEntry>>,
    pub(crate) zones: Vec<Placed<ZoneEntry>>,
}

/// Reads and checks the configuration at `path`.
///
/// `environment` gives the value of an environment variable; it is asked for the variables that
/// `password_env` and `token_env` name and for no others. The files that the configuration names are
/// checked to be there now; a program that starts later may still find them gone.
///
/// # Errors
/// Every problem found, never just the first.
pub fn load(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, Problems> {
    let mut cx = Context::new(environment);
    let config = read_main(path, &mut cx);
    match config {
        Some(config) if cx.is_clean() => Ok(config),
        _ => Err(cx.into_problems(path)),
    }
}

/// Where keys of the main file stand.
pub(crate) struct Places<'a> {
    start: &'a Place,
    table: &'a Table,
}

impl Places<'_> {
    /// The place of the key with this path, or of the nearest table that holds it.
    pub(crate) fn of(&self, path: &[&str]) -> Place {
        let mut place = self.start;
        let mut table = Some(self.table);
        for key in path {
            let Some(node) = table.and_then(|t| t.get(key)) else {
                break;
            };
            place = &node.place;
            table = match &node.value {
                Value::Table(inner) => Some(inner),
                _ => None,
            };
        }
        place.clone()
    }
}

fn read_main(path: &Path, cx: &mut Context<'_>) -> Option<Config> {
    let file: Arc<Path> = Arc::from(path);
    let start = Place::start(&file);
    let text = match read_text(path) {
        Ok(text) => text,
        Err((message, hint)) => {
            cx.report(&start, message, hint);
            return None;
        }
    };
    let Node {
        value: Value::Table(table),
        ..
    } = parse(&file, &text, cx)?
    else {
        return None;
    };
    let main = MainFile::read(
        &At {
            path: "",
            place: &start,
        },
        &table,
        cx,
    );
    // Without `inference.model` there is no `MainFile`; its lists are still checked.
    let lists_of_main = match &main {
        Some(main) => ListFile {
            include: main.include.clone(),
            groups: main.groups.clone(),
            cameras: main.cameras.clone(),
            zones: main.zones.clone(),
        },
        None => read_lists_only(&start, &table, cx)?,
    };
    let mut reader = Reader {
        lists: Lists::default(),
        seen: vec![(identity(path), file)],
        open: 1,
    };
    reader.take(lists_of_main, cx);
    resolve::config(
        main,
        reader.lists,
        &Places {
            start: &start,
            table: &table,
        },
        cx,
    )
}

/// The lists of a main file whose settings could not be read; what is wrong in them was reported.
fn read_lists_only(start: &Place, table: &Table, cx: &mut Context<'_>) -> Option<ListFile> {
    let entries = table
        .entries
        .iter()
        .filter(|e| ListFile::NAMES.contains(&e.key.as_str()))
        .cloned();
    let mut silent = Context::new(cx.environment);
    let lists = ListFile::read(
        &At {
            path: "",
            place: start,
        },
        &Table {
            entries: entries.collect(),
        },
        &mut silent,
    );
    cx.incomplete.append(&mut silent.incomplete);
    lists
}

/// Follows includes.
struct Reader {
    lists: Lists,
    /// Files read, by what they really are; a file is read once.
    seen: Vec<(PathBuf, Arc<Path>)>,
    /// How many files are open above, the main file included.
    open: usize,
}

impl Reader {
    fn take(&mut self, from: ListFile, cx: &mut Context<'_>) {
        self.lists.groups.extend(from.groups);
        self.lists.cameras.extend(from.cameras);
        self.lists.zones.extend(from.zones);
        for include in from.include {
            self.include(&include, cx);
        }
    }

    fn include(&mut self, include: &Placed<String>, cx: &mut Context<'_>) {
        let place = &include.place;
        let before = self.seen.len();
        if self.open > INCLUDE_DEPTH_MAX {
            cx.report(
                place,
                format!("`include` goes deeper than {INCLUDE_DEPTH_MAX} files"),
                "include the list from a file further up",
            );
        } else {
            match matching(place.folder(), &include.value) {
                Ok(paths) => paths.iter().for_each(|path| self.read_list(path, place, cx)),
                Err((message, hint)) => cx.report(place, message, hint),
            }
        }
        if self.seen.len() == before {
            cx.incomplete.extend(["cameras".to_owned(), "groups".to_owned()]);
        }
    }

    fn read_list(&mut self, path: &Path, place: &Place, cx: &mut Context<'_>) {
        let identity = identity(path);
        if let Some((_, first)) = self.seen.iter().find(|(known, _)| *known == identity) {
            let message = format!("{} is included twice (as {})", path.display(), first.display());
            cx.report(place, message, "include every list once, and no file by itself");
            return;
        }
        if self.seen.len() >= FILES_MAX {
            cx.report(
                place,
                format!("more than {FILES_MAX} files are included"),
                "join small lists into one",
            );
            return;
        }
        let text = match read_text(path) {
            Ok(text) => text,
            Err((message, hint)) => return cx.report(place, message, hint),
        };
        let file: Arc<Path> = Arc::from(path);
        self.seen.push((identity, Arc::clone(&file)));
        let Some(list) = parse_list(&file, &text, place, cx) else {
            cx.incomplete.extend(["cameras".to_owned(), "groups".to_owned()]);
            return;
        };
        self.open += 1;
        self.take(list, cx);
        self.open -= 1;
        let bounds = [
            ("groups", self.lists.groups.len(), GROUPS_MAX),
            ("cameras", self.lists.cameras.len(), CAMERAS_MAX),
            ("zones", self.lists.zones.len(), ZONES_MAX),
        ];
        for (what, count, max) in bounds {
            if count > max {
                let message = format!("with this list there are {count} {what}, more than {max}");
                cx.report(place, message, "serve them with a second instance");
            }
        }
    }
}

fn parse_list(file: &Arc<Path>, text: &str, place: &Place, cx: &mut Context<'_>) -> Option<ListFile> {
    let start = Place::start(file);
    let at = At {
        path: "",
        place: &start,
    };
    match file.extension().and_then(|e| e.to_str()) {
        Some("csv") => {
            let rows = csv::parse(file, text, CameraEntry::NAMES, cx);
            let node = Node {
                place: start.clone(),
                value: Value::List(rows),
            };
            let cameras = form::tables::<CameraEntry>(CAMERAS_MAX).read("cameras", &node, cx)?;
            Some(ListFile {
                include: Vec::new(),
                groups: Vec::new(),
                cameras,
                zones: Vec::new(),
            })
        }
        Some("toml") => match parse(file, text, cx)?.value {
            Value::Table(table) => ListFile::read(&at, &table, cx),
            _ => None,
        },
        _ => {
            cx.report(
                place,
                format!("{} is no list", file.display()),
                "include files named .csv or .toml",
            );
            None
        }
    }
}

/// What a path really is, for telling whether two are the same file.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The files that `pattern` names, sorted by name; `*` in the last component is any text.
fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, (String, String)> {
    let path = folder.join(pattern);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("").to_owned();
    if !name.contains('*') {
        return Ok(vec![path]);
    }
    let parent = path.parent().unwrap_or(folder);
    let here = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let entries = std::fs::read_dir(here).map_err(|why| {
        (
            format!("cannot read the folder {}: {}", parent.display(), in_words(&why)),
            "check the path and its permissions".to_owned(),
        )
    })?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|n| !n.starts_with('.') && fits(&name, n))
        })
        .map(|entry| parent.join(entry.file_name()))
        .take(FILES_MAX + 1)
        .collect();
    found.sort();
    if found.is_empty() {
        let message = format!("no file is named {}", path.display());
        return Err((
            message,
            "remove the entry, or check the path (it is relative to this file)".to_owned(),
        ));
    }
    Ok(found)
}

/// Whether `name` is `pattern` with some text for each `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// An error of the file system without its number.
pub(crate) fn in_words(why: &std::io::Error) -> String {
    match why.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        kind => kind.to_string(),
    }
}

/// Reads a file of bounded size as text; the error is message and remedy.
pub(crate) fn read_text(path: &Path) -> Result<String, (String, String)> {
    let cannot = |why: &std::io::Error| {
        (
            format!("cannot read {}: {}", path.display(), in_words(why)),
            "check the path and its permissions".to_owned(),
        )
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(|why| cannot(&why))?.is_file() {
        return Err((
            format!("{} is no regular file", path.display()),
            "name a file".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|why| cannot(&why))?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|why| cannot(&why))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("{} is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20);
        return Err((message, "split it into several lists".to_owned()));
    }
    String::from_utf8(bytes).map_err(|why| {
        let valid = String::from_utf8_lossy(&why.as_bytes()[..why.utf8_error().valid_up_to()]);
        let line = 1 + valid.matches('\n').count();
        (
            format!("{} is not UTF-8 text (line {line})", path.display()),
            "save it as UTF-8; spreadsheet programs call it \"CSV UTF-8\"".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_part_of_a_file_name() {
        let rows = [
            ("*.toml", "a.toml", true),
            ("*.toml", "a.toml.bak", false),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("site-*-*.csv", "site-1-2.csv", true),
            ("site-*-*.csv", "site-1.csv", false),
            ("*b*b", "ab", false),
            ("**", "x", true),
        ];
        for (pattern, name, want) in rows {
            assert_eq!(fits(pattern, name), want, "{pattern} {name}");
        }
    }
}
