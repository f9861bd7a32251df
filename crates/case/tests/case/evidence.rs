//! Evidence: right colours, an outline in the right place, and nothing changes unseen.

use std::fs;
use std::path::Path;

use curbwatch_case::{FileProblem, ShotPicture, ShotRole, WrongFile, verify_evidence, write_evidence};
use curbwatch_types::{BBox, Chroma, IncidentChange, Matrix, Picture, Plane, Range};

use crate::fixture;

const FOLDER: &str = "evidence";
const MANIFEST: &str = "manifest.json";

fn decoded(path: &Path) -> image::RgbImage {
    image::open(path).expect("a JPEG").to_rgb8()
}

/// One picture of 4x2 pixels or more in one colour, as the camera's planes say it, read back from
/// `clean.jpg` of a change.
fn through_jpeg(picture: &Picture) -> [u8; 3] {
    let place = tempfile::tempdir().expect("a folder");
    let incident = fixture::incident("a1", IncidentChange::Opened, 400);
    let shot = ShotPicture {
        picture,
        bbox: incident.bbox,
        captured_at: incident.last_seen,
        role: ShotRole::Latest,
    };
    let set = write_evidence(place.path(), &incident, &[shot]).expect("evidence");
    let image = decoded(&place.path().join(set.path).join("clean.jpg"));
    assert_eq!(
        (image.width() as usize, image.height() as usize),
        (picture.width, picture.height)
    );
    image.get_pixel(image.width() / 2, image.height() / 2).0
}

#[test]
fn colours_survive_range_matrix_and_subsampling() {
    use Chroma::{Yuv420, Yuv422, Yuv444};
    use Matrix::{Bt601, Bt709, Bt2020};
    use Range::{Full, Limited};
    // Samples by the equations of ITU-T H.273 8.3 for (200, 40, 90), and for grey.
    let rows = [
        (Yuv420, Limited, Bt601, [96, 126, 195], [200, 40, 90]),
        (Yuv420, Full, Bt601, [94, 126, 204], [200, 40, 90]),
        (Yuv420, Limited, Bt709, [83, 134, 196], [200, 40, 90]),
        (Yuv422, Limited, Bt709, [83, 134, 196], [200, 40, 90]),
        (Yuv444, Full, Bt709, [78, 135, 206], [200, 40, 90]),
        (Yuv420, Limited, Bt2020, [89, 130, 197], [200, 40, 90]),
        (Yuv420, Limited, Bt601, [16, 128, 128], [0, 0, 0]),
        (Yuv420, Full, Bt601, [16, 128, 128], [16, 16, 16]),
        (Yuv444, Limited, Bt709, [235, 128, 128], [255, 255, 255]),
    ];
    for (chroma, range, matrix, yuv, want) in rows {
        for (width, height) in [(64, 48), (33, 17)] {
            let mut picture = fixture::picture(width, height, yuv);
            (picture.chroma, picture.range, picture.matrix) = (chroma, range, matrix);
            let plane = |width: usize, height: usize, value| Plane {
                width,
                height,
                stride: width,
                samples: vec![value; width * height],
            };
            let (across, down) = match chroma {
                Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
                Yuv422 => (width.div_ceil(2), height),
                Yuv444 => (width, height),
            };
            (picture.u, picture.v) = (plane(across, down, yuv[1]), plane(across, down, yuv[2]));
            let got = through_jpeg(&picture);
            let off = got.iter().zip(want).map(|(g, w)| g.abs_diff(w)).max();
            assert!(
                off <= Some(4),
                "{chroma:?} {range:?} {matrix:?} {width}x{height}: {got:?}, not {want:?}"
            );
        }
    }
}

#[test]
fn the_outline_is_where_the_thing_is() {
    let place = tempfile::tempdir().expect("a folder");
    let incident = fixture::incident("a1", IncidentChange::Opened, 400);
    let picture = fixture::picture(400, 300, [128, 128, 128]);
    let bbox = BBox::new(0.25, 0.5, 0.25, 0.25); // pixels 100..200 by 150..225
    let shot = ShotPicture {
        picture: &picture,
        bbox,
        captured_at: incident.last_seen,
        role: ShotRole::Latest,
    };
    let set = write_evidence(place.path(), &incident, &[shot]).expect("evidence");
    let folder = place.path().join(&set.path);
    let (clean, marked) = (
        decoded(&folder.join("clean.jpg")),
        decoded(&folder.join("marked.jpg")),
    );
    let is_red = |image: &image::RgbImage, x, y| {
        let [r, g, b] = image.get_pixel(x, y).0;
        r > 160 && g < 110 && b < 110
    };
    for (x, y) in [(101, 180), (198, 180), (150, 151), (150, 223)] {
        assert!(
            is_red(&marked, x, y),
            "outline at {x},{y}: {:?}",
            marked.get_pixel(x, y)
        );
        assert!(!is_red(&clean, x, y), "the clean picture is clean at {x},{y}");
    }
    for (x, y) in [(150, 185), (90, 180), (210, 180), (150, 140)] {
        assert!(!is_red(&marked, x, y), "nothing at {x},{y}");
    }
    let closeup = set
        .files
        .iter()
        .find(|f| f.role == "closeup")
        .expect("a close-up");
    assert_eq!((closeup.width, closeup.height), (180, 135)); // the box and 0.4 of it on each side
    assert!((closeup.bbox.x - 40.0 / 180.0).abs() < 1e-5 && (closeup.bbox.w - 100.0 / 180.0).abs() < 1e-5);
}

#[test]
fn degenerate_boxes_make_evidence_all_the_same() {
    let place = tempfile::tempdir().expect("a folder");
    let picture = fixture::picture(97, 65, [128, 90, 160]);
    let boxes = [
        BBox::new(0.5, 0.5, 0.0, 0.0),
        BBox::new(-3.0, -3.0, 9.0, 9.0),
        BBox::new(1.0, 1.0, 0.2, 0.2),
        BBox::new(0.9, 0.9, -0.5, -0.5),
        BBox::new(f32::NAN, f32::NAN, f32::NAN, f32::NAN),
        BBox::new(f32::INFINITY, 0.0, f32::MAX, 1e-30),
    ];
    for (i, bbox) in boxes.into_iter().enumerate() {
        let incident = fixture::incident("a1", IncidentChange::Still, i as i64);
        let shot = ShotPicture {
            picture: &picture,
            bbox,
            captured_at: incident.last_seen,
            role: ShotRole::Latest,
        };
        let set = write_evidence(place.path(), &incident, &[shot]).expect("evidence");
        let verified = verify_evidence(&place.path().join(set.path)).expect("the folder");
        assert_eq!(
            (verified.manifests, verified.files, verified.wrong.len()),
            (1, 4, 0),
            "{bbox:?}"
        );
    }
}

#[test]
fn what_is_no_picture_is_refused_with_its_reason() {
    let good = fixture::picture(64, 48, [128, 128, 128]);
    let mut short = good.clone();
    short.v.samples.truncate(7);
    let mut narrow = good.clone();
    narrow.u.width = 3;
    let empty = Picture::default();
    let mut lying = good.clone();
    lying.width = 1 << 40;
    let incident = fixture::incident("a1", IncidentChange::Opened, 400);
    let shot = |picture, role| ShotPicture {
        picture,
        bbox: incident.bbox,
        captured_at: incident.last_seen,
        role,
    };
    let (latest, earlier) = (ShotRole::Latest, ShotRole::Earlier);
    let rows = [
        (vec![shot(&short, latest)], "plane is smaller"),
        (vec![shot(&narrow, latest)], "plane is smaller"),
        (vec![shot(&empty, latest)], "0x0"),
        (vec![shot(&lying, latest)], "pixels"),
        (vec![], "one latest picture, not 0"),
        (vec![shot(&good, earlier)], "one latest picture, not 0"),
        (
            vec![shot(&good, latest), shot(&good, latest)],
            "one latest picture, not 2",
        ),
        (
            [vec![shot(&good, latest)], vec![shot(&good, earlier); 8]].concat(),
            "at most 8",
        ),
    ];
    for (shots, want) in rows {
        let place = tempfile::tempdir().expect("a folder");
        let error = write_evidence(place.path(), &incident, &shots)
            .expect_err(want)
            .to_string();
        assert!(error.contains(want) && error.contains("04254"), "{error}");
        assert!(!place.path().join(FOLDER).exists(), "nothing was begun");
    }
}

#[test]
fn the_same_incident_gives_the_same_bytes_and_may_be_written_again() {
    let (one, two) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let incident = fixture::incident("a1", IncidentChange::Opened, 400);
    let first = fixture::evidence(one.path(), &incident).expect("evidence");
    assert_eq!(first, fixture::evidence(two.path(), &incident).expect("evidence"));
    let names: Vec<&str> = first.files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["clean.jpg", "marked.jpg", "closeup.jpg", "earlier.jpg"]);
    for file in &first.files {
        let read = |place: &Path| fs::read(place.join(&first.path).join(&file.name)).expect("the file");
        assert_eq!(read(one.path()), read(two.path()), "{}", file.name);
    }
    // Again over itself, over a torn attempt, and over what a power cut left behind.
    assert_eq!(first, fixture::evidence(one.path(), &incident).expect("again"));
    let partial = one.path().join(FOLDER).join("a1/.partial-opened-1489054135215");
    fs::create_dir_all(&partial).expect("a folder");
    fs::write(partial.join("clean.jpg"), "torn").expect("a file");
    fs::write(one.path().join(&first.path).join("clean.jpg"), "").expect("a file");
    assert_eq!(
        first,
        fixture::evidence(one.path(), &incident).expect("once more")
    );
    assert_eq!(verify_evidence(one.path()).expect("the folder").wrong, []);
    assert!(!partial.exists());
}

/// Every file of the evidence, each with one bit flipped at many places, is named.
#[test]
fn a_flipped_bit_is_found_and_its_file_named() {
    let place = tempfile::tempdir().expect("a folder");
    let incident = fixture::incident("a1", IncidentChange::Opened, 400);
    let set = fixture::evidence(place.path(), &incident).expect("evidence");
    let folder = place.path().join(&set.path);
    let mut names: Vec<&str> = set.files.iter().map(|f| f.name.as_str()).collect();
    names.push(MANIFEST);
    for name in names {
        let path = folder.join(name);
        let good = fs::read(&path).expect("the file");
        for i in 0..40 {
            let bit = i * (good.len() * 8 - 1) / 39;
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, bad).expect("the file");
            let verified = verify_evidence(place.path()).expect("the folder");
            assert_eq!(
                verified.wrong,
                [WrongFile {
                    path: path.clone(),
                    problem: FileProblem::Changed
                }]
            );
        }
        fs::write(&path, good).expect("the file");
    }
    assert_eq!(verify_evidence(&folder).expect("the folder").wrong, []);
}

#[test]
fn what_is_missing_or_added_is_named() {
    use FileProblem::{Changed, Missing, Unlisted};
    type Spoil = fn(&Path);
    let rows: [(&str, Spoil, FileProblem); 5] = [
        (
            "clean.jpg",
            |folder| fs::remove_file(folder.join("clean.jpg")).expect("removed"),
            Missing,
        ),
        (
            "manifest.json",
            |folder| fs::remove_file(folder.join("manifest.json")).expect("removed"),
            Missing,
        ),
        (
            "other.jpg",
            |folder| fs::write(folder.join("other.jpg"), "x").expect("written"),
            Unlisted,
        ),
        (
            "manifest.json",
            |folder| fs::write(folder.join("manifest.json"), "{}").expect("written"),
            Changed,
        ),
        (
            "earlier.jpg",
            |folder| fs::write(folder.join("earlier.jpg"), "").expect("written"),
            Changed,
        ),
    ];
    for (name, spoil, problem) in rows {
        let place = tempfile::tempdir().expect("a folder");
        let incident = fixture::incident("a1", IncidentChange::Opened, 400);
        let folder = place
            .path()
            .join(fixture::evidence(place.path(), &incident).expect("evidence").path);
        spoil(&folder);
        let wrong = verify_evidence(place.path()).expect("the folder").wrong;
        assert_eq!(
            wrong,
            [WrongFile {
                path: folder.join(name),
                problem
            }]
        );
    }
    let empty = tempfile::tempdir().expect("a folder");
    let wrong = verify_evidence(empty.path()).expect("the folder").wrong;
    assert_eq!(
        wrong,
        [WrongFile {
            path: empty.path().join(MANIFEST),
            problem: Missing
        }]
    );
    verify_evidence(Path::new("/nowhere")).expect_err("a folder that is not there is an error");
}
