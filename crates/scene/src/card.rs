//! Whether a picture that fits no view is a card in place of one ("camera in use").
//!
//! Not for: where the picture's content lies (`registration`), identical pictures (`freeze`). Input: the look's thumbnail.

use curbwatch_types::Luma;

/// Grey levels that a card's plain areas differ by at most: compression noise.
const PLAIN_LEVELS: usize = 9;
/// A card has at most so many plain shades: ground, writing, a frame.
const PLAIN_SHADES: usize = 3;

/// Whether a picture is a card ("camera in use") and no street: nearly all of it in a few shades. Asked only of pictures
/// that fit no view, because a black sky over a lit road is as plain.
pub(crate) fn is_card(thumbnail: &Luma, share_min: f32) -> bool {
    let mut counts = [0_usize; 256];
    for sample in &thumbnail.samples {
        counts[usize::from(*sample)] += 1;
    }
    let mut plain = 0;
    for _ in 0..PLAIN_SHADES {
        let sums = counts
            .windows(PLAIN_LEVELS)
            .map(|levels| levels.iter().sum::<usize>());
        let most = sums
            .enumerate()
            .max_by_key(|(start, sum)| (*sum, std::cmp::Reverse(*start)));
        let Some((start, sum)) = most else { return false };
        plain += sum;
        counts[start..start + PLAIN_LEVELS].fill(0);
    }
    !thumbnail.samples.is_empty() && plain as f32 >= share_min * thumbnail.samples.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_plain_and_a_street_is_not() {
        let picture = |shade: &dyn Fn(usize, usize) -> u8| Luma {
            width: 80,
            height: 60,
            samples: (0..60)
                .flat_map(|y| (0..80).map(move |x| (x, y)))
                .map(|(x, y)| shade(x, y))
                .collect(),
        };
        let writing = |x: usize, y: usize| (20..40).contains(&y) && x % 7 < 3 && (15..65).contains(&x);
        let card = picture(&|x, y| {
            if writing(x, y) {
                230
            } else {
                40 + ((x * 7 + y * 3) % 4) as u8
            }
        });
        let street = picture(&|x, y| 30 + ((x * 13 + y * 29 + x * y) % 160) as u8);
        assert!(is_card(&card, 0.85));
        assert!(!is_card(&street, 0.85));
        assert!(!is_card(&Luma::default(), 0.85));
    }
}
