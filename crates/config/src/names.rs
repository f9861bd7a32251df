//! Ids and names, as any table may hold them.

use curbwatch_types::{CameraId, InvalidId, ViewId, ZoneId};

use crate::form::Text;
use crate::refusal::{Refusal, refuse};

pub(crate) const CAMERA_ID: Text<CameraId> = Text {
    what: "an id",
    parse: |text| id(CameraId::new(text)),
};
pub(crate) const VIEW_ID: Text<ViewId> = Text {
    what: "an id",
    parse: |text| id(ViewId::new(text)),
};
pub(crate) const ZONE_ID: Text<ZoneId> = Text {
    what: "an id",
    parse: |text| id(ZoneId::new(text)),
};
pub(crate) const NAME: Text<String> = Text {
    what: "a name",
    parse: name,
};

pub(crate) fn id<T>(made: Result<T, InvalidId>) -> Result<T, Refusal> {
    made.map_err(|why| Refusal {
        message: format!("is no id: {why}"),
        hint: "rename it; 04254 and gate-2:east are ids".into(),
    })
}

pub(crate) fn name(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
        return refuse("is no name", "write 1 to 200 bytes without control characters");
    }
    Ok(text.to_owned())
}
