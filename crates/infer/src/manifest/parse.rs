//! TOML text to [`Manifest`], or to every mistake in it with its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curbwatch_types::ObjectClass;
use serde::Deserialize;
use toml::Spanned;

use super::check::{Check, SIDE};
use super::measured::RawMeasured;
use super::tiles::{self, RawTiles};
use super::{
    ChannelOrder, ClassRow, Fit, InputSpec, Layout, Manifest, NmsSpec, OutputSpec, Placement, ResizeFilter,
};
use crate::Problem;

/// Most classes of a model; COCO has 80, Objects365 365, LVIS 1203.
const CLASSES_MAX: usize = 2000;
/// Score threshold of classes for which the manifest says nothing.
const THRESHOLD: f32 = 0.35;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: Spanned<String>,
    file: Spanned<String>,
    sha256: Spanned<String>,
    licence: Spanned<String>,
    source: Spanned<String>,
    #[serde(default)]
    attribution: String,
    card: Option<Spanned<String>>,
    input: RawInput,
    output: RawOutput,
    classes: RawClasses,
    #[serde(default)]
    nms: RawNms,
    tiles: Option<RawTiles>,
    #[serde(default)]
    measured: RawMeasured,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInput {
    name: Spanned<String>,
    #[serde(default)]
    layout: RawTensor,
    fit: Spanned<RawFit>,
    width: Option<Spanned<usize>>,
    height: Option<Spanned<usize>>,
    longest: Option<Spanned<usize>>,
    multiple_of: Option<Spanned<usize>>,
    channels: ChannelOrder,
    mean: Spanned<[f32; 3]>,
    std: Spanned<[f32; 3]>,
    letterbox_value: Spanned<f32>,
    letterbox_placement: Placement,
    resize: ResizeFilter,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum RawTensor {
    #[default]
    Nchw,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RawFit {
    Fixed,
    Aspect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutput {
    layout: Layout,
    #[serde(default)]
    names: Option<Spanned<Vec<String>>>,
    strides: Spanned<Vec<usize>>,
    bins: Option<Spanned<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClasses {
    names: Spanned<Vec<Spanned<String>>>,
    map: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
    #[serde(default)]
    thresholds: BTreeMap<Spanned<String>, Spanned<f32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNms {
    iou: Spanned<f32>,
    #[serde(default)]
    together: Vec<Vec<Spanned<String>>>,
}

impl Default for RawNms {
    fn default() -> Self {
        Self {
            iou: Spanned::new(0..0, 0.6),
            together: Vec::new(),
        }
    }
}

/// Reads `text` of a manifest in `folder`; on failure at least one problem, in order of lines.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Manifest, Vec<Problem>> {
    let mut check = Check::of(text);
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => {
            let at = e.span().unwrap_or(0..0);
            check.wrong(at, e.message());
            return Err(check.problems());
        }
    };
    for (what, field) in [
        ("name", &raw.name),
        ("file", &raw.file),
        ("licence", &raw.licence),
        ("source", &raw.source),
    ] {
        if field.as_ref().trim().is_empty() {
            check.wrong(field.span(), format!("`{what}` must not be empty"));
        }
    }
    if raw.name.as_ref().len() > 64 || raw.name.as_ref().contains(['@', '/', '\n']) {
        check.wrong(
            raw.name.span(),
            "`name` has at most 64 bytes and no `@`, `/` or line break",
        );
    }
    let sha256 = raw.sha256.as_ref();
    if sha256.len() != 64 || !sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        check.wrong(
            raw.sha256.span(),
            "`sha256` is 64 lower-case hex digits, as `sha256sum` prints them",
        );
    }
    let input = check.input(raw.input);
    let output = check.output(raw.output);
    let nms = check.nms(raw.nms);
    let classes = check.classes(&raw.classes);
    let fit = input.as_ref().map(|input| input.fit);
    let tiles = raw.tiles.map(|tiles| tiles::check(&mut check, tiles, fit));
    let measured = check.measured(&raw.measured);
    let card = check.card(raw.card, folder);
    let problems = check.problems();
    let (Some(input), true) = (input, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(Manifest {
        name: raw.name.into_inner(),
        file: PathBuf::from(raw.file.into_inner()),
        sha256: raw.sha256.into_inner(),
        licence: raw.licence.into_inner(),
        source: raw.source.into_inner(),
        attribution: raw.attribution,
        card,
        measured,
        input,
        output,
        classes,
        nms,
        tiles,
    })
}

impl Check<'_> {
    fn input(&mut self, raw: RawInput) -> Option<InputSpec> {
        let RawTensor::Nchw = raw.layout;
        let fit = self.fit(&raw);
        if raw.name.as_ref().is_empty() {
            self.wrong(raw.name.span(), "`input.name` must not be empty");
        }
        if raw.mean.as_ref().iter().any(|v| !v.is_finite()) {
            self.wrong(raw.mean.span(), "`mean` must be three finite numbers");
        }
        if raw.std.as_ref().iter().any(|v| !v.is_finite() || *v <= 0.0) {
            self.wrong(
                raw.std.span(),
                "`std` must be three numbers above 0; use 1 to leave values as they are",
            );
        }
        if !(0.0..=255.0).contains(raw.letterbox_value.as_ref()) {
            self.wrong(
                raw.letterbox_value.span(),
                "`letterbox_value` lies between 0 and 255",
            );
        }
        Some(InputSpec {
            name: raw.name.into_inner(),
            fit: fit?,
            channels: raw.channels,
            mean: raw.mean.into_inner(),
            std: raw.std.into_inner(),
            letterbox_value: raw.letterbox_value.into_inner(),
            placement: raw.letterbox_placement,
            resize: raw.resize,
        })
    }

    fn fit(&mut self, raw: &RawInput) -> Option<Fit> {
        let (wanted, foreign, kind) = match raw.fit.as_ref() {
            RawFit::Fixed => (
                [("width", &raw.width), ("height", &raw.height)],
                [&raw.longest, &raw.multiple_of],
                "fixed",
            ),
            RawFit::Aspect => (
                [("longest", &raw.longest), ("multiple_of", &raw.multiple_of)],
                [&raw.width, &raw.height],
                "aspect",
            ),
        };
        let before = self.found();
        for field in foreign.into_iter().flatten() {
            self.wrong(field.span(), format!("this does not belong to fit = \"{kind}\""));
        }
        let mut sides = [0; 2];
        for (side, (name, field)) in sides.iter_mut().zip(wanted) {
            match field {
                None => self.wrong(raw.fit.span(), format!("fit = \"{kind}\" needs `{name}`")),
                Some(value) => {
                    *side = *value.as_ref();
                    if !SIDE.contains(side) || !side.is_multiple_of(*SIDE.start()) {
                        self.wrong(
                            value.span(),
                            format!(
                                "`{name}` is a multiple of 32 from {} to {}",
                                SIDE.start(),
                                SIDE.end()
                            ),
                        );
                    }
                }
            }
        }
        if self.found() > before {
            return None;
        }
        match raw.fit.as_ref() {
            RawFit::Fixed => Some(Fit::Fixed {
                width: sides[0],
                height: sides[1],
            }),
            RawFit::Aspect if sides[0].is_multiple_of(sides[1]) => Some(Fit::Aspect {
                longest: sides[0],
                multiple_of: sides[1],
            }),
            RawFit::Aspect => {
                self.wrong(raw.fit.span(), "`longest` must be a multiple of `multiple_of`");
                None
            }
        }
    }

    fn output(&mut self, raw: RawOutput) -> OutputSpec {
        let strides = raw.strides.as_ref();
        if strides.is_empty() || strides.len() > 8 || strides.iter().any(|s| !(1..=256).contains(s)) {
            self.wrong(
                raw.strides.span(),
                "`strides` are one to eight numbers from 1 to 256",
            );
        }
        let outputs = if raw.layout == Layout::NanodetM {
            2 * strides.len()
        } else {
            1
        };
        if let Some(names) = raw.names.as_ref().filter(|n| n.as_ref().len() != outputs) {
            self.wrong(
                names.span(),
                format!(
                    "this layout has {outputs} outputs, {} are named",
                    names.as_ref().len()
                ),
            );
        }
        let bins = match raw.bins {
            None => 8,
            Some(bins) => {
                if !(2..=64).contains(bins.as_ref()) {
                    self.wrong(bins.span(), "`bins` lies between 2 and 64");
                } else if raw.layout == Layout::Yolox {
                    self.wrong(
                        bins.span(),
                        "layout \"yolox\" has no distance distribution, so no `bins`",
                    );
                }
                bins.into_inner()
            }
        };
        OutputSpec {
            layout: raw.layout,
            names: raw.names.map(Spanned::into_inner).unwrap_or_default(),
            strides: raw.strides.into_inner(),
            bins,
        }
    }

    fn object(&mut self, name: &Spanned<String>) -> Option<ObjectClass> {
        let object = ObjectClass::from_name(name.as_ref());
        if object.is_none() {
            let known = ObjectClass::NAMES.map(|(_, name)| name).join(", ");
            self.wrong(
                name.span(),
                format!("`{}` is no object class; there are {known}", name.as_ref()),
            );
        }
        object
    }

    fn nms(&mut self, raw: RawNms) -> NmsSpec {
        if !(0.05..=1.0).contains(raw.iou.as_ref()) {
            self.wrong(raw.iou.span(), "`nms.iou` lies between 0.05 and 1");
        }
        let mut seen = Vec::new();
        let mut together = Vec::new();
        for group in raw.together {
            let mut objects = Vec::new();
            for name in &group {
                let Some(object) = self.object(name) else { continue };
                if seen.contains(&object) {
                    self.wrong(
                        name.span(),
                        format!("`{}` is in two places of `together`", name.as_ref()),
                    );
                }
                seen.push(object);
                objects.push(object);
            }
            together.push(objects);
        }
        NmsSpec {
            iou: raw.iou.into_inner(),
            together,
        }
    }

    fn classes(&mut self, raw: &RawClasses) -> Vec<ClassRow> {
        let names = raw.names.as_ref();
        if names.is_empty() || names.len() > CLASSES_MAX {
            self.wrong(
                raw.names.span(),
                format!("`classes.names` holds 1 to {CLASSES_MAX} names, in order of index"),
            );
        }
        let mut objects: BTreeMap<&str, ObjectClass> = BTreeMap::new();
        if raw.map.as_ref().is_empty() {
            self.wrong(
                raw.map.span(),
                "`classes.map` maps nothing: the model would see nothing",
            );
        }
        for (name, object) in raw.map.as_ref() {
            if !names.iter().any(|n| n.as_ref() == name.as_ref()) {
                self.wrong(
                    name.span(),
                    format!("the model has no class `{}` in `classes.names`", name.as_ref()),
                );
            }
            if let Some(object) = self.object(object) {
                objects.insert(name.as_ref(), object);
            }
        }
        let mut default = THRESHOLD;
        let mut thresholds = BTreeMap::new();
        for (name, value) in &raw.thresholds {
            if !(0.001..=1.0).contains(value.as_ref()) {
                self.wrong(value.span(), "a threshold lies between 0.001 and 1");
            }
            if name.as_ref() == "default" {
                default = *value.as_ref();
            } else if let Some(object) = self.object(name) {
                if !objects.values().any(|o| *o == object) {
                    self.wrong(
                        name.span(),
                        format!("no class of the model is mapped to `{}`", name.as_ref()),
                    );
                }
                thresholds.insert(object, *value.as_ref());
            }
        }
        let mut rows: Vec<ClassRow> = Vec::with_capacity(names.len());
        for name in names {
            if rows.iter().any(|row| row.name == *name.as_ref()) {
                self.wrong(name.span(), format!("class `{}` is named twice", name.as_ref()));
            }
            let object = objects.get(name.as_ref().as_str()).copied();
            let threshold = object
                .and_then(|o| thresholds.get(&o).copied())
                .unwrap_or(default);
            rows.push(ClassRow {
                name: name.as_ref().clone(),
                object,
                threshold,
            });
        }
        rows
    }
}
