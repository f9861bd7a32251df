//! A bounding volume hierarchy: binned surface-area heuristic (Wald 2007), used once over the
//! triangles of a thing and once over the things of a street.

use crate::maths::{Bounds, Vec3};

const BINS: usize = 12;
/// Boxes in a leaf at most, unless they cannot be told apart.
const LEAF: usize = 4;
/// Boxes are met a little beyond the limit: what a box's planes round away must not hide a face that lies
/// in another one, or the answer would depend on the order of descent.
const SLACK: f32 = 1.000_02;
/// Deepest path kept while descending; a tree over 2^32 boxes halved at each step fits.
const DEPTH: usize = 64;

#[derive(Debug, Clone, Copy)]
struct Node {
    bounds: Bounds,
    /// A leaf's first item, or the first of two children.
    first: u32,
    /// Items of a leaf; 0 marks a fork.
    items: u32,
}

/// The tree; items are named by their position in the slice it was built from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bvh {
    nodes: Vec<Node>,
    /// Item numbers in the order of the leaves.
    pub(crate) order: Vec<u32>,
}

/// A ray with what box tests need of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ray {
    pub(crate) from: Vec3,
    pub(crate) way: Vec3,
    inverse: Vec3,
}

impl Ray {
    /// A ray; `way` need not be of unit length, distances are in its units.
    pub(crate) fn new(from: Vec3, way: Vec3) -> Self {
        Self {
            from,
            way,
            inverse: Vec3::ONE / way,
        }
    }

    /// Distance at which the ray enters the box, unless that is beyond `limit` or never.
    fn enters(&self, bounds: &Bounds, limit: f32) -> Option<f32> {
        let a = (bounds.min - self.from) * self.inverse;
        let b = (bounds.max - self.from) * self.inverse;
        let near = a.min(b).largest().max(0.0);
        let far = a.max(b).smallest().min(limit);
        (near <= far * SLACK).then_some(near)
    }
}

impl Bvh {
    /// A tree over these boxes.
    pub(crate) fn new(boxes: &[Bounds]) -> Self {
        let mut tree = Self {
            nodes: Vec::with_capacity(boxes.len()),
            order: (0..boxes.len() as u32).collect(),
        };
        if boxes.is_empty() {
            return tree;
        }
        let empty = Node {
            bounds: Bounds::EMPTY,
            first: 0,
            items: 0,
        };
        tree.nodes.push(empty);
        let mut open = vec![(0_usize, 0_usize, boxes.len(), 0_usize)];
        while let Some((at, from, to, depth)) = open.pop() {
            let mut bounds = Bounds::EMPTY;
            for &item in &tree.order[from..to] {
                bounds.join(&boxes[item as usize]);
            }
            let cut = (to - from > LEAF && depth + 2 < DEPTH)
                .then(|| split(boxes, &mut tree.order[from..to], &bounds))
                .flatten();
            if let Some(cut) = cut {
                let first = tree.nodes.len();
                tree.nodes.extend([empty, empty]);
                tree.nodes[at] = Node {
                    bounds,
                    first: first as u32,
                    items: 0,
                };
                open.push((first, from, from + cut, depth + 1));
                open.push((first + 1, from + cut, to, depth + 1));
            } else {
                tree.nodes[at] = Node {
                    bounds,
                    first: from as u32,
                    items: (to - from) as u32,
                };
            }
        }
        tree
    }

    /// The box around everything.
    pub(crate) fn bounds(&self) -> Bounds {
        self.nodes.first().map_or(Bounds::EMPTY, |root| root.bounds)
    }

    /// Calls `test` with positions in `order` whose boxes the ray meets, near ones first as far as the
    /// tree knows. `test` answers the new limit, or `None` to stop.
    pub(crate) fn walk(&self, ray: &Ray, mut limit: f32, test: &mut dyn FnMut(usize, f32) -> Option<f32>) {
        let mut path = [(0_u32, 0.0_f32); DEPTH];
        let mut left = 0;
        let Some(root) = self.nodes.first() else { return };
        if ray.enters(&root.bounds, limit).is_none() {
            return;
        }
        let mut node = root;
        loop {
            if node.items > 0 {
                for position in node.first..node.first + node.items {
                    match test(position as usize, limit) {
                        Some(nearer) => limit = nearer,
                        None => return,
                    }
                }
            } else {
                let (one, two) = (node.first, node.first + 1);
                let enter_one = ray.enters(&self.nodes[one as usize].bounds, limit);
                let enter_two = ray.enters(&self.nodes[two as usize].bounds, limit);
                match (enter_one, enter_two) {
                    (Some(a), Some(b)) => {
                        let (near, far) = if a <= b { (one, (two, b)) } else { (two, (one, a)) };
                        path[left] = far;
                        left += 1;
                        node = &self.nodes[near as usize];
                        continue;
                    }
                    (Some(_), None) => {
                        node = &self.nodes[one as usize];
                        continue;
                    }
                    (None, Some(_)) => {
                        node = &self.nodes[two as usize];
                        continue;
                    }
                    (None, None) => {}
                }
            }
            loop {
                if left == 0 {
                    return;
                }
                left -= 1;
                let (next, enter) = path[left];
                if enter <= limit * SLACK {
                    node = &self.nodes[next as usize];
                    break;
                }
            }
        }
    }
}

/// Orders `items` so that a good cut lies after the answered count; `None` when a leaf is cheaper or
/// their centres coincide.
fn split(boxes: &[Bounds], items: &mut [u32], bounds: &Bounds) -> Option<usize> {
    let mut centres = Bounds::EMPTY;
    for &item in items.iter() {
        centres.grow(boxes[item as usize].centre());
    }
    let mut best: Option<(f32, usize, usize)> = None;
    let scale = |axis: usize| BINS as f32 * 0.999 / (centres.max.axis(axis) - centres.min.axis(axis));
    let bin_of = |item: u32, axis: usize, scale: f32| {
        let offset = boxes[item as usize].centre().axis(axis) - centres.min.axis(axis);
        ((offset * scale) as usize).min(BINS - 1)
    };
    for axis in 0..3 {
        if centres.max.axis(axis) - centres.min.axis(axis) < 1e-5 {
            continue;
        }
        let mut bins = [(Bounds::EMPTY, 0_usize); BINS];
        for &item in items.iter() {
            let bin = &mut bins[bin_of(item, axis, scale(axis))];
            bin.0.join(&boxes[item as usize]);
            bin.1 += 1;
        }
        let mut above = [0.0_f32; BINS];
        let (mut sum, mut count) = (Bounds::EMPTY, 0);
        for b in (1..BINS).rev() {
            sum.join(&bins[b].0);
            count += bins[b].1;
            above[b] = sum.half_area() * count as f32;
        }
        let (mut sum, mut count) = (Bounds::EMPTY, 0);
        for b in 0..BINS - 1 {
            sum.join(&bins[b].0);
            count += bins[b].1;
            let cost = sum.half_area() * count as f32 + above[b + 1];
            if count > 0 && count < items.len() && best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, axis, b));
            }
        }
    }
    let (cost, axis, bin) = best?;
    let whole = bounds.half_area() * items.len() as f32;
    if items.len() <= LEAF * 2 && cost > whole {
        return None;
    }
    let scale = scale(axis);
    let mut cut = 0;
    for i in 0..items.len() {
        if bin_of(items[i], axis, scale) <= bin {
            items.swap(i, cut);
            cut += 1;
        }
    }
    (cut > 0 && cut < items.len()).then_some(cut)
}
