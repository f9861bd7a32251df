//! Evidence: what the pictures of a change become on disk, so that a person who was not there can
//! judge it and can tell that nobody touched it.
//!
//! One folder for each change, `evidence/CASE/CHANGE-DECIDED_MS/`, and for each verdict, `evidence/CASE/recheck-ORDER/`: `clean.jpg` the latest picture,
//! `marked.jpg` the same with the thing outlined, `closeup.jpg` the thing with its surroundings,
//! `earlier.jpg` (and `earlier-2.jpg`, ...) what was seen before, `manifest.json` times and digests.
//! Input: pictures the engine decoded from the incident's shots. Not for: redaction; the pictures
//! are as the camera sent them, and every wire form says so (`"redaction": "none"`).

mod colour;
mod jpeg;
mod manifest;
mod verify;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use curbwatch_types::{BBox, CapturedAt, Incident, Picture, Verdict, ViewId, ViolationClass, Wall, ZoneId};

pub use verify::{FileProblem, Verified, WrongFile, verify_evidence};

use crate::wire::verdict_event_id;
use crate::{CaseId, Error, EventId};

/// Folder of all evidence below the store's directory.
pub(crate) const FOLDER: &str = "evidence";
/// Begins the name of a folder that is being written.
pub(crate) const PARTIAL_PREFIX: &str = ".partial-";
/// Name of the manifest in a change's folder.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Pictures of one change at most: an incident has up to 3 shots.
const PICTURES_MAX: usize = 8;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShotRole {
    /// The thing as it was last seen.
    Latest,
    /// The thing, or its place, at an earlier time.
    Earlier,
}

/// A decoded shot on its way to the files.
#[derive(Debug, Clone, Copy)]
pub struct ShotPicture<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// Where the thing is in it, relative.
    pub bbox: BBox,
    /// When it was taken.
    pub captured_at: CapturedAt,
    /// What it shows.
    pub role: ShotRole,
}

/// One picture file of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceFile {
    /// Name within the change's folder.
    pub name: String,
    /// `clean`, `marked`, `closeup` or `earlier`.
    pub role: &'static str,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// When the picture was taken.
    pub captured_at: CapturedAt,
    /// The thing in this file, relative to this file's picture.
    pub bbox: BBox,
}

/// The files of one change, durable on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceSet {
    /// The change's folder, relative to the store's directory, with `/`.
    pub path: String,
    /// SHA-256 of `manifest.json`, hexadecimal.
    pub manifest_sha256: String,
    /// The picture files in the order they were written.
    pub files: Vec<EvidenceFile>,
}

/// What a folder of evidence is about, and what its manifest says of it.
pub(crate) struct Head<'a> {
    pub(crate) case: CaseId,
    pub(crate) event: String,
    /// Name of the folder below the case's.
    pub(crate) folder: String,
    pub(crate) state: &'a str,
    pub(crate) class: ViolationClass,
    pub(crate) camera: &'a str,
    pub(crate) view: &'a str,
    pub(crate) zone: &'a str,
    /// First seen, due, last seen; none for a verdict.
    pub(crate) stood: Option<(CapturedAt, Wall, CapturedAt)>,
    pub(crate) decided: CapturedAt,
    pub(crate) model: &'a str,
}

/// Makes the evidence of a change below `directory` (the store's). `pictures` holds exactly one
/// [`ShotRole::Latest`] and any [`ShotRole::Earlier`] ones, oldest first, at most 8.
///
/// When it returns, every file is synced under its final name; the row that refers to them may be
/// committed. The same incident and pictures give the same bytes, so writing again after a crash or
/// a failed commit is safe. After an error nothing but a partial folder can be left, which the next
/// attempt or the next start removes.
pub fn write_evidence(
    directory: &Path,
    incident: &Incident,
    pictures: &[ShotPicture<'_>],
) -> Result<EvidenceSet, Error> {
    let head = Head {
        case: CaseId::of(incident)?,
        event: EventId::of(incident)?.to_string(),
        folder: format!("{}-{}", incident.change.name(), incident.decided_at.at.0),
        state: incident.change.name(),
        class: incident.class,
        camera: incident.camera.as_str(),
        view: incident.view.as_str(),
        zone: incident.zone.as_str(),
        stood: Some((incident.first_seen, incident.due, incident.last_seen)),
        decided: incident.decided_at,
        model: &incident.model,
    };
    write(directory, &head, pictures)
}

/// The same for a verdict about a case: the picture before the order as [`ShotRole::Earlier`], the one after it as
/// [`ShotRole::Latest`]; the folder is `recheck-ORDER`.
pub fn write_verdict_evidence(
    directory: &Path,
    verdict: &Verdict,
    pictures: &[ShotPicture<'_>],
) -> Result<EvidenceSet, Error> {
    let order = &verdict.order;
    let view = verdict.view.as_ref().or(order.view.as_ref());
    let head = Head {
        case: CaseId::new(order.incident.as_deref().unwrap_or(""))?,
        event: verdict_event_id(verdict),
        folder: format!("recheck-{}", order.id),
        state: verdict.answer.name(),
        class: order.class,
        camera: order.camera.as_str(),
        view: view.map_or("", ViewId::as_str),
        zone: order.zone.as_ref().map_or("", ZoneId::as_str),
        stood: None,
        decided: verdict.decided_at,
        model: verdict.model.as_deref().unwrap_or(""),
    };
    write(directory, &head, pictures)
}

fn write(directory: &Path, head: &Head<'_>, pictures: &[ShotPicture<'_>]) -> Result<EvidenceSet, Error> {
    let (case, name) = (&head.case, &head.folder);
    let files = render(head, pictures)?;
    let listed: Vec<EvidenceFile> = files.iter().map(|(file, _)| file.clone()).collect();
    let manifest = manifest::render(head, &listed);
    let manifest_sha256 = manifest::sha256(manifest.as_bytes());

    let evidence = directory.join(FOLDER);
    let parent = evidence.join(case.as_str());
    let partial = parent.join(format!("{PARTIAL_PREFIX}{name}"));
    let set = EvidenceSet {
        path: format!("{FOLDER}/{case}/{name}"),
        manifest_sha256,
        files: listed,
    };
    let written = files
        .iter()
        .map(|(file, bytes)| (file.name.as_str(), bytes.as_slice()));
    let written = written.chain([(MANIFEST, manifest.as_bytes())]);
    write_folder(&partial, &parent.join(name), written).inspect_err(|_| {
        let _ = fs::remove_dir_all(&partial); // best effort: it frees the space the error is about
    })?;
    sync_folder(&parent)?;
    sync_folder(&evidence)?;
    Ok(set)
}

/// A picture as the JPEG file that evidence has of one.
///
/// # Errors
/// What is wrong with the picture, in words: its planes do not fit its size.
pub fn to_jpeg(picture: &Picture) -> Result<Vec<u8>, String> {
    colour::to_rgb(picture)?.to_jpeg()
}

/// Encodes every file of the change.
fn render(head: &Head<'_>, pictures: &[ShotPicture<'_>]) -> Result<Vec<(EvidenceFile, Vec<u8>)>, Error> {
    let wrong = |problem: String| Error::Picture {
        case: head.case.to_string(),
        camera: head.camera.to_owned(),
        problem,
    };
    let latest: Vec<_> = pictures.iter().filter(|p| p.role == ShotRole::Latest).collect();
    let [latest] = latest[..] else {
        return Err(wrong(format!(
            "it needs one latest picture, not {}",
            latest.len()
        )));
    };
    if pictures.len() > PICTURES_MAX {
        return Err(wrong(format!(
            "{} pictures, at most {PICTURES_MAX} are kept",
            pictures.len()
        )));
    }
    let mut files = Vec::with_capacity(pictures.len() + 2);
    let mut add = |name: String, role, image: &jpeg::Rgb, shot: &ShotPicture<'_>, bbox| {
        let bytes = image.to_jpeg().map_err(wrong)?;
        let file = EvidenceFile {
            name,
            role,
            sha256: manifest::sha256(&bytes),
            bytes: bytes.len() as u64,
            width: image.width,
            height: image.height,
            captured_at: shot.captured_at,
            bbox,
        };
        files.push((file, bytes));
        Ok::<(), Error>(())
    };
    let clean = colour::to_rgb(latest.picture).map_err(wrong)?;
    let (closeup, bbox_in_closeup) = clean.closeup(latest.bbox);
    add("clean.jpg".to_owned(), "clean", &clean, latest, latest.bbox)?;
    add(
        "marked.jpg".to_owned(),
        "marked",
        &clean.marked(latest.bbox),
        latest,
        latest.bbox,
    )?;
    add(
        "closeup.jpg".to_owned(),
        "closeup",
        &closeup,
        latest,
        bbox_in_closeup,
    )?;
    for (i, shot) in pictures
        .iter()
        .filter(|p| p.role == ShotRole::Earlier)
        .enumerate()
    {
        let name = if i == 0 {
            "earlier.jpg".to_owned()
        } else {
            format!("earlier-{}.jpg", i + 1)
        };
        add(
            name,
            "earlier",
            &colour::to_rgb(shot.picture).map_err(wrong)?,
            shot,
            shot.bbox,
        )?;
    }
    Ok(files)
}

/// Writes and syncs the files in `partial`, then gives the folder its name. A folder that is there
/// already is from an attempt whose commit did not come; it is replaced.
fn write_folder<'a>(
    partial: &Path,
    folder: &Path,
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), Error> {
    const ATTEMPTED: &str = "writing evidence";
    remove_folder(partial)?;
    fs::create_dir_all(partial).map_err(|e| Error::of_io(ATTEMPTED, partial, e))?;
    for (name, bytes) in files {
        let path = partial.join(name);
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|e| Error::of_io(ATTEMPTED, &path, e))?;
    }
    sync_folder(partial)?;
    if is_same(partial, folder) {
        return remove_folder(partial);
    }
    remove_folder(folder)?;
    fs::rename(partial, folder).map_err(|e| Error::of_io(ATTEMPTED, folder, e))
}

/// Whether `folder` stands complete with the same manifest: then it is left alone, so that evidence
/// a committed row refers to is never away, not for a moment.
fn is_same(partial: &Path, folder: &Path) -> bool {
    let manifest = |of: &Path| fs::read(of.join(MANIFEST)).ok();
    let stands = manifest(folder);
    stands.is_some()
        && stands == manifest(partial)
        && verify_evidence(folder).is_ok_and(|verified| verified.wrong.is_empty())
}

fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::of_io("removing unfinished evidence", path, e))
        }
        _ => Ok(()),
    }
}

/// Makes names in a folder durable (`fsync(2)`: "needs an explicit fsync of the directory").
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| Error::of_io("syncing a folder", path, e))
}
