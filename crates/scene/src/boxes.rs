//! The boxes of one look, laid out so that a place is held against all of them at once: most places touch none. Not for: how
//! two boxes lie to one another (`overlap`).

use curbwatch_types::BBox;

/// Boxes in the order they were added, with their edges side by side, so that the comparison vectorises.
#[derive(Debug, Default)]
pub(crate) struct Boxes {
    all: Vec<BBox>,
    left: Vec<f32>,
    top: Vec<f32>,
    right: Vec<f32>,
    bottom: Vec<f32>,
}

impl Boxes {
    /// With room for so many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        let edges = || Vec::with_capacity(count);
        Self {
            all: Vec::with_capacity(count),
            left: edges(),
            top: edges(),
            right: edges(),
            bottom: edges(),
        }
    }

    pub(crate) fn push(&mut self, bbox: BBox) {
        self.left.push(bbox.x);
        self.top.push(bbox.y);
        self.right.push(bbox.x + bbox.w);
        self.bottom.push(bbox.y + bbox.h);
        self.all.push(bbox);
    }

    pub(crate) fn as_slice(&self) -> &[BBox] {
        &self.all
    }

    /// Whether one of them may share something with `place`; where it says no, none does.
    pub(crate) fn touch(&self, place: &BBox) -> bool {
        let (right, bottom) = (place.x + place.w, place.y + place.h);
        let starts = self.left.iter().zip(&self.top);
        let ends = self.right.iter().zip(&self.bottom);
        // Without a way out in between, so that it vectorises.
        let touching = starts.zip(ends).fold(0u32, |any, ((l, t), (r, b))| {
            any | (u32::from(*l < right)
                & u32::from(*t < bottom)
                & u32::from(*r > place.x)
                & u32::from(*b > place.y))
        });
        touching > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_box() -> impl Strategy<Value = BBox> {
        (-0.2f32..1.0, -0.2f32..1.0, 0.001f32..0.5, 0.001f32..0.5)
            .prop_map(|(x, y, w, h)| BBox::new(x, y, w, h))
    }

    proptest! {
        #[test]
        fn where_it_says_no_nothing_is_shared(all in prop::collection::vec(any_box(), 0..20), place in any_box()) {
            let mut boxes = Boxes::default();
            for bbox in &all {
                boxes.push(*bbox);
            }
            let shares = all.iter().any(|bbox| bbox.intersection(&place) > 0.0);
            prop_assert_eq!(boxes.touch(&place), shares);
        }
    }
}
