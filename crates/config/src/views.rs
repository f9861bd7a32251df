//! Views as they stand in the files: what each looks like, by a picture that somebody stored.
//!
//! Not for: the pictures themselves (`engine::wiring` reads them). A view that is not a camera's base view is there only with
//! one: without it nobody could tell when the camera shows it.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use curbwatch_types::{CameraId, VIEWS_MAX, ViewId};

use crate::config::{Camera, StoredView};
use crate::form::{FilePath, Must, Placed, Where};
use crate::known::known_camera;
use crate::names::{CAMERA_ID, VIEW_ID};
use crate::nearest::nearest;
use crate::problem::{Context, Place};
use crate::section::{Required, section};

/// Views at most.
pub(crate) const LIST_MAX: usize = 50_000;

section! {
    /// What a view of a camera looks like. The base view may do without; every further one needs a picture.
    pub(crate) struct ViewEntry {
        /// The camera.
        camera: Placed<CameraId> = Required(Where(CAMERA_ID), "\"04254\"");
        /// The view's name, one preset of a pan-tilt head; or that of the base view, which is then not learned from the first
        /// pictures that come.
        id: Placed<ViewId> = Required(Where(VIEW_ID), "\"main\"");
        /// A JPEG or PNG of it, of the shape of the camera's pictures: `curbwatch probe --camera 04254 --save-reference
        /// views/04254-gate.jpg` stores one.
        reference: Placed<PathBuf> = Required(Where(FilePath(Must::Nothing)), "\"../street.jpg\"");
    }
}

/// Gives each camera its views.
pub(crate) fn resolve(
    entries: Vec<Placed<ViewEntry>>,
    cameras: &mut [Camera],
    by_id: &HashMap<CameraId, usize>,
    cx: &mut Context<'_>,
) {
    for Placed { value: entry, place } in entries {
        let what = format!("the view `{}`", entry.id.value);
        let Some(index) = known_camera(&entry.camera, &what, cameras, by_id, cx) else {
            continue;
        };
        let camera = &mut cameras[index];
        if camera.views.iter().any(|view| view.view == entry.id.value) {
            let message = format!("{what} of camera `{}` has two pictures", camera.id);
            cx.report(&place, message, "keep one of the two");
            continue;
        }
        let further = camera
            .views
            .iter()
            .filter(|view| view.view != camera.view)
            .count();
        if further + 1 >= VIEWS_MAX && entry.id.value != camera.view {
            let message = format!("the camera `{}` has more than {VIEWS_MAX} views", camera.id);
            cx.report(&place, message, "keep those that have zones");
            continue;
        }
        let path = &entry.reference;
        let found = std::fs::metadata(&path.value).ok().filter(Metadata::is_file);
        if found.is_none() {
            let message = format!(
                "`views.reference`: there is no file {}: {what} of camera `{}` has no picture",
                path.value.display(),
                camera.id
            );
            let hint = format!(
                "while the camera shows it: {}",
                command(&camera.id, &path.value, cx)
            );
            cx.report(&path.place, message, hint);
        }
        camera.views.push(StoredView {
            view: entry.id.value,
            reference: entry.reference.value,
            stored_at: found.and_then(|file| file.modified().ok()),
        });
    }
}

/// Whether the camera has this view: its base view, or one with a picture. One that is not there is reported, once.
pub(crate) fn known_view(
    camera: &Camera,
    (view, place): (&ViewId, &Place),
    what: &str,
    cx: &mut Context<'_>,
) -> Option<()> {
    let stored = camera.views.iter().map(|stored| stored.view.as_str());
    let views: Vec<&str> = std::iter::once(camera.view.as_str()).chain(stored).collect();
    if views.contains(&view.as_str()) {
        return Some(());
    }
    let is_read = !cx.incomplete.iter().any(|list| list == "views");
    if is_read && cx.blamed_views.insert((camera.id.clone(), view.clone())) {
        let near = nearest(view.as_str(), views.iter().copied());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? else, "));
        let file = format!("views/{}-{view}.jpg", camera.id);
        let hint = format!(
            "{near}while the camera shows it: {}, and add [[views]] camera = \"{}\", id = \"{view}\", reference = \"{file}\"",
            command(&camera.id, &place.folder().join(&file), cx),
            camera.id
        );
        let message = format!(
            "{what} is of the view `{view}`, of which camera `{}` has no picture",
            camera.id
        );
        cx.report_missing(place, message, hint);
    }
    None
}

/// What stores a picture.
fn command(camera: &CameraId, file: &Path, cx: &Context<'_>) -> String {
    let config = match &cx.main_file {
        Some(path) if path != Path::new("curbwatch.toml") => format!(" --config {}", path.display()),
        _ => String::new(),
    };
    format!(
        "curbwatch probe{config} --camera {camera} --save-reference {}",
        file.display()
    )
}
