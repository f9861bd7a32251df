//! What the manifest says about itself: which classes of violation were measured, and the card.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use curbwatch_types::{Measured, MeasuredClasses, ViolationClass};
use toml::Spanned;

use super::check::Check;

/// The table as it stands in the text: class = label.
pub(super) type RawMeasured = BTreeMap<Spanned<String>, Spanned<String>>;

impl Check<'_> {
    /// A class without a row was not measured.
    pub(super) fn measured(&mut self, raw: &RawMeasured) -> MeasuredClasses {
        let mut classes = MeasuredClasses::default();
        for (name, word) in raw {
            let class = ViolationClass::from_name(name.as_ref());
            if class.is_none() {
                let known = ViolationClass::NAMES.map(|(_, name)| name).join(", ");
                let what = format!("`{}` is no class of violation; there are {known}", name.as_ref());
                self.wrong(name.span(), what);
            }
            let measured = Measured::from_name(word.as_ref());
            if measured.is_none() {
                let words = Measured::ALL
                    .map(|label| format!("\"{}\"", label.name()))
                    .join(", ");
                let what = format!("`measured.{}` is one of {words}", name.as_ref());
                self.wrong(word.span(), what);
            }
            if let (Some(class), Some(measured)) = (class, measured) {
                classes.set(class, measured);
            }
        }
        classes
    }

    /// The card must stand beside the manifest: a label that cannot be looked up is worth little.
    pub(super) fn card(&mut self, raw: Option<Spanned<String>>, folder: &Path) -> Option<String> {
        let raw = raw?;
        let name = Path::new(raw.as_ref());
        let mut parts = name.components();
        let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        if !is_plain {
            self.wrong(
                raw.span(),
                "`card` is the name of a file beside the manifest, without a folder",
            );
        } else if !folder.join(name).is_file() {
            let what = format!("`card`: there is no `{}` beside the manifest", raw.as_ref());
            self.wrong(raw.span(), what);
        }
        Some(raw.into_inner())
    }
}
