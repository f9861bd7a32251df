//! The rule of a case as it was resolved, in the envelope.

use curbwatch_types::ResolvedRule;
use serde::Serialize;

use super::figures::rounded;

#[derive(Serialize)]
pub(super) struct Rule<'a> {
    stationary_secs: u32,
    dwell_secs: u32,
    min_score: f64,
    present_looks_min: u32,
    in_force_since_ms: Option<i64>,
    parameters: Vec<Parameter>,
    conditions: Vec<Condition<'a>>,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    value: f64,
    origin: &'static str,
}

#[derive(Serialize)]
struct Condition<'a> {
    what: &'a str,
    holds: bool,
    since_ms: Option<i64>,
    until_ms: Option<i64>,
}

impl<'a> Rule<'a> {
    pub(super) fn of(rule: &'a ResolvedRule) -> Self {
        let parameters = rule.parameters.iter().map(|parameter| Parameter {
            name: parameter.name,
            value: rounded(parameter.value),
            origin: parameter.origin.name(),
        });
        let conditions = rule.conditions.iter().map(|condition| Condition {
            what: &condition.what,
            holds: condition.stretch.holds,
            since_ms: condition.stretch.since.map(|at| at.0),
            until_ms: condition.stretch.until.map(|at| at.0),
        });
        Self {
            stationary_secs: rule.stationary_secs,
            dwell_secs: rule.dwell_secs,
            min_score: rounded(rule.min_score),
            present_looks_min: rule.present_looks_min,
            in_force_since_ms: rule.in_force_since.map(|at| at.0),
            parameters: parameters.collect(),
            conditions: conditions.collect(),
        }
    }
}
