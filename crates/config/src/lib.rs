//! The configuration file: structs, schema, checks, all problems at once.
//!
//! [`load`] reads one TOML file and the lists of cameras and zones that it includes, and returns a
//! [`Config`] in which everything is checked and resolved, or [`Problems`]: all of them, each with
//! file, line and remedy. Every key is declared once (`settings`, `lists`); the JSON Schema
//! ([`schema`]), the reference page ([`reference`]) and the example file ([`example`]) are written from
//! the same declarations.
//!
//! Not for: what the program does with a setting. Only `engine` and the program see this crate; stages
//! get small `Options` of their own. It reads files and, through a function it is given, environment
//! variables; it opens no socket and needs no system library.

mod changes;
mod clocks;
mod config;
mod csv;
mod files;
mod form;
mod frames;
mod homographies;
mod known;
mod lists;
mod load;
mod names;
mod nearest;
mod node;
mod overrides;
mod patrol;
mod permits;
mod places;
mod problem;
mod providers;
mod publish;
mod receiving;
mod refusal;
mod resolve;
mod rules;
mod schedules;
mod secrets;
mod section;
mod settings;
mod shape;
mod tables;
mod url;
mod views;

pub use changes::{CameraChange, Changes};
pub use clocks::{Clocks, Moment};
pub use config::{
    Camera, Config, Frame, Ground, Group, JsonlSink, Sinks, StoredView, Tuning, UrlProvider, WebhookSink,
    ZoneHours, ZoneRules,
};
pub use curbwatch_types::Secret;
pub use load::{load, load_leniently};
pub use problem::{Problem, Problems};
pub use publish::{example, generated, reference, schema};
pub use receiving::{Mode, Patrol, Pictures, Transport};
pub use rules::{
    FrontTradingRule, GarbageRule, MotorParkingRule, NonmotorParkingRule, PilesRule, Rules, VendorRule,
};
pub use settings::{
    AddressKind, Inference, Ingest, Isolation, Looks, Provider, Recheck, Review, Sending, Server, Store,
};
