//! The views of the configuration as the scene wants them: stored pictures read, within bounds, and made small the way looks are.
//!
//! Not for: telling views apart (`scene`), storing pictures (`probe`).

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use curbwatch_config as config;
use curbwatch_scene::{Homography, Reference, ViewOptions};
use curbwatch_types::{Luma, Plane, Range, ViewId};
use image::{ImageReader, Limits};

use crate::Error;

/// Bytes of a picture file, at most: a JPEG of 8 megapixels has 4 MB.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Pixels across or down, at most.
const SIDE_MAX: u32 = 8192;
/// Bytes that a decoder may take, at most: 33 megapixels in colour.
const DECODED_BYTES_MAX: u64 = 128 << 20;

/// The camera's views, the base view first; nothing where it has one without a picture.
pub(super) fn views(camera: &config::Camera) -> Result<Vec<ViewOptions>, Error> {
    if camera.views.is_empty() {
        return Ok(Vec::new());
    }
    let ground = |view: &ViewId| {
        let measured = camera.grounds.iter().find(|ground| ground.view == *view)?;
        Homography::new(measured.ground_from_image)
    };
    let mut views = vec![ViewOptions {
        view: camera.view.clone(),
        reference: None,
        ground_from_image: ground(&camera.view),
    }];
    for stored in &camera.views {
        let wrong = |problem: String| Error::Reference {
            camera: camera.id.to_string(),
            view: stored.view.to_string(),
            path: stored.reference.clone(),
            problem,
        };
        let reference = reference(&stored.reference).map_err(wrong)?;
        let known = views.iter().filter(|view| view.view != stored.view);
        let mut alike = known.filter(|view| view.reference.as_ref().is_some_and(|r| r.is_like(&reference)));
        if let Some(alike) = alike.next() {
            let problem = format!(
                "it shows what the view `{}` shows: nobody could tell them apart",
                alike.view
            );
            return Err(wrong(problem));
        }
        match views.iter_mut().find(|view| view.view == stored.view) {
            Some(base) => base.reference = Some(reference),
            None => views.push(ViewOptions {
                view: stored.view.clone(),
                reference: Some(reference),
                ground_from_image: ground(&stored.view),
            }),
        }
    }
    Ok(views)
}

/// What a picture file shows, or what is wrong with it.
fn reference(path: &Path) -> Result<Reference, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|cause| cause.to_string())?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| cause.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {} MiB", FILE_BYTES_MAX >> 20));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|cause| cause.to_string())?;
    reader.limits(limits);
    let picture = reader
        .decode()
        .map_err(|cause| format!("it is no picture that can be read: {cause}"))?;
    Reference::new(&small(&picture.into_luma8())).ok_or_else(|| NOTHING_TO_TELL_BY.to_owned())
}

/// Of a picture without structure.
pub(crate) const NOTHING_TO_TELL_BY: &str =
    "it shows nothing that a view could be told by: too small, dark or covered";

fn small(picture: &image::GrayImage) -> Luma {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let plane = Plane {
        width,
        height,
        stride: width,
        samples: picture.as_raw().clone(),
    };
    curbwatch_decode::thumbnail(&plane, Range::Full)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageFormat};

    use super::*;

    /// A street of blocks; `salt` makes another one.
    fn street(width: u32, height: u32, salt: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, y| {
            let (p, q) = (x * 23 / width, y * 13 / height);
            let mut h = (p.wrapping_mul(0x9e37_79b1) ^ q.wrapping_mul(0x85eb_ca77)).wrapping_add(salt);
            h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
            image::Luma([(h >> 24) as u8])
        })
    }

    /// A folder with pictures, and the configuration of one camera with those views.
    fn configured(views: &[(&str, &[u8])]) -> (tempfile::TempDir, config::Config) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("model.toml"), "").expect("written");
        let mut text = "[inference]\nmodel = \"model.toml\"\n[[cameras]]\nid = \"a\"\n".to_owned();
        for (view, bytes) in views {
            std::fs::write(folder.path().join(view), bytes).expect("written");
            let stored = "[[views]]\ncamera = \"a\"\nid = \"ID\"\nreference = \"ID\"\n";
            text += &stored.replace("ID", view);
        }
        std::fs::write(folder.path().join("c.toml"), text).expect("written");
        let config = config::load(&folder.path().join("c.toml"), &|_| None).expect("no problems");
        (folder, config)
    }

    fn coded(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("an encoder");
        bytes.into_inner()
    }

    #[test]
    fn a_stored_picture_is_the_thumbnail_of_a_look() {
        let gate = coded(&street(1280, 720, 1), ImageFormat::Jpeg);
        let main = coded(&street(640, 360, 2), ImageFormat::Png);
        let (_folder, config) = configured(&[("gate", &gate), ("main", &main)]);
        let views = views(&config.cameras[0]).expect("good pictures");
        let told: Vec<(&str, bool)> = views
            .iter()
            .map(|view| (view.view.as_str(), view.reference.is_some()))
            .collect();
        assert_eq!(told, [("main", true), ("gate", true)], "the base view first");
        let as_seen = Reference::new(&small(&street(1920, 1080, 1))).expect("structure");
        let stored = views[1].reference.as_ref().expect("stored");
        assert!(stored.is_like(&as_seen), "whatever its size, the same street");
        assert!(unusable(&config).is_empty());
    }

    fn unusable(config: &config::Config) -> Vec<String> {
        let wrong = crate::wiring::unusable_views(config);
        wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_picture_that_cannot_be_used_is_named_with_its_remedy() {
        let good = coded(&street(640, 360, 1), ImageFormat::Png);
        let rows: [(&str, Vec<u8>, &str); 6] = [
            (
                "no picture",
                b"<html>".to_vec(),
                "it is no picture that can be read",
            ),
            (
                "cut off",
                good[..good.len() / 2].to_vec(),
                "it is no picture that can be read",
            ),
            (
                "dark",
                coded(&GrayImage::new(640, 360), ImageFormat::Png),
                NOTHING_TO_TELL_BY,
            ),
            (
                "tiny",
                coded(&street(12, 7, 1), ImageFormat::Png),
                NOTHING_TO_TELL_BY,
            ),
            (
                "wider than any camera's",
                coded(&GrayImage::new(SIDE_MAX + 1, 1), ImageFormat::Png),
                "it is no picture that can be read",
            ),
            (
                "huge",
                vec![0; FILE_BYTES_MAX as usize + 1],
                "it is larger than 16 MiB",
            ),
        ];
        for (name, bytes, problem) in rows {
            let (folder, config) = configured(&[("main", &good), ("gate", &bytes)]);
            let all = unusable(&config);
            let [told] = all.as_slice() else {
                panic!("{name}: {all:?}");
            };
            let path = folder.path().join("gate");
            let begins = format!("camera `a`, view `gate`: {}: {problem}", path.display());
            assert!(told.starts_with(&begins), "{name}: {told}");
            let remedy = format!(
                "curbwatch probe --camera a --save-reference {} --replace",
                path.display()
            );
            assert!(told.ends_with(&remedy), "{name}: {told}");
        }
    }

    #[test]
    fn two_views_of_one_street_are_refused() {
        let (one, two) = (street(640, 360, 1), street(1280, 720, 1));
        let pictures = [one, two].map(|picture| coded(&picture, ImageFormat::Png));
        let (_folder, config) = configured(&[("gate", &pictures[0]), ("yard", &pictures[1])]);
        let told = unusable(&config);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("view `yard`") && told[0].contains("it shows what the view `gate` shows"));
    }
}
