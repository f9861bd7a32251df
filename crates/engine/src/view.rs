//! What others may read while the engine runs.

use std::sync::Arc;

use crate::board::Board;
use crate::metrics::Metrics;

/// What the console may read while the engine runs.
#[derive(Debug, Clone)]
pub struct View {
    /// Cameras with state and last look.
    pub board: Arc<Board>,
    /// Everything counted.
    pub metrics: Arc<Metrics>,
    /// Which model looks, and what runs it.
    pub model: Arc<str>,
    /// The provider in use.
    pub provider: Arc<str>,
}
