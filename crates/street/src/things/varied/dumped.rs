//! Other makes of what is thrown away or piled up, one file per kind; the shapes they share are in `matter`.
//!
//! Not for: what streets held out have.

mod appliances;
mod bags;
mod bins;
mod boards;
mod boxes;
mod carted;
mod cartons;
mod furniture;
mod heaps;
mod litter;
mod masonry;
mod matter;
mod pallets;
mod sands;
mod seats;
mod stations;
mod vessels;

use super::any_colour;

pub(super) use bags::bag;
pub(super) use bins::{bin, overflow};
pub(super) use boards::boards;
pub(super) use cartons::cartons;
pub(super) use furniture::furniture;
pub(super) use heaps::heap;
pub(super) use masonry::bricks;
pub(super) use pallets::pallets;
pub(super) use sands::sand;
