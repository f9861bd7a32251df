//! The violation codes of the case system: a versioned table, never an enum, because standards are
//! renumbered and cities add their own. Input: the built-in table, or a file in the same form.

use std::path::Path;

use curbwatch_types::ViolationClass;
use serde::{Deserialize, Serialize};

use crate::Error;

const BUILT_IN: &str = include_str!("codes.toml");

/// Largest table accepted, in bytes.
const TABLE_BYTES_MAX: u64 = 1 << 20;

/// How well a code is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeStatus {
    /// Seen in published implementations.
    Confirmed,
    /// By the renumbering rule between two standards.
    Derived,
}

/// The code of a class in one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViolationCode {
    /// The class's id in Curbwatch.
    #[serde(skip_serializing)]
    pub class: String,
    /// The standard or the city's own list.
    pub code_system: String,
    /// The code as that system writes it.
    pub code: String,
    /// How well it is known.
    pub code_status: CodeStatus,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeTable {
    /// Version of the table, carried by every candidate.
    pub version: String,
    #[serde(rename = "code")]
    codes: Vec<ViolationCode>,
}

impl CodeTable {
    /// The table that ships with the program.
    pub fn built_in() -> Result<Self, Error> {
        Self::parse("built-in", BUILT_IN)
    }

    /// A table from a file, instead of the built-in one.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::of_io("reading the table of violation codes", path, source);
        let file = path.display().to_string();
        if std::fs::metadata(path).map_err(io)?.len() > TABLE_BYTES_MAX {
            return Err(Error::Codes {
                file,
                problem: format!("larger than {TABLE_BYTES_MAX} bytes"),
            });
        }
        Self::parse(&file, &std::fs::read_to_string(path).map_err(io)?)
    }

    /// The codes of a class, in the table's order; none when the table has none.
    pub fn of(&self, class: ViolationClass) -> Vec<&ViolationCode> {
        self.codes
            .iter()
            .filter(|code| code.class == class.name())
            .collect()
    }

    fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Codes {
            file: file.to_owned(),
            problem,
        };
        let table: Self = toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
        for (i, code) in table.codes.iter().enumerate() {
            if ViolationClass::from_name(&code.class).is_none() {
                return Err(wrong(format!("`{}` is no class", code.class)));
            }
            let twin =
                |other: &ViolationCode| other.class == code.class && other.code_system == code.code_system;
            if table.codes[..i].iter().any(twin) {
                return Err(wrong(format!(
                    "{} has two codes in {}",
                    code.class, code.code_system
                )));
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_knows_every_class_in_three_systems() {
        let table = CodeTable::built_in().expect("the built-in table parses");
        for (class, name) in ViolationClass::NAMES {
            assert_eq!(table.of(class).len(), 3, "{name}");
        }
        let parking = table.of(ViolationClass::IllegalMotorParking);
        assert_eq!(
            (parking[0].code.as_str(), parking[0].code_status),
            ("09009", CodeStatus::Derived)
        );
        assert_eq!(
            (parking[1].code.as_str(), parking[1].code_status),
            ("04-09", CodeStatus::Confirmed)
        );
    }

    #[test]
    fn a_wrong_table_is_refused_with_its_reason() {
        let row = |class: &str, status: &str| {
            format!(
                "[[code]]\nclass = \"{class}\"\ncode_system = \"S\"\ncode = \"1\"\ncode_status = \"{status}\"\n"
            )
        };
        let good = row("exposed_garbage", "confirmed");
        let rows = [
            (
                format!("version = \"1\"\n{}", row("parking", "confirmed")),
                "is no class",
            ),
            (
                format!("version = \"1\"\n{}", row("exposed_garbage", "guessed")),
                "unknown variant",
            ),
            (format!("version = \"1\"\n{good}{good}"), "two codes in S"),
            (good.clone(), "version"),
        ];
        for (text, want) in rows {
            let error = CodeTable::parse("t.toml", &text).expect_err(want).to_string();
            assert!(error.contains(want) && error.contains("t.toml"), "{error}");
        }
    }
}
