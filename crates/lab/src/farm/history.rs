//! What a camera with quirks remembers from one connection to the next. Not for what it remembers in a session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::quirk::Quirk;

/// What a camera remembers over its connections.
#[derive(Debug, Default)]
pub(super) struct History(Mutex<Past>);

#[derive(Debug, Default)]
struct Past {
    /// How often a quirk that is limited acted.
    acted: HashMap<Quirk, u64>,
    /// Tokens of URLs that a session was opened with.
    tokens: Vec<String>,
}

impl History {
    /// Whether a quirk that acts `times` times acts once more; counts it.
    pub(super) fn once_more(&self, quirk: Quirk, times: Option<f64>) -> bool {
        let mut past = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let acted = past.acted.entry(quirk).or_default();
        let more = times.is_some_and(|times| (*acted as f64) < times);
        *acted += u64::from(more);
        more
    }

    /// Whether this token is used for the first time; remembers it.
    pub(super) fn is_fresh(&self, token: &str) -> bool {
        const TOKENS_MAX: usize = 1024;
        let mut past = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh =
            !token.is_empty() && !past.tokens.iter().any(|t| t == token) && past.tokens.len() < TOKENS_MAX;
        if fresh {
            past.tokens.push(token.to_owned());
        }
        fresh
    }
}
