//! Evaluation: what a detector finds of what is there, and what the cases say of what happened.
//!
//! For: `curbwatch-lab eval detect` ([`detect`]: pictures with labels against a model, scored by
//! [`coco`]), `curbwatch-lab eval cases` ([`cases`]: event truth against `cases.jsonl`, scored by [`events`]) and
//! `curbwatch-lab eval roadtrack` ([`roadtrack`]: the rule layer on recorded detections).
//! [`health`] damages pictures and counts what the scene makes of them.
//! [`observations`] keeps what a network saw, and [`sensitivity`] plays it to the scene with other parameters.
//! `curbwatch-lab eval recheck` ([`recheck`]) asks the re-check about what the truth knows and scores its answers.
//! Every figure goes out with its counts, its settings and the word `real`, `synthetic` or `unstated`.
//!
//! Not for: deciding anything; no threshold of the product comes from here. Pictures, labels and case files
//! come from engineers and are read with bounds.

pub mod cases;
pub mod coco;
pub mod detect;
pub mod events;
pub mod health;
mod interval;
pub mod labels;
mod lines;
pub mod observations;
pub mod picture;
pub mod recheck;
pub mod roadtrack;
pub mod sensitivity;

pub use interval::{Interval, wilson};

/// Where the material of a measurement comes from. Whoever measures has to say it; nothing guesses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Cameras and photographs.
    Real,
    /// The street of `curbwatch-street`.
    Synthetic,
    /// Nobody said.
    #[default]
    Unstated,
}

impl Kind {
    /// The word in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Synthetic => "synthetic",
            Self::Unstated => "unstated",
        }
    }
}
