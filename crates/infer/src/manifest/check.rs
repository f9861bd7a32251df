//! A manifest's text while it is read, and the mistakes found in it so far, each with its line.

use std::ops::{Range, RangeInclusive};

use crate::Problem;

/// Sides of an input tensor; 32 is the coarsest stride of the smallest network known here.
pub(super) const SIDE: RangeInclusive<usize> = 32..=4096;

/// Each table adds its own checks beside its own shape.
pub(super) struct Check<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            problems: Vec::new(),
        }
    }

    /// Something is wrong at these bytes of the text.
    pub(super) fn wrong(&mut self, at: Range<usize>, what: impl Into<String>) {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = before.split(|b| *b == b'\n').count();
        self.problems.push(Problem {
            line,
            what: what.into(),
        });
    }

    /// How many mistakes so far.
    pub(super) fn found(&self) -> usize {
        self.problems.len()
    }

    /// What was wrong, from the first line to the last.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }
}
