//! The bodies of motor vehicles in numbers: where along the body, how high, how wide, painted or glass.
//! The first four belong to streets that are shown, the rest to those held out.

/// A place along the body where the cross-section is given; between two places it is straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Station {
    /// Along the body, share of the half length: 1 is the nose.
    pub(super) y: f32,
    /// Height of the roof, bonnet or boot.
    pub(super) top: f32,
    /// Half width there, share of the body's.
    pub(super) wide: f32,
    /// Half width of the top, share of the body's.
    pub(super) narrow: f32,
    /// Lower edge.
    pub(super) sill: f32,
    /// What lies between this place and the next.
    pub(super) part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Painted all around: bonnet, boot.
    Solid,
    /// Windows at the side, painted roof.
    Cabin,
    /// A pillar: painted at the side and above.
    Pillar,
    /// Glass above: windscreen or rear window.
    Screen,
}

/// A body to be built.
pub(super) struct Body<'a> {
    pub(super) long: f32,
    pub(super) half_wide: f32,
    pub(super) belt: f32,
    pub(super) wheel: f32,
    pub(super) axles: (f32, f32),
    pub(super) stations: &'a [Station],
    pub(super) seams: &'a [f32],
}

pub(super) const fn st(y: f32, top: f32, wide: f32, narrow: f32, sill: f32, part: Part) -> Station {
    Station {
        y,
        top,
        wide,
        narrow,
        sill,
        part,
    }
}

pub(super) const SEDAN: &[Station] = &[
    st(1.00, 0.56, 0.72, 0.62, 0.34, Part::Solid),
    st(0.985, 0.66, 0.84, 0.72, 0.24, Part::Solid),
    st(0.93, 0.74, 0.93, 0.78, 0.20, Part::Solid),
    st(0.80, 0.80, 0.98, 0.80, 0.20, Part::Solid),
    st(0.55, 0.87, 1.00, 0.80, 0.20, Part::Solid),
    st(0.34, 0.93, 1.00, 0.80, 0.20, Part::Screen),
    st(0.03, 1.36, 1.00, 0.66, 0.20, Part::Cabin),
    st(-0.12, 1.43, 1.00, 0.66, 0.20, Part::Pillar),
    st(-0.15, 1.44, 1.00, 0.66, 0.20, Part::Cabin),
    st(-0.38, 1.40, 1.00, 0.64, 0.20, Part::Pillar),
    st(-0.43, 1.37, 1.00, 0.63, 0.20, Part::Screen),
    st(-0.68, 1.02, 0.99, 0.70, 0.20, Part::Solid),
    st(-0.88, 0.98, 0.96, 0.74, 0.22, Part::Solid),
    st(-0.97, 0.92, 0.88, 0.72, 0.28, Part::Solid),
    st(-1.00, 0.74, 0.76, 0.66, 0.36, Part::Solid),
];

pub(super) const SUV: &[Station] = &[
    st(1.00, 0.72, 0.76, 0.66, 0.42, Part::Solid),
    st(0.98, 0.86, 0.88, 0.78, 0.30, Part::Solid),
    st(0.92, 0.96, 0.95, 0.82, 0.27, Part::Solid),
    st(0.75, 1.02, 1.00, 0.84, 0.26, Part::Solid),
    st(0.42, 1.08, 1.00, 0.84, 0.26, Part::Screen),
    st(0.18, 1.56, 1.00, 0.72, 0.26, Part::Cabin),
    st(0.02, 1.65, 1.00, 0.73, 0.26, Part::Pillar),
    st(-0.01, 1.66, 1.00, 0.73, 0.26, Part::Cabin),
    st(-0.40, 1.66, 1.00, 0.72, 0.26, Part::Pillar),
    st(-0.45, 1.65, 1.00, 0.72, 0.26, Part::Cabin),
    st(-0.72, 1.60, 0.99, 0.70, 0.26, Part::Pillar),
    st(-0.80, 1.55, 0.98, 0.69, 0.26, Part::Screen),
    st(-0.95, 1.08, 0.95, 0.78, 0.28, Part::Solid),
    st(-1.00, 0.86, 0.84, 0.72, 0.36, Part::Solid),
];

pub(super) const HATCH: &[Station] = &[
    st(1.00, 0.60, 0.72, 0.62, 0.36, Part::Solid),
    st(0.97, 0.74, 0.88, 0.74, 0.24, Part::Solid),
    st(0.86, 0.84, 0.97, 0.80, 0.20, Part::Solid),
    st(0.48, 0.96, 1.00, 0.82, 0.20, Part::Screen),
    st(0.12, 1.44, 1.00, 0.68, 0.20, Part::Cabin),
    st(-0.04, 1.51, 1.00, 0.68, 0.20, Part::Pillar),
    st(-0.08, 1.52, 1.00, 0.68, 0.20, Part::Cabin),
    st(-0.55, 1.48, 1.00, 0.66, 0.20, Part::Pillar),
    st(-0.74, 1.42, 0.98, 0.64, 0.20, Part::Screen),
    st(-0.95, 1.00, 0.93, 0.74, 0.24, Part::Solid),
    st(-1.00, 0.72, 0.80, 0.68, 0.36, Part::Solid),
];

pub(super) const VAN: &[Station] = &[
    st(1.00, 0.72, 0.80, 0.72, 0.34, Part::Solid),
    st(0.97, 0.92, 0.92, 0.84, 0.24, Part::Solid),
    st(0.88, 1.06, 0.98, 0.88, 0.22, Part::Screen),
    st(0.66, 1.66, 1.00, 0.78, 0.22, Part::Cabin),
    st(0.40, 1.86, 1.00, 0.80, 0.22, Part::Pillar),
    st(0.36, 1.87, 1.00, 0.80, 0.22, Part::Cabin),
    st(-0.10, 1.90, 1.00, 0.80, 0.22, Part::Pillar),
    st(-0.16, 1.90, 1.00, 0.80, 0.22, Part::Cabin),
    st(-0.78, 1.88, 1.00, 0.79, 0.22, Part::Pillar),
    st(-0.90, 1.84, 0.99, 0.78, 0.22, Part::Screen),
    st(-0.98, 1.10, 0.97, 0.86, 0.26, Part::Solid),
    st(-1.00, 0.80, 0.90, 0.80, 0.36, Part::Solid),
];

/// A fastback: one line from the windscreen to the tail.
pub(super) const FASTBACK: &[Station] = &[
    st(1.00, 0.50, 0.80, 0.70, 0.30, Part::Solid),
    st(0.98, 0.62, 0.92, 0.78, 0.20, Part::Solid),
    st(0.86, 0.70, 0.99, 0.82, 0.17, Part::Solid),
    st(0.62, 0.78, 1.00, 0.82, 0.17, Part::Solid),
    st(0.46, 0.84, 1.00, 0.82, 0.17, Part::Screen),
    st(0.06, 1.34, 1.00, 0.70, 0.17, Part::Cabin),
    st(-0.06, 1.40, 1.00, 0.70, 0.17, Part::Pillar),
    st(-0.09, 1.41, 1.00, 0.70, 0.17, Part::Cabin),
    st(-0.44, 1.32, 1.00, 0.66, 0.17, Part::Screen),
    st(-0.84, 1.06, 0.97, 0.72, 0.18, Part::Solid),
    st(-0.97, 0.98, 0.92, 0.76, 0.24, Part::Solid),
    st(-1.00, 0.70, 0.84, 0.72, 0.32, Part::Solid),
];

/// An estate car with its long roof.
pub(super) const ESTATE: &[Station] = &[
    st(1.00, 0.60, 0.76, 0.66, 0.36, Part::Solid),
    st(0.97, 0.76, 0.90, 0.78, 0.24, Part::Solid),
    st(0.82, 0.86, 0.98, 0.82, 0.21, Part::Solid),
    st(0.50, 0.96, 1.00, 0.82, 0.21, Part::Screen),
    st(0.24, 1.40, 1.00, 0.70, 0.21, Part::Cabin),
    st(0.08, 1.47, 1.00, 0.70, 0.21, Part::Pillar),
    st(0.05, 1.48, 1.00, 0.70, 0.21, Part::Cabin),
    st(-0.32, 1.48, 1.00, 0.70, 0.21, Part::Pillar),
    st(-0.36, 1.48, 1.00, 0.70, 0.21, Part::Cabin),
    st(-0.80, 1.44, 0.99, 0.68, 0.21, Part::Pillar),
    st(-0.84, 1.42, 0.98, 0.68, 0.21, Part::Screen),
    st(-0.98, 0.98, 0.94, 0.78, 0.25, Part::Solid),
    st(-1.00, 0.72, 0.86, 0.74, 0.34, Part::Solid),
];

/// A people carrier: short nose, one box.
pub(super) const CARRIER: &[Station] = &[
    st(1.00, 0.70, 0.82, 0.74, 0.34, Part::Solid),
    st(0.97, 0.88, 0.93, 0.84, 0.24, Part::Solid),
    st(0.84, 1.02, 0.99, 0.86, 0.22, Part::Solid),
    st(0.66, 1.12, 1.00, 0.86, 0.22, Part::Screen),
    st(0.36, 1.66, 1.00, 0.76, 0.22, Part::Cabin),
    st(0.16, 1.77, 1.00, 0.77, 0.22, Part::Pillar),
    st(0.12, 1.78, 1.00, 0.77, 0.22, Part::Cabin),
    st(-0.34, 1.78, 1.00, 0.77, 0.22, Part::Pillar),
    st(-0.38, 1.78, 1.00, 0.77, 0.22, Part::Cabin),
    st(-0.86, 1.73, 0.99, 0.75, 0.22, Part::Pillar),
    st(-0.90, 1.70, 0.98, 0.75, 0.22, Part::Screen),
    st(-0.99, 1.12, 0.95, 0.82, 0.28, Part::Solid),
    st(-1.00, 0.80, 0.88, 0.78, 0.36, Part::Solid),
];

/// A town car for two: nearly a cube.
pub(super) const CUBE: &[Station] = &[
    st(1.00, 0.66, 0.84, 0.76, 0.36, Part::Solid),
    st(0.96, 0.82, 0.95, 0.86, 0.26, Part::Solid),
    st(0.78, 0.92, 1.00, 0.88, 0.24, Part::Screen),
    st(0.48, 1.50, 1.00, 0.78, 0.24, Part::Cabin),
    st(0.28, 1.60, 1.00, 0.80, 0.24, Part::Cabin),
    st(-0.34, 1.61, 1.00, 0.80, 0.24, Part::Pillar),
    st(-0.42, 1.61, 1.00, 0.80, 0.24, Part::Cabin),
    st(-0.84, 1.56, 0.98, 0.78, 0.24, Part::Screen),
    st(-0.97, 1.02, 0.95, 0.84, 0.28, Part::Solid),
    st(-1.00, 0.70, 0.88, 0.80, 0.36, Part::Solid),
];

/// A delivery van with a high roof and no windows behind the driver.
pub(super) const HIGH_VAN: &[Station] = &[
    st(1.00, 0.80, 0.84, 0.76, 0.40, Part::Solid),
    st(0.97, 1.02, 0.94, 0.86, 0.30, Part::Solid),
    st(0.82, 1.20, 1.00, 0.90, 0.28, Part::Screen),
    st(0.56, 1.98, 1.00, 0.84, 0.28, Part::Cabin),
    st(0.42, 2.16, 1.00, 0.86, 0.28, Part::Cabin),
    st(0.24, 2.26, 1.00, 0.86, 0.28, Part::Pillar),
    st(0.20, 2.28, 1.00, 0.86, 0.28, Part::Pillar),
    st(-0.50, 2.30, 1.00, 0.86, 0.28, Part::Pillar),
    st(-0.94, 2.28, 1.00, 0.86, 0.28, Part::Solid),
    st(-1.00, 2.20, 0.97, 0.84, 0.34, Part::Solid),
];
