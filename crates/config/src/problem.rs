//! What is wrong with a configuration, where, and what to do about it.
//!
//! Not for: deciding what is wrong. No message repeats a value that could be a secret: text values
//! are never printed, only names, numbers and paths.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbwatch_types::{CameraId, ViewId};

/// Problems listed at most; the rest is counted. A list of 10,000 cameras with one wrong column
/// must not print 10,000 lines.
pub(crate) const PROBLEMS_MAX: usize = 500;

/// Characters of a message or hint at most.
const TEXT_CHARS_MAX: usize = 600;

/// One thing that is wrong, where it stands, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named on the command line or in an `include`.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}; {}",
            self.file.display(),
            self.line,
            self.message,
            self.hint
        )
    }
}

/// Everything that is wrong with a configuration, sorted by file, line and column; never empty when
/// returned as an error. At most 500 are listed, one more says how many were left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        match self.0.len() {
            1 => write!(f, "1 problem"),
            n => write!(f, "{n} problems"),
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Arc<Path>,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The first line of `file`: where a problem of the file as a whole is shown.
    pub(crate) fn start(file: &Arc<Path>) -> Self {
        Self {
            file: Arc::clone(file),
            line: 1,
            column: 1,
        }
    }

    /// The folder that relative paths in this file are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }
}

/// Collects problems while a configuration is read, and holds what reading may ask for.
pub(crate) struct Context<'a> {
    problems: Vec<Problem>,
    left_out: usize,
    /// Files with syntax errors: what seems missing there may only be unreadable.
    pub(crate) broken: Vec<Arc<Path>>,
    /// Lists (`cameras`, `groups`) of which an entry could not be read: what refers to it is not blamed.
    pub(crate) incomplete: Vec<String>,
    /// Views that were reported not to be there; what else is of them is not blamed.
    pub(crate) blamed_views: HashSet<(CameraId, ViewId)>,
    /// The main file, as it was named.
    pub(crate) main_file: Option<PathBuf>,
    /// Value of an environment variable.
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
    /// Names at the top of the main file: where a key may belong that is unknown elsewhere.
    pub(crate) main_names: &'static [&'static str],
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        environment: &'a dyn Fn(&str) -> Option<String>,
        main_names: &'static [&'static str],
    ) -> Self {
        Self {
            problems: Vec::new(),
            left_out: 0,
            broken: Vec::new(),
            incomplete: Vec::new(),
            blamed_views: HashSet::new(),
            main_file: None,
            environment,
            main_names,
        }
    }

    pub(crate) fn report(&mut self, at: &Place, message: impl Into<String>, hint: impl Into<String>) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        self.problems.push(Problem {
            file: at.file.to_path_buf(),
            line: at.line,
            column: at.column,
            message: one_line(message.into()),
            hint: one_line(hint.into()),
        });
    }

    /// Reports that something is not there, unless the file could not be read in full.
    pub(crate) fn report_missing(&mut self, at: &Place, message: impl Into<String>, hint: impl Into<String>) {
        if !self.broken.contains(&at.file) {
            self.report(at, message, hint);
        }
    }

    /// Whether further problems are only counted: no need to find a remedy for them.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems in order; `main` is where the number of those left out is shown.
    pub(crate) fn into_problems(mut self, main: &Path) -> Problems {
        self.problems.sort_by(|a, b| {
            (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message))
        });
        if self.left_out > 0 {
            self.problems.push(Problem {
                file: main.to_path_buf(),
                line: 1,
                column: 1,
                message: format!("{} more problems are not listed", self.left_out),
                hint: "mend those above and check again".into(),
            });
        }
        Problems(self.problems)
    }
}

/// Names out of a file may hold line breaks and be long; a problem is one line of bounded length.
fn one_line(text: String) -> String {
    if text.len() <= TEXT_CHARS_MAX && !text.contains(char::is_control) {
        return text;
    }
    let mut line: String = text.chars().take(TEXT_CHARS_MAX).collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        line.push_str("...");
    }
    line.replace(char::is_control, " ")
}
