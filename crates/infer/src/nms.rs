//! From candidates to objects: greedy non-maximum suppression within groups of classes.

use std::cmp::Ordering;

use curbwatch_types::ObjectClass;

use crate::NmsSpec;

/// Most candidates that suppression considers; the lowest scores fall out first and are counted.
/// A crowded street at threshold 0.15 has about 400.
pub(crate) const CANDIDATES_MAX: usize = 1000;

/// One anchor's vote for one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// Class, ours.
    pub(crate) object: ObjectClass,
    /// 0..1.
    pub(crate) score: f32,
    /// Left, top, right, bottom in tensor pixels.
    pub(crate) corners: [f32; 4],
    /// Index of the anchor, for ties.
    pub(crate) anchor: u32,
}

/// Which classes suppress each other.
#[derive(Debug, Clone)]
pub(crate) struct Groups(Vec<Vec<ObjectClass>>);

impl Groups {
    pub(crate) fn new(spec: &NmsSpec) -> Self {
        Self(spec.together.clone())
    }

    pub(crate) fn same(&self, a: ObjectClass, b: ObjectClass) -> bool {
        a == b
            || self
                .0
                .iter()
                .any(|group| group.contains(&a) && group.contains(&b))
    }
}

/// Keeps, best first, the candidates that no better one of their group overlaps by more than `iou`.
/// The order is total (score, anchor, class), so equal scores give equal answers. Returns how many
/// were beyond [`CANDIDATES_MAX`].
pub(crate) fn suppress(candidates: &mut Vec<Candidate>, groups: &Groups, iou: f32) -> usize {
    candidates.sort_unstable_by(better_first);
    let beyond = candidates.len().saturating_sub(CANDIDATES_MAX);
    candidates.truncate(CANDIDATES_MAX);
    let mut kept = 0;
    for i in 0..candidates.len() {
        let next = candidates[i];
        let covered = candidates[..kept]
            .iter()
            .any(|k| groups.same(k.object, next.object) && overlap(&k.corners, &next.corners) > iou);
        if !covered {
            candidates[kept] = next;
            kept += 1;
        }
    }
    candidates.truncate(kept);
    beyond
}

fn better_first(a: &Candidate, b: &Candidate) -> Ordering {
    b.score
        .total_cmp(&a.score)
        .then(a.anchor.cmp(&b.anchor))
        .then(a.object.cmp(&b.object))
}

/// Intersection over union of two boxes given by their corners; 0 for degenerate ones.
fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let area = |c: &[f32; 4]| (c[2] - c[0]).max(0.0) * (c[3] - c[1]).max(0.0);
    let w = a[2].min(b[2]) - a[0].max(b[0]);
    let h = a[3].min(b[3]) - a[1].max(b[1]);
    if w <= 0.0 || h <= 0.0 {
        return 0.0;
    }
    w * h / (area(a) + area(b) - w * h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ObjectClass::{Car, Person, Truck};

    /// Candidates are (class, score, left edge) of boxes 10 x 10; left edges are kept ones.
    fn check(
        what: &str,
        iou: f32,
        together: &[&[ObjectClass]],
        given: &[(ObjectClass, f32, f32)],
        want: &[f32],
    ) {
        let spec = NmsSpec {
            iou,
            together: together.iter().map(|g| g.to_vec()).collect(),
        };
        let candidates: Vec<Candidate> = given
            .iter()
            .zip(0..)
            .map(|(&(object, score, x), anchor)| Candidate {
                object,
                score,
                corners: [x, 0.0, x + 10.0, 10.0],
                anchor,
            })
            .collect();
        let mut forward = candidates.clone();
        suppress(&mut forward, &Groups::new(&spec), iou);
        let mut backward: Vec<_> = candidates.into_iter().rev().collect();
        suppress(&mut backward, &Groups::new(&spec), iou);
        assert_eq!(forward, backward, "{what}: the order of input must not matter");
        assert_eq!(
            forward.iter().map(|c| c.corners[0]).collect::<Vec<_>>(),
            want,
            "{what}"
        );
    }

    #[test]
    fn overlapping_boxes_of_a_group_become_one() {
        let vehicles: &[ObjectClass] = &[Car, Truck];
        check("nothing", 0.5, &[], &[], &[]);
        check(
            "far apart",
            0.5,
            &[],
            &[(Car, 0.5, 0.0), (Car, 0.9, 50.0)],
            &[50.0, 0.0],
        );
        // 10 x 10 boxes 2 apart: 80 / 120 = 0.67; 4 apart: 60 / 140 = 0.43
        check(
            "one car twice",
            0.5,
            &[],
            &[(Car, 0.5, 0.0), (Car, 0.9, 2.0)],
            &[2.0],
        );
        check(
            "two cars",
            0.5,
            &[],
            &[(Car, 0.5, 0.0), (Car, 0.9, 4.0)],
            &[4.0, 0.0],
        );
        check(
            "a looser limit",
            0.7,
            &[],
            &[(Car, 0.5, 0.0), (Car, 0.9, 2.0)],
            &[2.0, 0.0],
        );
        check(
            "two classes",
            0.5,
            &[],
            &[(Car, 0.5, 0.0), (Truck, 0.9, 0.0)],
            &[0.0, 0.0],
        );
        check(
            "two classes of a group",
            0.5,
            &[vehicles],
            &[(Car, 0.5, 0.0), (Truck, 0.9, 1.0)],
            &[1.0],
        );
        check(
            "one outside the group",
            0.5,
            &[vehicles],
            &[(Person, 0.5, 0.0), (Truck, 0.9, 1.0)],
            &[1.0, 0.0],
        );
        check(
            "a tie goes to the first anchor",
            0.5,
            &[],
            &[(Car, 0.5, 0.0), (Car, 0.5, 2.0)],
            &[0.0],
        );
        // The middle one falls to the first, so it cannot pull the third down with it.
        check(
            "no chains",
            0.5,
            &[],
            &[(Car, 0.9, 0.0), (Car, 0.8, 2.0), (Car, 0.7, 4.0)],
            &[0.0, 4.0],
        );
    }

    #[test]
    fn a_flood_is_cut_at_its_weakest() {
        let mut flood: Vec<Candidate> = (0..1500)
            .map(|i| {
                let x = i as f32 * 20.0;
                Candidate {
                    object: Car,
                    score: 1.0 - i as f32 / 2000.0,
                    corners: [x, 0.0, x + 10.0, 10.0],
                    anchor: i,
                }
            })
            .collect();
        flood.reverse();
        let spec = NmsSpec {
            iou: 0.5,
            together: Vec::new(),
        };
        assert_eq!(suppress(&mut flood, &Groups::new(&spec), 0.5), 500);
        assert_eq!(
            (flood.len(), flood[0].anchor, flood[999].anchor),
            (CANDIDATES_MAX, 0, 999)
        );
    }
}
