//! Who sends a case of which class: what the model's manifest says was measured, and what the
//! configuration says all the same.
//!
//! A class that was not measured on real footage is held for a person unless `[review]` says `auto`.

use curbwatch_case::Gate;
use curbwatch_config::{Config, Review, Sending};
use curbwatch_infer::Manifest;
use curbwatch_types::{Measured, MeasuredClasses, ViolationClass};

use crate::Error;

/// Label and gate of each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Gates {
    measured: MeasuredClasses,
    review: Review,
}

impl Gates {
    /// Those of a configuration, from the manifest alone: no weights, no runtime library.
    pub fn read(config: &Config) -> Result<Self, Error> {
        Ok(Self::new(&Manifest::read(&config.inference.model)?, config))
    }

    pub(crate) fn new(manifest: &Manifest, config: &Config) -> Self {
        Self {
            measured: manifest.measured,
            review: config.review.clone(),
        }
    }

    /// How the model was measured for the class.
    pub fn measured(&self, class: ViolationClass) -> Measured {
        self.measured.of(class)
    }

    /// Whether cases of the class are sent by themselves.
    pub fn gate(&self, class: ViolationClass) -> Gate {
        match (self.review.of(class), self.measured(class)) {
            (Some(Sending::Auto), _) | (None, Measured::Real) => Gate::Open,
            (Some(Sending::Review), _) | (None, Measured::Synthetic | Measured::RuleOnly) => Gate::Held,
        }
    }

    /// Whether the configuration says nothing of the class, so that the label decides.
    pub fn is_by_label(&self, class: ViolationClass) -> bool {
        self.review.of(class).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_decides_unless_the_configuration_does() {
        use Measured::{Real, RuleOnly, Synthetic};
        use Sending::{Auto, Review as Ask};
        let class = ViolationClass::ExposedGarbage;
        let rows = [
            (Real, None, Gate::Open),
            (Synthetic, None, Gate::Held),
            (RuleOnly, None, Gate::Held),
            (Real, Some(Ask), Gate::Held),
            (Synthetic, Some(Auto), Gate::Open),
            (RuleOnly, Some(Auto), Gate::Open),
            (RuleOnly, Some(Ask), Gate::Held),
        ];
        for (label, said, want) in rows {
            let mut measured = MeasuredClasses::default();
            measured.set(class, label);
            let review = Review {
                street_front_trading: None,
                illegal_motor_parking: None,
                itinerant_vendor: None,
                disorderly_nonmotor_parking: None,
                exposed_garbage: said,
                piled_materials: None,
            };
            let gates = Gates { measured, review };
            assert_eq!(gates.gate(class), want, "{label:?} {said:?}");
            assert_eq!(gates.is_by_label(class), said.is_none());
            assert_eq!(
                gates.gate(ViolationClass::PiledMaterials),
                Gate::Held,
                "another class is not asked"
            );
        }
    }
}
