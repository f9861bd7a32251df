//! Two worlds from one generator: the street that detectors are trained on, and the street that they are
//! tested on. Nothing that has a choice makes the same choice in both (ADR 0073). The third kind, `varied`,
//! is the shown street full of things of many more makes (ADR 0054).
//!
//! Not for: the choices themselves.

use serde::Deserialize;

/// Which of the worlds a scene is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Styles {
    /// What training, fixture clips and the demo see.
    #[default]
    Shown,
    /// The shown streets and cameras, with things of many more makes, stretched and repainted: to train on.
    Varied,
    /// Other layouts, assets and cameras, kept for validation.
    HeldOut,
}

/// What every draw depends on: the scene's number and the world it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seed {
    pub(crate) number: u64,
    pub(crate) styles: Styles,
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self {
            number,
            styles: Styles::Shown,
        }
    }
}
