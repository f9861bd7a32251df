//! `manifest.json` of a change: what was seen when, and the digest of every file. Its last line is
//! the digest of all the bytes before it, so a flipped bit in the manifest itself is found, too.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EvidenceFile, Head};
use crate::wire::figures::{Moment, rounded_box};

/// What stands between the sealed bytes and their digest.
const SEAL: &str = ",\n  \"manifest_body_sha256\": \"";
/// What stands after the digest.
const END: &str = "\"\n}\n";

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    head: ManifestHead<'a>,
    files: Vec<FileLine<'a>>,
}

/// What the manifest says of what the pictures are about.
#[derive(Serialize)]
struct ManifestHead<'a> {
    manifest_version: u32,
    case_id: &'a str,
    event_id: &'a str,
    state: &'a str,
    class: &'a str,
    camera: &'a str,
    view: &'a str,
    zone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<Moment>,
    decided: Moment,
    model: &'a str,
    redaction: &'a str,
}

impl<'a> ManifestHead<'a> {
    fn of(head: &'a Head<'a>) -> Self {
        Self {
            manifest_version: 1,
            case_id: head.case.as_str(),
            event_id: &head.event,
            state: head.state,
            class: head.class.name(),
            camera: head.camera,
            view: head.view,
            zone: head.zone,
            first_seen: head.stood.map(|(first, _, _)| Moment::of(first)),
            due_ms: head.stood.map(|(_, due, _)| due.0),
            last_seen: head.stood.map(|(_, _, last)| Moment::of(last)),
            decided: Moment::of(head.decided),
            model: head.model,
            redaction: "none",
        }
    }
}

#[derive(Serialize)]
struct FileLine<'a> {
    file: &'a str,
    role: &'a str,
    sha256: &'a str,
    bytes: u64,
    width: usize,
    height: usize,
    captured: Moment,
    #[serde(rename = "box")]
    bbox: [f64; 4],
}

impl<'a> FileLine<'a> {
    fn of(file: &'a EvidenceFile) -> Self {
        Self {
            file: &file.name,
            role: file.role,
            sha256: &file.sha256,
            bytes: file.bytes,
            width: file.width,
            height: file.height,
            captured: Moment::of(file.captured_at),
            bbox: rounded_box(file.bbox),
        }
    }
}

/// What the check needs of a manifest.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) files: Vec<ListedFile>,
}

/// One file a manifest vouches for.
#[derive(Debug, Deserialize)]
pub(super) struct ListedFile {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// The manifest's text.
pub(super) fn render(head: &Head<'_>, files: &[EvidenceFile]) -> String {
    let head = ManifestHead::of(head);
    let body = Body {
        head,
        files: files.iter().map(FileLine::of).collect(),
    };
    // Structs of strings, numbers and lists: there is nothing in them that JSON cannot say.
    let text = serde_json::to_string_pretty(&body).unwrap_or_default();
    let sealed = text.strip_suffix("\n}").unwrap_or(&text);
    format!("{sealed}{SEAL}{}{END}", sha256(sealed.as_bytes()))
}

/// The files of a manifest, or nothing when a bit of it was flipped or it is no manifest.
pub(super) fn parse(text: &str) -> Option<Listed> {
    let (sealed, rest) = text.rsplit_once(SEAL)?;
    (rest.strip_suffix(END)? == sha256(sealed.as_bytes())).then_some(())?;
    serde_json::from_str(text).ok()
}

/// SHA-256 (FIPS 180-4), lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // a string takes everything
            text
        })
}
