//! Where a picture lies in the input tensor, and the way back.
//!
//! For: the mapping between tensor pixels and relative picture coordinates. Not for: pixels
//! themselves (`prepare`).

use curbwatch_types::BBox;

use crate::{Placement, Tile};

/// A picture of some size placed in a tensor of some size, its aspect kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letterbox {
    /// Width and height of the tensor.
    pub(crate) tensor: (usize, usize),
    /// Top-left corner of the picture in the tensor.
    pub(crate) offset: (usize, usize),
    /// Width and height of the scaled picture.
    pub(crate) content: (usize, usize),
}

impl Letterbox {
    /// Scales `picture` (width, height, both above 0) as large as fits into `tensor`.
    pub(crate) fn new(picture: (usize, usize), tensor: (usize, usize), placement: Placement) -> Self {
        let scale = (tensor.0 as f64 / picture.0 as f64).min(tensor.1 as f64 / picture.1 as f64);
        let fit = |side: usize, most: usize| ((side as f64 * scale).round() as usize).clamp(1, most);
        let content = (fit(picture.0, tensor.0), fit(picture.1, tensor.1));
        let offset = match placement {
            Placement::TopLeft => (0, 0),
            Placement::Center => ((tensor.0 - content.0) / 2, (tensor.1 - content.1) / 2),
        };
        Self {
            tensor,
            offset,
            content,
        }
    }

    /// The tile at the size it is planned for, never enlarged, in a tensor of `tensor` or larger.
    pub(crate) fn of_tile(tile: &Tile, tensor: (usize, usize), placement: Placement) -> Self {
        let content = (tile.content.0.min(tensor.0), tile.content.1.min(tensor.1));
        let offset = match placement {
            Placement::TopLeft => (0, 0),
            Placement::Center => ((tensor.0 - content.0) / 2, (tensor.1 - content.1) / 2),
        };
        Self {
            tensor,
            offset,
            content,
        }
    }

    /// A box in tensor pixels (left, top, right, bottom) as relative picture coordinates, clipped.
    pub(crate) fn to_picture(self, [x0, y0, x1, y1]: [f32; 4]) -> BBox {
        let x = |v: f32| (v - self.offset.0 as f32) / self.content.0 as f32;
        let y = |v: f32| (v - self.offset.1 as f32) / self.content.1 as f32;
        BBox::new(x(x0), y(y0), x(x1) - x(x0), y(y1) - y(y0)).clipped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_placed_and_boxes_come_back() {
        // picture, tensor, placement -> offset, content
        let rows = [
            ((1920, 1080), (416, 416), Placement::TopLeft, (0, 0), (416, 234)),
            ((1920, 1080), (416, 416), Placement::Center, (0, 91), (416, 234)),
            ((1920, 1080), (416, 256), Placement::Center, (0, 11), (416, 234)),
            ((352, 288), (640, 512), Placement::Center, (7, 0), (626, 512)),
            ((1080, 1920), (416, 416), Placement::Center, (91, 0), (234, 416)),
            ((416, 416), (416, 416), Placement::Center, (0, 0), (416, 416)),
            ((4000, 2), (64, 64), Placement::Center, (0, 31), (64, 1)),
        ];
        for (picture, tensor, placement, offset, content) in rows {
            let letterbox = Letterbox::new(picture, tensor, placement);
            assert_eq!(
                (letterbox.offset, letterbox.content),
                (offset, content),
                "{picture:?} in {tensor:?}"
            );
            let (left, top) = (offset.0 as f32, offset.1 as f32);
            let (width, height) = (content.0 as f32, content.1 as f32);
            let whole = letterbox.to_picture([left, top, left + width, top + height]);
            assert_eq!(whole, BBox::new(0.0, 0.0, 1.0, 1.0), "{picture:?} in {tensor:?}");
            let quarter = letterbox.to_picture([
                left + width / 2.0,
                top + height / 2.0,
                left + width,
                top + 2.0 * height,
            ]);
            assert!(
                quarter.iou(&BBox::new(0.5, 0.5, 0.5, 0.5)) > 0.999,
                "{quarter:?} in {tensor:?}"
            );
        }
    }
}
