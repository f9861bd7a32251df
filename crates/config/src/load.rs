//! Reads the main file and the lists it includes, within bounds, and gathers what they hold.
//!
//! Not for: what entries mean together (`resolve`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::csv;
use crate::files::{FILES_MAX, identity, matching, read_text};
use crate::form::{Form, Placed};
use crate::frames::FRAMES_MAX;
use crate::homographies::HOMOGRAPHIES_MAX;
use crate::lists::{CAMERAS_MAX, CameraEntry, GROUPS_MAX, ListFile, Lists, MainFile, ZONES_MAX};
use crate::node::{Node, Table, Value, parse};
use crate::overrides::OVERRIDES_MAX;
use crate::permits::PERMITS_MAX;
use crate::places::Places;
use crate::problem::{Context, Place, Problems};
use crate::resolve;
use crate::section::{At, Section};
use crate::tables::tables;
use crate::views::LIST_MAX;

/// How deep an included file may include: main file, city, district, street.
const INCLUDE_DEPTH_MAX: usize = 4;

/// Reads and checks the configuration at `path`.
///
/// `environment` gives the value of an environment variable; it is asked for the variables that
/// `password_env` and `token_env` name and for no others. The files that the configuration names are
/// checked to be there now; a program that starts later may still find them gone.
///
/// # Errors
/// Every problem found, never just the first.
pub fn load(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, Problems> {
    match load_leniently(path, environment) {
        (Some(config), None) => Ok(config),
        (_, problems) => Err(problems.unwrap_or_else(|| Problems(Vec::new()))),
    }
}

/// The same for who needs to know one thing of a configuration that may be wrong in another: what could be made of it, if
/// anything, and what is wrong with it.
pub fn load_leniently(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> (Option<Config>, Option<Problems>) {
    let mut cx = Context::new(environment, MainFile::NAMES);
    cx.main_file = Some(path.to_owned());
    let config = read_main(path, &mut cx);
    let problems = (!cx.is_clean()).then(|| cx.into_problems(path));
    (config, problems)
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
            overrides: main.overrides.clone(),
            permits: main.permits.clone(),
            frames: main.frames.clone(),
            homographies: main.homographies.clone(),
            views: main.views.clone(),
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
    let mut silent = Context::new(cx.environment, cx.main_names);
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
        self.lists.overrides.extend(from.overrides);
        self.lists.permits.extend(from.permits);
        self.lists.frames.extend(from.frames);
        self.lists.homographies.extend(from.homographies);
        self.lists.views.extend(from.views);
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
            ("overrides", self.lists.overrides.len(), OVERRIDES_MAX),
            ("permits", self.lists.permits.len(), PERMITS_MAX),
            ("frames", self.lists.frames.len(), FRAMES_MAX),
            ("homographies", self.lists.homographies.len(), HOMOGRAPHIES_MAX),
            ("views", self.lists.views.len(), LIST_MAX),
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
            let cameras = tables::<CameraEntry>(CAMERAS_MAX).read("cameras", &node, cx)?;
            Some(ListFile {
                include: Vec::new(),
                groups: Vec::new(),
                cameras,
                zones: Vec::new(),
                overrides: Vec::new(),
                permits: Vec::new(),
                frames: Vec::new(),
                homographies: Vec::new(),
                views: Vec::new(),
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
