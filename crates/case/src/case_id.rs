//! Identities: of a case, and of one change in its life. Both are made of what the scene decided,
//! never of a counter or the clock, so that the same decision has the same name after a restart.
//! Input: [`Incident::key`] from `scene`, and ids typed by people at the command line.

use std::fmt;
use std::sync::Arc;

use curbwatch_types::{Incident, IncidentChange};

use crate::Error;

/// Longest case id, in bytes; the id is a folder name and a header value.
const CASE_ID_BYTES_MAX: usize = 64;

/// Identity of a case: the incident's key. Letters, digits, `-` and `_`, so that it can be a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(Arc<str>);

impl CaseId {
    /// Checks `text` and makes it a case id.
    pub fn new(text: &str) -> Result<Self, Error> {
        let fits = !text.is_empty() && text.len() <= CASE_ID_BYTES_MAX;
        if fits
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            Ok(Self(Arc::from(text)))
        } else {
            Err(Error::CaseId {
                text: text.chars().take(CASE_ID_BYTES_MAX).collect(),
            })
        }
    }

    /// The case of an incident.
    pub fn of(incident: &Incident) -> Result<Self, Error> {
        Self::new(&incident.key)
    }

    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity of one change of one case, `CASE.CHANGE.DECIDED_MS`: the `CloudEvents` id and the
/// `Idempotency-Key`. Two different changes never share one, and a change never has two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Arc<str>);

impl EventId {
    /// The identity of an incident's change.
    pub fn of(incident: &Incident) -> Result<Self, Error> {
        let case = CaseId::of(incident)?;
        let text = format!("{case}.{}.{}", incident.change.name(), incident.decided_at.at.0);
        Ok(Self(Arc::from(text)))
    }

    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The life-cycle change of that wire name.
pub(crate) fn change_from_name(name: &str) -> Option<IncidentChange> {
    use IncidentChange::{Closed, Opened, Reoccupied, Still};
    [Opened, Still, Closed, Reoccupied]
        .into_iter()
        .find(|change| change.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_id_is_a_safe_folder_name_or_refused() {
        let long = "a".repeat(65);
        let rows = [
            ("9f3c", true),
            ("a-b_C9", true),
            ("", false),
            ("..", false),
            ("a/b", false),
            ("a\nb", false),
            ("車", false),
            (long.as_str(), false),
        ];
        for (text, good) in rows {
            assert_eq!(CaseId::new(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn every_change_is_found_by_its_name() {
        for name in ["opened", "still", "closed", "reoccupied"] {
            assert_eq!(change_from_name(name).map(IncidentChange::name), Some(name));
        }
        assert_eq!(change_from_name("open"), None);
    }
}
