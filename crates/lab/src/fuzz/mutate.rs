//! Changes to an input as a peer, a cable or a careless editor makes them. Seeded: the same seed gives the
//! same inputs in the same order.

use fastrand::Rng;

/// Longest input made, bytes.
const BYTES_MAX: usize = 16 << 10;
/// Most changes made to one input.
const CHANGES_MAX: usize = 8;
/// Numbers that parsers stumble over: ends of ranges, of one byte and of two.
const ODD: [&[u8]; 10] = [
    &[0],
    &[0xff],
    &[0x7f],
    &[0x80],
    &[0, 0],
    &[0xff, 0xff],
    &[0, 0, 1],
    &[0, 0, 3],
    b"\r\n",
    b"4294967296",
];

/// `seed` with one to eight changes; `other` lends pieces.
pub(super) fn mutate(seed: &[u8], other: &[u8], chance: &mut Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..chance.usize(1..=CHANGES_MAX) {
        change(&mut bytes, other, chance);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], chance: &mut Rng) {
    if bytes.is_empty() {
        bytes.push(chance.u8(..));
        return;
    }
    let at = chance.usize(..bytes.len());
    let to = chance.usize(at..bytes.len().min(at + 64)) + 1;
    match chance.u8(..9) {
        0 => bytes[at] ^= 1 << chance.u8(..8),
        1 => bytes[at] = chance.u8(..),
        2 => drop(bytes.drain(at..to)),
        3 => bytes.truncate(at),
        4 => {
            let again = bytes[at..to].to_vec();
            insert(bytes, at, &again);
        }
        5 => {
            let odd = ODD[chance.usize(..ODD.len())];
            insert(bytes, at, odd);
        }
        6 => {
            let odd = ODD[chance.usize(..ODD.len())];
            let to = bytes.len().min(at + odd.len());
            bytes[at..to].copy_from_slice(&odd[..to - at]);
        }
        7 if !other.is_empty() => {
            let from = chance.usize(..other.len());
            let piece = &other[from..other.len().min(from + 256)];
            insert(bytes, at, piece);
        }
        _ => bytes[at] = bytes[at].wrapping_add(if chance.bool() { 1 } else { 255 }),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    if bytes.len() + piece.len() <= BYTES_MAX {
        drop(bytes.splice(at..at, piece.iter().copied()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_inputs_every_time_and_many_of_them() {
        let run = |seed| {
            let mut chance = Rng::with_seed(seed);
            (0..1000)
                .map(|_| mutate(b"RTSP/1.0 200 OK", b"CSeq: 1", &mut chance))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        let mut inputs = run(2);
        assert!(inputs.iter().all(|i| i.len() <= BYTES_MAX));
        inputs.sort();
        inputs.dedup();
        assert!(inputs.len() > 900, "{} different ones", inputs.len());
    }
}
