//! A labelled day of patrol visits, made ready for `curbwatch replay` and for the scorer.
//!
//! For: turning zone files and a folder of clips into a configuration and a footage manifest, and
//! cases into the scorer's list of alarms. Not for: judging; and never for looking at labels. Of a
//! truth file only the keys an operator would know are read (see [`ZoneFile`]).

mod alarms;
mod set_up;

pub use alarms::{Alarm, alarms};
pub use set_up::{SetUp, Visit, Written, ZoneFile, footage, write_set_up};
