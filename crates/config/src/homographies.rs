//! Homographies as they stand in the files: nine numbers, or four points measured on the ground.
//!
//! Not for: metres (`scene`). Input: cameras and zones that are known to be there.

use std::collections::HashMap;

use curbwatch_types::{CameraId, FrameId, Point, ViewId, Zone};

use crate::config::{Camera, Frame, Ground};
use crate::form::{List, Placed, Where, number};
use crate::frames::{self, FRAME_ID};
use crate::known::known_camera;
use crate::names::{CAMERA_ID, VIEW_ID};
use crate::problem::{Context, Place};
use crate::section::{Optional, Or, Required, Shown, section};
use crate::views::known_view;

/// Homographies at most.
pub(crate) const HOMOGRAPHIES_MAX: usize = 50_000;
/// A determinant below this, of rows of length 1, is none.
const DETERMINANT_MIN: f64 = 1e-9;
/// Where less is left of the denominator than this share of its largest value over the zone, the horizon is.
const HORIZON_SHARE: f64 = 1e-3;

section! {
    /// From a view's picture to the ground in metres, where somebody measured it: `ground_from_image` or `points`.
    pub(crate) struct HomographyEntry {
        /// The camera.
        camera: Placed<CameraId> = Required(Where(CAMERA_ID), "\"04254\"");
        /// The view. Default: the camera's base view.
        view: Option<Placed<ViewId>> = Optional(Where(VIEW_ID), "\"main\"");
        /// Nine numbers, row by row, that take `[x, y, 1]` of the picture, each 0 to 1, to the ground in metres (times a
        /// factor).
        ground_from_image: Option<Placed<Vec<f64>>> = Optional(
            Where(List(number(-1e9, 1e9), 9)),
            "[12.0, 0.0, -6.0, 0.0, 1.0, 9.0, 0.0, 1.0, 0.1]"
        );
        /// Four points `[x, y, east, north]`: where each lies in the picture, 0 to 1, and where on the ground, in metres
        /// from any corner and along any two axes at right angles.
        points: Option<Placed<Vec<Vec<f64>>>> = Shown(
            Where(List(List(number(-1e6, 1e6), 4), 4)),
            "[[0.1, 0.9, 0.0, 0.0], [0.9, 0.9, 6.0, 0.0], [0.7, 0.4, 6.0, 20.0], [0.3, 0.4, 0.0, 20.0]]"
        );
        /// The ground that the view shares with others, one of `[[frames]]`: all of its views are measured from the same corner
        /// and along the same axes. What stands in one place there is one case. Default: it is compared with no other view.
        frame: Option<Placed<FrameId>> = Optional(Where(FRAME_ID), "\"junction-7\"");
        /// How far off the points were measured, in metres (standard deviation); matters in a frame alone.
        accuracy_m: f64 = Or(number(0.0, 10.0), "0.5");
    }
}

/// Gives each camera its homographies.
pub(crate) fn resolve(
    entries: &[Placed<HomographyEntry>],
    frames: &[Frame],
    cameras: &mut [Camera],
    by_id: &HashMap<CameraId, usize>,
    cx: &mut Context<'_>,
) {
    for Placed { value: entry, place } in entries {
        let cells = cells(entry, place, cx);
        let frame = entry
            .frame
            .as_ref()
            .and_then(|name| frames::known(frames, name, cx));
        let Some(index) = known_camera(&entry.camera, "the homography", cameras, by_id, cx) else {
            continue;
        };
        let camera = &mut cameras[index];
        let view = match &entry.view {
            Some(view) if known_view(camera, (&view.value, &view.place), "the homography", cx).is_none() => {
                continue;
            }
            Some(view) => view.value.clone(),
            None => camera.view.clone(),
        };
        let Some((cells, at)) = cells else { continue };
        if camera.grounds.iter().any(|ground| ground.view == view) {
            let message = format!("the view `{view}` of camera `{}` has two homographies", camera.id);
            cx.report(place, message, "keep one of the two");
            continue;
        }
        let folded = camera
            .zones
            .iter()
            .filter(|zone| zone.view == view && folds(&cells, zone));
        for zone in folded {
            let message = format!(
                "the homography folds over the zone `{}`: the horizon crosses it",
                zone.id
            );
            cx.report(
                at,
                message,
                "measure its points again (are two of them exchanged?), or draw the zone below the horizon",
            );
        }
        camera.grounds.push(Ground {
            view,
            ground_from_image: cells,
            frame: frame.map(|frame| (frame.clone(), entry.accuracy_m)),
        });
    }
}

/// The nine numbers, and where they stand.
fn cells<'e>(
    entry: &'e HomographyEntry,
    place: &'e Place,
    cx: &mut Context<'_>,
) -> Option<([f64; 9], &'e Place)> {
    let (cells, at) = match (&entry.ground_from_image, &entry.points) {
        (Some(given), None) => {
            let Ok(cells) = <[f64; 9]>::try_from(given.value.as_slice()) else {
                let message = format!("`ground_from_image` has {} numbers, not 9", given.value.len());
                cx.report(
                    &given.place,
                    message,
                    "write three rows of three, one after the other",
                );
                return None;
            };
            (Some(cells), &given.place)
        }
        (None, Some(given)) => (Some(from_points(given, cx)?), &given.place),
        (both, _) => {
            let message = if both.is_some() { "two" } else { "none" };
            let message = format!("a homography is nine numbers or four points; here is {message} of them");
            cx.report(place, message, "give `ground_from_image` or `points`");
            return None;
        }
    };
    let sound = cells.filter(is_regular);
    if sound.is_none() {
        cx.report(
            at,
            "the homography is singular: it takes the picture to a line or a point",
            "measure four points of which no three lie on one line, in the picture and on the ground",
        );
    }
    Some((sound?, at))
}

fn is_regular(cells: &[f64; 9]) -> bool {
    let [a, b, c, d, e, f, g, h, i] = *cells;
    let determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    let length = |x: f64, y: f64, z: f64| (x * x + y * y + z * z).sqrt();
    let scale = length(a, b, c) * length(d, e, f) * length(g, h, i);
    scale > 0.0 && determinant.abs() > DETERMINANT_MIN * scale
}

/// Whether the denominator changes its sign over the zone, and with it which way round the ground lies. It is linear, so the
/// corners tell.
fn folds(cells: &[f64; 9], zone: &Zone) -> bool {
    let [.., g, h, i] = *cells;
    let at = |p: &Point| g * f64::from(p.x) + h * f64::from(p.y) + i;
    let values: Vec<f64> = zone.polygon.points().iter().map(at).collect();
    let largest = values.iter().fold(0.0_f64, |max, v| max.max(v.abs()));
    let side = |v: &f64| {
        if v.abs() <= HORIZON_SHARE * largest {
            0
        } else {
            v.signum() as i32
        }
    };
    let first = values.first().map_or(0, side);
    first == 0 || values.iter().any(|v| side(v) != first)
}

/// The homography through four pairs of points; nine zeros where there is none.
fn from_points(given: &Placed<Vec<Vec<f64>>>, cx: &mut Context<'_>) -> Option<[f64; 9]> {
    let points: Vec<[f64; 4]> = given
        .value
        .iter()
        .filter_map(|point| <[f64; 4]>::try_from(point.as_slice()).ok())
        .collect();
    let Ok(points) = <[[f64; 4]; 4]>::try_from(points) else {
        cx.report(
            &given.place,
            "`points` are not four of four numbers",
            "write four points, each [x, y, east, north]",
        );
        return None;
    };
    let outside = |p: &[f64; 4]| p[..2].iter().any(|v| !(0.0..=1.0).contains(v));
    if let Some(i) = points.iter().position(outside) {
        let message = format!("point {} of `points` lies outside the picture", i + 1);
        cx.report(
            &given.place,
            message,
            "divide pixels by the picture's width and height",
        );
        return None;
    }
    let mut rows = Vec::with_capacity(8);
    for [x, y, u, v] in points {
        rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u]);
        rows.push([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]);
    }
    let nine = |s: [f64; 8]| [s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 1.0];
    Some(solved(rows).map_or([0.0; 9], nine))
}

/// Gauss-Jordan elimination with row pivots; the last column is the right side. `None` where the rows do not
/// determine it.
fn solved(mut rows: Vec<[f64; 9]>) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let lead = rows[column][column];
        if lead.abs() < DETERMINANT_MIN {
            return None;
        }
        let base = rows[column].map(|v| v / lead);
        rows[column] = base;
        for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column];
            for (cell, of_base) in row.iter_mut().zip(base) {
                *cell -= factor * of_base;
            }
        }
    }
    Some(std::array::from_fn(|i| rows[i][8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_points_give_the_homography_they_came_from() {
        let cells = [40.0, 3.0, 1.0, 2.0, -60.0, 5.0, 0.1, -0.5, 1.0];
        let ground = |x: f64, y: f64| {
            let [a, b, c, d, e, f, g, h, i] = cells;
            let w = g * x + h * y + i;
            [x, y, (a * x + b * y + c) / w, (d * x + e * y + f) / w]
        };
        let corners = [(0.1, 0.9), (0.8, 0.95), (0.7, 0.4), (0.3, 0.5)];
        let mut rows = Vec::new();
        for [x, y, u, v] in corners.map(|(x, y)| ground(x, y)) {
            rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u]);
            rows.push([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]);
        }
        let found = solved(rows).map_or([0.0; 8], |found| found);
        for (got, want) in found.into_iter().zip(cells) {
            assert!((got - want).abs() < 1e-6, "{got}, not {want}");
        }
    }
}
