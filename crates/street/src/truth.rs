//! What is in a picture and where, counted in pixels: each thing's extent as if it stood alone, and how
//! much of that is seen.

use curbwatch_types::{BBox, ObjectClass};

use crate::bvh::Ray;
use crate::camera::Camera;
use crate::executor::{Executor, collect};
use crate::world::Placed;

/// One thing in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// The same number in every frame of the scene.
    pub id: u32,
    /// What it is.
    pub class: ObjectClass,
    /// Its extent within the picture as if nothing stood before it.
    pub bbox: BBox,
    /// The box around what is seen of it; empty when nothing is.
    pub seen: BBox,
    /// Share of its pixels within the picture that are seen, 0..1.
    pub visible: f32,
    /// Pixels it would cover alone.
    pub pixels: u32,
    /// Whether the picture's edge cuts it off.
    pub cut_off: bool,
}

/// Pixels covered and the box around them, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) pixels: u32,
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    pub(crate) x1: usize,
    pub(crate) y1: usize,
}

impl Extent {
    pub(crate) const NONE: Self = Self {
        pixels: 0,
        x0: usize::MAX,
        y0: usize::MAX,
        x1: 0,
        y1: 0,
    };

    pub(crate) fn add(&mut self, x: usize, y: usize) {
        self.pixels += 1;
        (self.x0, self.y0) = (self.x0.min(x), self.y0.min(y));
        (self.x1, self.y1) = (self.x1.max(x), self.y1.max(y));
    }

    fn join(&mut self, o: &Self) {
        self.pixels += o.pixels;
        (self.x0, self.y0) = (self.x0.min(o.x0), self.y0.min(o.y0));
        (self.x1, self.y1) = (self.x1.max(o.x1), self.y1.max(o.y1));
    }

    /// The box in relative coordinates, moved by whole or broken pixels.
    pub(crate) fn bbox(&self, camera: &Camera, moved: (f32, f32)) -> BBox {
        if self.pixels == 0 {
            return BBox::default();
        }
        let (w, h) = (camera.width as f32, camera.height as f32);
        let left = (self.x0 as f32 + moved.0) / w;
        let top = (self.y0 as f32 + moved.1) / h;
        let wide = (self.x1 - self.x0 + 1) as f32 / w;
        BBox::new(left, top, wide, (self.y1 - self.y0 + 1) as f32 / h).clipped()
    }

    pub(crate) fn at_edge(&self, camera: &Camera) -> bool {
        self.pixels > 0
            && (self.x0 == 0 || self.y0 == 0 || self.x1 + 1 >= camera.width || self.y1 + 1 >= camera.height)
    }
}

/// The pixels whose middle shows one of these placed models when nothing else exists.
pub(crate) fn extent(camera: &Camera, placed: &[&Placed], executor: &dyn Executor) -> Extent {
    let areas: Vec<_> = placed.iter().map(|p| camera.covers_box(&p.bounds())).collect();
    let reach = areas
        .iter()
        .flatten()
        .copied()
        .reduce(|a, b| crate::camera::Rect {
            x0: a.x0.min(b.x0),
            y0: a.y0.min(b.y0),
            x1: a.x1.max(b.x1),
            y1: a.y1.max(b.y1),
        });
    let Some(reach) = reach else { return Extent::NONE };
    let rows = collect(executor, reach.y1 - reach.y0, |row| {
        let y = reach.y0 + row;
        let mut found = Extent::NONE;
        for x in reach.x0..reach.x1 {
            let ray = Ray::new(camera.at, camera.way(x as f32 + 0.5, y as f32 + 0.5));
            let inside = |area: &crate::camera::Rect| {
                (area.x0..area.x1).contains(&x) && (area.y0..area.y1).contains(&y)
            };
            let meets = |(p, area): (&&Placed, &Option<crate::camera::Rect>)| {
                area.as_ref().is_some_and(inside) && p.meets(&ray)
            };
            if placed.iter().zip(&areas).any(meets) {
                found.add(x, y);
            }
        }
        found
    });
    rows.iter().fold(Extent::NONE, |mut all, row| {
        all.join(row);
        all
    })
}
