//! The name of an incident: FNV-1a, 128 bits (draft-eastlake-fnv-21), of what makes it this one.
//! Stable over restarts and machines; not a secret and not meant to withstand an attacker.

use std::sync::Arc;

use curbwatch_types::{BBox, CameraId, ViewId, ViolationClass, Wall, ZoneId};

const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// The place is taken on a grid of this many steps a picture side: finer than two vehicles first seen
/// in one look can stand, so that no two incidents share a key.
const PLACE_STEPS: f32 = 4096.0;

/// Hexadecimal key of the incident that began at `first_seen` in `place` (base view).
pub(crate) fn incident_key(
    camera: &CameraId,
    class: ViolationClass,
    view: &ViewId,
    zone: &ZoneId,
    first_seen: Wall,
    place: &BBox,
) -> Arc<str> {
    let contact = place.ground_contact();
    let step = |v: f32| ((v * PLACE_STEPS).round() as i32).to_be_bytes();
    let mut hash = BASIS;
    let parts: [&[u8]; 7] = [
        camera.as_str().as_bytes(),
        class.name().as_bytes(),
        view.as_str().as_bytes(),
        zone.as_str().as_bytes(),
        &first_seen.0.to_be_bytes(),
        &step(contact.x),
        &step(contact.y),
    ];
    for part in parts {
        hash = fnv1a(hash, part);
        hash = fnv1a(hash, &[0xff]); // in no UTF-8 text, so parts cannot run into each other
    }
    format!("{hash:032x}").into()
}

fn fnv1a(mut hash: u128, bytes: &[u8]) -> u128 {
    for byte in bytes {
        hash = (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vectors of draft-eastlake-fnv-21, appendix C.
    #[test]
    fn fnv1a_of_the_published_vectors() {
        assert_eq!(fnv1a(BASIS, b""), BASIS);
        assert_eq!(fnv1a(BASIS, b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(fnv1a(BASIS, b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
