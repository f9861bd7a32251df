//! Where keys stand, for problems of what values mean together: by then only the values are left.

use crate::node::{Table, Value};
use crate::problem::Place;

/// Where keys of the main file stand.
pub(crate) struct Places<'a> {
    /// The file's first line.
    pub(crate) start: &'a Place,
    /// What the file holds.
    pub(crate) table: &'a Table,
}

impl Places<'_> {
    /// Whether the file says anything under this path.
    pub(crate) fn says(&self, path: &[&str]) -> bool {
        let mut table = Some(self.table);
        path.iter().all(|key| {
            let node = table.and_then(|t| t.get(key));
            table = match node.map(|n| &n.value) {
                Some(Value::Table(inner)) => Some(inner),
                _ => None,
            };
            node.is_some()
        })
    }

    /// The place of the key with this path, or of the nearest table that holds it.
    pub(crate) fn of(&self, path: &[&str]) -> Place {
        let mut place = self.start;
        let mut table = Some(self.table);
        for key in path {
            let Some(node) = table.and_then(|t| t.get(key)) else {
                break;
            };
            place = &node.place;
            table = match &node.value {
                Value::Table(inner) => Some(inner),
                _ => None,
            };
        }
        place.clone()
    }
}
