//! Pictures for the console: thumbnails as PNG, and where an evidence file lies.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use curbwatch_types::Luma;

/// A thumbnail as a grey PNG.
pub(super) fn png(luma: &Luma) -> Result<Vec<u8>, String> {
    let (width, height) = (luma.width as u32, luma.height as u32);
    let grey = image::GrayImage::from_raw(width, height, luma.samples.to_vec())
        .ok_or_else(|| format!("a thumbnail of {width}x{height} has {} bytes", luma.samples.len()))?;
    let mut bytes = Vec::new();
    grey.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// The type of an evidence file by its ending; nothing for files that are not evidence.
pub(super) fn content_type(file: &str) -> Option<&'static str> {
    match Path::new(file).extension()?.to_str()? {
        "jpg" => Some("image/jpeg"),
        "json" => Some("application/json"),
        _ => None,
    }
}

/// Where an evidence file lies; nothing when a part of the path could lead elsewhere.
pub(super) fn evidence_path(directory: &Path, case: &str, change: &str, file: &str) -> Option<PathBuf> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    [case, change, file]
        .into_iter()
        .all(plain)
        .then(|| directory.join("evidence").join(case).join(change).join(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_evidence_folder() {
        let rows = [
            (("9f", "opened-1", "scene.jpg"), true),
            (("..", "opened-1", "scene.jpg"), false),
            (("9f", "..", "scene.jpg"), false),
            (("9f", "opened-1", "../cases.sqlite"), false),
            (("9f", "opened-1", "a/b.jpg"), false),
            (("9f", "", "a.jpg"), false),
        ];
        for ((case, change, file), good) in rows {
            let path = evidence_path(Path::new("/d"), case, change, file);
            assert_eq!(path.is_some(), good, "{case}/{change}/{file}");
        }
    }

    #[test]
    fn only_evidence_is_served() {
        assert_eq!(content_type("scene.jpg"), Some("image/jpeg"));
        assert_eq!(content_type("cases.sqlite"), None);
        assert_eq!(content_type("noending"), None);
    }
}
