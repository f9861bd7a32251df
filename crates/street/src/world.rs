//! What rays meet: models, each with its own tree, placed by poses under a tree of the street.

use std::sync::Arc;

use crate::bvh::{Bvh, Ray};
use crate::maths::{Bounds, Pose, Vec3};
use crate::mesh::{Glow, Material, Mesh, Skin, Triangle};

/// A finished shape, shared by every place it stands at.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    faces: Vec<Face>,
    normals: Vec<[Vec3; 3]>,
    pub(crate) materials: Vec<Material>,
    tree: Bvh,
}

#[derive(Debug, Clone, Copy)]
struct Face {
    corner: Vec3,
    edges: [Vec3; 2],
    skin: Skin,
}

/// Where a ray met a model, in the model's own terms.
#[derive(Debug, Clone, Copy)]
struct Touch {
    far: f32,
    face: u32,
    /// Weights of the second and third corner.
    weights: (f32, f32),
}

impl Model {
    /// Packs a mesh.
    pub(crate) fn new(mesh: Mesh) -> Arc<Self> {
        let boxed = |t: &Triangle| {
            let mut bounds = Bounds::EMPTY;
            t.p.iter().for_each(|p| bounds.grow(*p));
            bounds
        };
        let boxes: Vec<Bounds> = mesh.triangles.iter().map(boxed).collect();
        let tree = Bvh::new(&boxes);
        let ordered = || tree.order.iter().map(|&i| &mesh.triangles[i as usize]);
        let face = |t: &Triangle| Face {
            corner: t.p[0],
            edges: [t.p[1] - t.p[0], t.p[2] - t.p[0]],
            skin: t.skin,
        };
        let faces = ordered().map(face).collect();
        let normals = ordered().map(|t| t.n).collect();
        Arc::new(Self {
            faces,
            normals,
            materials: mesh.materials,
            tree,
        })
    }

    /// The same with its own lamps switched on.
    pub(crate) fn lit(&self) -> Arc<Self> {
        let lit = |m: &Material| Material {
            glow: match m.glow {
                Glow::Driving(power) => Glow::Driven(power),
                other => other,
            },
            ..*m
        };
        Arc::new(Self {
            materials: self.materials.iter().map(lit).collect(),
            ..self.clone()
        })
    }

    /// The box around it, local.
    pub(crate) fn bounds(&self) -> Bounds {
        self.tree.bounds()
    }

    /// Möller & Trumbore 1997.
    fn touch(&self, ray: &Ray, limit: f32, any: bool) -> Option<Touch> {
        let mut found: Option<Touch> = None;
        self.tree.walk(ray, limit, &mut |i, limit| {
            let face = &self.faces[i];
            let p = ray.way.cross(face.edges[1]);
            let det = face.edges[0].dot(p);
            if det.abs() < 1e-12 {
                return Some(limit);
            }
            let inverse = 1.0 / det;
            let s = ray.from - face.corner;
            let u = s.dot(p) * inverse;
            if !(0.0..=1.0).contains(&u) {
                return Some(limit);
            }
            let q = s.cross(face.edges[0]);
            let w = ray.way.dot(q) * inverse;
            if w < 0.0 || u + w > 1.0 {
                return Some(limit);
            }
            let far = face.edges[1].dot(q) * inverse;
            // A face at the very limit counts: `World::first` decides between models that touch.
            if far <= 1e-4 || far > limit || found.is_some_and(|f| far >= f.far) {
                return Some(limit);
            }
            found = Some(Touch {
                far,
                face: i as u32,
                weights: (u, w),
            });
            (!any).then_some(far)
        });
        found
    }
}

/// A model somewhere.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) model: Arc<Model>,
    pub(crate) pose: Pose,
    /// The thing it belongs to; 0 is the street itself.
    pub(crate) thing: u32,
}

impl Placed {
    /// The box around it in the world.
    pub(crate) fn bounds(&self) -> Bounds {
        self.model.bounds().posed(&self.pose)
    }

    fn local(&self, ray: &Ray) -> Ray {
        Ray::new(self.pose.local_point(ray.from), self.pose.local_vector(ray.way))
    }

    /// Whether the ray meets it at all.
    pub(crate) fn meets(&self, ray: &Ray) -> bool {
        self.model.touch(&self.local(ray), f32::MAX, true).is_some()
    }
}

/// What a ray met first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit<'a> {
    /// Distance in lengths of the ray's direction.
    pub(crate) far: f32,
    /// The place in the world.
    pub(crate) at: Vec3,
    /// The place on the thing.
    pub(crate) local: Vec3,
    /// Shading normal, towards the ray's origin.
    pub(crate) normal: Vec3,
    /// The same on the thing.
    pub(crate) local_normal: Vec3,
    pub(crate) material: &'a Material,
    pub(crate) thing: u32,
}

/// Which placed models a picture's part is to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    pub(crate) fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub(crate) fn all(count: usize) -> Self {
        Self(vec![u64::MAX; count.div_ceil(64)])
    }

    pub(crate) fn add(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn has(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

/// Everything that stands in the street at one moment.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) placed: Vec<Placed>,
    tree: Bvh,
}

impl World {
    pub(crate) fn new(placed: Vec<Placed>) -> Self {
        let boxes: Vec<Bounds> = placed.iter().map(Placed::bounds).collect();
        Self {
            placed,
            tree: Bvh::new(&boxes),
        }
    }

    /// The first thing the ray meets before `limit`.
    pub(crate) fn first(&self, ray: &Ray, limit: f32, seen: &Seen) -> Option<Hit<'_>> {
        let mut best: Option<(usize, Touch)> = None;
        self.tree.walk(ray, limit, &mut |i, limit| {
            let number = self.tree.order[i] as usize;
            if !seen.has(number) {
                return Some(limit);
            }
            let placed = &self.placed[number];
            match placed.model.touch(&placed.local(ray), limit, false) {
                // Of faces that lie in one another the first placed is seen, whatever else the tree holds.
                Some(touch) if best.is_none_or(|(other, b)| touch.far < b.far || number < other) => {
                    best = Some((number, touch));
                    Some(touch.far)
                }
                _ => Some(limit),
            }
        });
        let (number, touch) = best?;
        let placed = &self.placed[number];
        let face = touch.face as usize;
        let (u, w) = touch.weights;
        let [a, b, c] = placed.model.normals[face];
        let mut local_normal = (a * (1.0 - u - w) + b * u + c * w).unit();
        let flat = {
            let [e, f] = placed.model.faces[face].edges;
            e.cross(f).unit()
        };
        let way = placed.pose.local_vector(ray.way);
        if flat.dot(way) > 0.0 {
            // Seen from behind: every face has two sides.
            local_normal = if local_normal.dot(flat) > 0.0 {
                -local_normal
            } else {
                local_normal
            };
        } else if local_normal.dot(flat) < 0.0 {
            local_normal = -local_normal;
        }
        if local_normal.dot(way) > 0.0 {
            local_normal = if flat.dot(way) > 0.0 { -flat } else { flat };
        }
        let at = ray.from + ray.way * touch.far;
        Some(Hit {
            far: touch.far,
            at,
            local: placed.pose.local_point(at),
            normal: placed.pose.vector(local_normal),
            local_normal,
            material: &placed.model.materials[usize::from(placed.model.faces[face].skin.0)],
            thing: placed.thing,
        })
    }

    /// Whether anything stands between the ray's origin and `limit`.
    pub(crate) fn blocked(&self, ray: &Ray, limit: f32, seen: &Seen) -> bool {
        let mut blocked = false;
        self.tree.walk(ray, limit, &mut |i, limit| {
            let number = self.tree.order[i] as usize;
            if seen.has(number) {
                let placed = &self.placed[number];
                if placed.model.touch(&placed.local(ray), limit, true).is_some() {
                    blocked = true;
                    return None;
                }
            }
            Some(limit)
        });
        blocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Concern, Stream};
    use crate::maths::v;

    /// A cloud of blocks in nested trees, against every triangle tried in turn.
    #[test]
    fn the_trees_find_what_an_exhaustive_search_finds() {
        let mut stream = Stream::new(5, Concern::Thing, 0);
        let point = |s: &mut Stream, r: f32| v(s.range(-r, r), s.range(-r, r), s.range(-r, r));
        let placed: Vec<Placed> = (0..40)
            .map(|i| {
                let mut mesh = Mesh::default();
                let skin = mesh.matt(Vec3::ONE);
                for _ in 0..12 {
                    let half = v(
                        stream.range(0.1, 0.5),
                        stream.range(0.1, 0.5),
                        stream.range(0.1, 0.5),
                    );
                    mesh.block(point(&mut stream, 1.5), half, skin);
                }
                let pose = Pose::tilted(point(&mut stream, 9.0), 0.3, 0.1, stream.range(0.0, 6.0));
                Placed {
                    model: Model::new(mesh),
                    pose,
                    thing: i + 1,
                }
            })
            .collect();
        let world = World::new(placed);
        let mut seen = Seen::none(40);
        (0..40).for_each(|i| seen.add(i));
        let mut hits = 0;
        for _ in 0..500 {
            let ray = Ray::new(point(&mut stream, 14.0), point(&mut stream, 1.0).unit());
            let mut nearest: Option<(f32, u32)> = None;
            for placed in &world.placed {
                let local = placed.local(&ray);
                for face in &placed.model.faces {
                    let [e, f] = face.edges;
                    let n = e.cross(f);
                    let far = n.dot(face.corner - local.from) / n.dot(local.way);
                    let q = local.from + local.way * far - face.corner;
                    let (u, w) = (q.cross(f).dot(n) / n.dot(n), e.cross(q).dot(n) / n.dot(n));
                    let inside = u >= 0.0 && w >= 0.0 && u + w <= 1.0;
                    if inside && far > 1e-4 && nearest.is_none_or(|(near, _)| far < near) {
                        nearest = Some((far, placed.thing));
                    }
                }
            }
            let hit = world.first(&ray, f32::MAX, &seen);
            assert_eq!(hit.is_some(), nearest.is_some());
            assert_eq!(world.blocked(&ray, 1e9, &seen), nearest.is_some());
            if let (Some(hit), Some((far, _))) = (hit, nearest) {
                hits += 1;
                assert!((hit.far - far).abs() < 1e-3 * far.max(1.0), "{} {far}", hit.far);
                assert!(hit.normal.dot(ray.way) <= 1e-4);
            }
        }
        assert!(hits > 50, "{hits} rays met something");
    }
}
