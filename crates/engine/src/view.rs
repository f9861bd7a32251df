//! What others may read while the engine runs.

use std::sync::Arc;

use crate::board::Board;
use crate::budgets::Budgets;
use crate::metrics::Metrics;

/// What the console may read while the engine runs.
#[derive(Debug, Clone)]
pub struct View {
    /// Cameras with state and last look.
    pub board: Arc<Board>,
    /// Who may dial, and how far that is used.
    pub budgets: Arc<Budgets>,
    /// Everything counted.
    pub metrics: Arc<Metrics>,
    /// Which model looks, and what runs it.
    pub model: Arc<str>,
    /// The provider in use.
    pub provider: Arc<str>,
}
