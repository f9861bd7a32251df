//! `eval health`: what the scene makes of the health of pictures, as they are and damaged on purpose.
//!
//! The pictures of a footage manifest go through decoding, survey and a scene without zones, camera by camera. What is held undamaged is
//! counted by its reason: on sound pictures that is what a threshold costs. Then damage sets in at one look after another, and a copy of
//! the scene as it was there is shown what follows, damaged: what is held there is what the threshold is for.
//!
//! Not for: detections; no network is asked. Footage comes from engineers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use curbwatch_decode::{Decoder, survey};
use curbwatch_ingest::footage::read_manifest;
use curbwatch_ingest::{Clip, Mode};
use curbwatch_scene::{CameraScene, Options, Pictures};
use curbwatch_types::{
    AccessUnit, CameraId, CameraState, Health, LookWhy, Luma, Observation, Picture, Plane,
};
use serde::Serialize;

use super::lines::wrong;
use crate::Error;

/// Looks shown to a copy after damage set in, the first damaged one included.
const SHOWN: usize = 12;
/// Looks before damage sets in first: nothing is usual before there are eight.
const BEFORE: usize = 10;

/// What is done to pictures. Blur in pixels of a picture 640 wide, as standard deviation.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Blur(f32),
    /// One look, so many levels brighter.
    Flash(u8),
    /// Colours go, for good; brightness stays.
    Grey,
}

const DAMAGES: [(&str, Damage); 7] = [
    ("blur of 1 pixel at 640", Damage::Blur(1.0)),
    ("blur of 1.5", Damage::Blur(1.5)),
    ("blur of 2", Damage::Blur(2.0)),
    ("blur of 3", Damage::Blur(3.0)),
    ("blur of 6", Damage::Blur(6.0)),
    ("flash, one look 90 levels brighter", Damage::Flash(90)),
    ("colours go", Damage::Grey),
];

/// One camera's figures.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Pictures.
    pub looks: usize,
    /// Least, middle and greatest sharpness.
    pub sharpness: [f32; 3],
    /// Least, middle and greatest distance of the chroma from grey.
    pub chroma: [f32; 3],
    /// Pictures that judged nothing, by reason, as they are.
    pub held: BTreeMap<&'static str, usize>,
    /// What came of damage, in the order in which it is listed.
    pub damaged: Vec<Damaged>,
}

/// What came of one damage.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub struct Damaged {
    /// Which.
    pub damage: &'static str,
    /// How often it set in, where the look was judged without it.
    pub onsets: usize,
    /// Of these, how often its first look was held.
    pub first_held: usize,
    /// Looks from then on, the first one included (12, less at the end of the footage), ...
    pub looks: usize,
    /// ... and how many of them were held.
    pub held: usize,
    /// The reasons of the first look, by name.
    pub reasons: BTreeMap<&'static str, usize>,
}

/// A picture's survey, as it is and damaged in every way.
struct Surveyed {
    unit: AccessUnit,
    size: (usize, usize),
    whole: (Luma, Health),
    damaged: Vec<(Luma, Health)>,
}

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Task {
    /// The footage manifest.
    pub footage: PathBuf,
    /// Damage sets in at every so-manieth look.
    pub every: usize,
}

/// Measures; a row a camera. `seen` is called after each visit.
pub fn health(task: &Task, seen: &dyn Fn()) -> Result<BTreeMap<String, Row>, Error> {
    let unread = |source: curbwatch_ingest::Error| wrong(task.footage.display(), source.to_string());
    let visits = read_manifest(&task.footage).map_err(unread)?;
    let mut decoder = Decoder::new(curbwatch_decode::Options::default());
    let mut picture = Picture::default();
    let mut cameras: BTreeMap<CameraId, Vec<Surveyed>> = BTreeMap::new();
    for visit in visits {
        let clip = Clip::open(&visit.file, visit.camera.clone(), visit.start, Mode::Keyframes);
        for unit in clip.map_err(unread)?.map_while(Result::ok) {
            if decoder.decode_key(&unit, &mut picture).is_ok() {
                let looks = cameras.entry(visit.camera.clone()).or_default();
                looks.push(Surveyed::of(unit, &picture));
            }
        }
        seen();
    }
    if cameras.is_empty() {
        return Err(wrong(
            task.footage.display(),
            "no picture of this footage can be decoded",
        ));
    }
    let row = |(camera, looks): (CameraId, Vec<Surveyed>)| {
        let row = measure(&camera, &looks, task.every.max(1));
        (camera.to_string(), row)
    };
    Ok(cameras.into_iter().map(row).collect())
}

fn measure(camera: &CameraId, looks: &[Surveyed], every: usize) -> Row {
    let mut row = Row {
        looks: looks.len(),
        sharpness: spread(looks, |health| health.sharpness),
        chroma: spread(looks, |health| health.chroma),
        damaged: DAMAGES
            .map(|(damage, _)| Damaged {
                damage,
                ..Damaged::default()
            })
            .to_vec(),
        ..Row::default()
    };
    let mut scene = CameraScene::new(camera.clone(), Vec::new(), Options::default());
    for (n, look) in looks.iter().enumerate() {
        let before = (n >= BEFORE && n % every == 0).then(|| scene.checkpoint(Pictures::First));
        let why = show(&mut scene, look.observation(&look.whole, n));
        if let Some(why) = why {
            *row.held.entry(why).or_default() += 1;
            continue;
        }
        let Some(memory) = before.flatten() else { continue };
        for (d, damaged) in row.damaged.iter_mut().enumerate() {
            let mut copy = CameraScene::new(camera.clone(), Vec::new(), Options::default());
            if copy.restore(&memory, memory.taken_at).is_err() {
                continue;
            }
            damaged.onsets += 1;
            for (ahead, look) in looks[n..].iter().take(SHOWN).enumerate() {
                let once = matches!(DAMAGES[d].1, Damage::Flash(_));
                let survey = if once && ahead > 0 {
                    &look.whole
                } else {
                    &look.damaged[d]
                };
                let why = show(&mut copy, look.observation(survey, n + ahead));
                damaged.looks += 1;
                damaged.held += usize::from(why.is_some());
                if ahead == 0 {
                    damaged.first_held += usize::from(why.is_some());
                    *damaged.reasons.entry(why.unwrap_or("judged")).or_default() += 1;
                }
            }
        }
    }
    row
}

/// Why the scene does not judge the picture.
fn show(scene: &mut CameraScene, observation: Observation) -> Option<&'static str> {
    scene.observe(observation);
    let state = scene.picture_state();
    (state.state != CameraState::Live).then(|| state.why.map_or(state.state.name(), |why| why.name()))
}

fn spread(looks: &[Surveyed], figure: impl Fn(&Health) -> f32) -> [f32; 3] {
    let mut figures: Vec<f32> = looks.iter().map(|look| figure(&look.whole.1)).collect();
    figures.sort_by(f32::total_cmp);
    let at = |i: usize| figures.get(i).copied().unwrap_or_default();
    [at(0), at(figures.len() / 2), at(figures.len().saturating_sub(1))]
}

impl Surveyed {
    fn of(unit: AccessUnit, picture: &Picture) -> Self {
        let damaged = |(_, damage): &(&str, Damage)| survey(&damage.done_to(picture), &unit);
        let mut surveyed = Self {
            size: (picture.width, picture.height),
            whole: survey(picture, &unit),
            damaged: DAMAGES.iter().map(damaged).collect(),
            unit,
        };
        // Only the picture is looked at.
        surveyed.unit.bytes = Bytes::new();
        surveyed
    }

    fn observation(&self, (thumbnail, health): &(Luma, Health), picture: usize) -> Observation {
        Observation {
            camera: self.unit.camera.clone(),
            epoch: self.unit.epoch,
            picture: picture as u64,
            captured_at: self.unit.captured_at,
            why: LookWhy::Routine,
            size: self.size,
            detections: Vec::new(),
            closeups: Vec::new(),
            thumbnail: thumbnail.clone(),
            health: *health,
            model: "none".into(),
            unit: self.unit.clone(),
        }
    }
}

impl Damage {
    fn done_to(self, picture: &Picture) -> Picture {
        let mut damaged = picture.clone();
        match self {
            Self::Blur(pixels) => damaged.y = blurred(&picture.y, pixels * picture.width as f32 / 640.0),
            Self::Flash(levels) => {
                let brighter = |sample: &mut u8| *sample = sample.saturating_add(levels).min(235);
                damaged.y.samples.iter_mut().for_each(brighter);
            }
            Self::Grey => {
                damaged.u.samples.fill(128);
                damaged.v.samples.fill(128);
            }
        }
        damaged
    }
}

/// A plane under a Gaussian of that standard deviation, in samples; edges are continued.
fn blurred(plane: &Plane, deviation: f32) -> Plane {
    let reach = (3.0 * deviation).ceil() as usize;
    let weight = |i: usize| (-((i as f32 - reach as f32) / deviation).powi(2) / 2.0).exp();
    let kernel: Vec<f32> = (0..=2 * reach).map(weight).collect();
    let total: f32 = kernel.iter().sum();
    let (width, height) = (plane.width, plane.height);
    let mut across = vec![0.0_f32; width * height];
    for (y, row) in across.chunks_exact_mut(width.max(1)).enumerate() {
        let line = plane.row(y);
        let (first, last) = (line[0], line[width - 1]);
        let mut wide = vec![f32::from(first); reach];
        wide.extend(line.iter().map(|v| f32::from(*v)));
        wide.extend(std::iter::repeat_n(f32::from(last), reach));
        for (i, weight) in kernel.iter().enumerate() {
            row.iter_mut()
                .zip(&wide[i..])
                .for_each(|(sum, v)| *sum += weight / total * v);
        }
    }
    let mut samples = Vec::with_capacity(width * height);
    let mut sums = vec![0.0_f32; width];
    for y in 0..height {
        sums.fill(0.0);
        for (i, weight) in kernel.iter().enumerate() {
            let from = (y + i).saturating_sub(reach).min(height - 1);
            let line = &across[from * width..(from + 1) * width];
            sums.iter_mut()
                .zip(line)
                .for_each(|(sum, v)| *sum += weight / total * v);
        }
        samples.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
    }
    Plane {
        width,
        height,
        stride: width,
        samples,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_the_mean_and_takes_the_detail() {
        let plane = Plane {
            width: 40,
            height: 30,
            stride: 44,
            samples: (0..44 * 30)
                .map(|i| if i % 44 % 2 == 0 { 60 } else { 140 })
                .collect(),
        };
        let soft = blurred(&plane, 2.0);
        assert_eq!((soft.width, soft.height, soft.samples.len()), (40, 30, 1200));
        let inner: Vec<u8> = (8..32).map(|x| soft.row(15)[x]).collect();
        assert!(inner.iter().all(|v| v.abs_diff(100) <= 1), "{inner:?}");
    }
}
