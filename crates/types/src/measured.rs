//! What is known of a model's eye for a class of violation: was it ever held against the truth, and
//! against which. The label travels from the model's manifest to every case.
//!
//! Not for: how good it was; that stands in the model's card. Input: the manifest, through `infer`.

use crate::ViolationClass;

/// How a model's findings of one class were measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measured {
    /// On footage of real cameras with labels.
    Real,
    /// On rendered streets alone.
    Synthetic,
    /// Not at all: there is a rule, and nobody has counted what it finds.
    #[default]
    RuleOnly,
}

impl Measured {
    /// Every label.
    pub const ALL: [Self; 3] = [Self::Real, Self::Synthetic, Self::RuleOnly];

    /// The word in model manifests: `real`, `synthetic`, `rule_only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Synthetic => "synthetic",
            Self::RuleOnly => "rule_only",
        }
    }

    /// The words in wire forms and for people: `measured (real)`, `measured (synthetic)`, `rule only`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Real => "measured (real)",
            Self::Synthetic => "measured (synthetic)",
            Self::RuleOnly => "rule only",
        }
    }

    /// What operators read beside the class.
    pub fn title(self) -> &'static str {
        match self {
            Self::Real => "实景验证",
            Self::Synthetic => "仅合成验证",
            Self::RuleOnly => "未经验证",
        }
    }

    /// The label whose word in manifests this is.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measured| measured.name() == name)
    }

    /// The label whose wire words these are.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measured| measured.label() == label)
    }
}

/// One label for each class of violation; [`Measured::RuleOnly`] where nothing was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MeasuredClasses([Measured; ViolationClass::NAMES.len()]);

impl MeasuredClasses {
    /// The label of a class.
    pub fn of(&self, class: ViolationClass) -> Measured {
        self.0[place(class)]
    }

    /// Sets the label of a class.
    pub fn set(&mut self, class: ViolationClass, measured: Measured) {
        self.0[place(class)] = measured;
    }
}

fn place(class: ViolationClass) -> usize {
    ViolationClass::NAMES
        .iter()
        .position(|(other, _)| *other == class)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_their_label() {
        for measured in Measured::ALL {
            assert_eq!(Measured::from_name(measured.name()), Some(measured));
            assert_eq!(Measured::from_label(measured.label()), Some(measured));
        }
        assert_eq!(Measured::from_name("measured (real)"), None);
        assert_eq!(Measured::from_label("real"), None);
    }

    #[test]
    fn each_class_has_its_own_label_and_silence_is_rule_only() {
        for (class, name) in ViolationClass::NAMES {
            let mut classes = MeasuredClasses::default();
            classes.set(class, Measured::Real);
            for (other, _) in ViolationClass::NAMES {
                let want = if other == class {
                    Measured::Real
                } else {
                    Measured::RuleOnly
                };
                assert_eq!(classes.of(other), want, "{name}");
            }
        }
    }
}
