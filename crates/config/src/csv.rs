//! Camera lists in CSV (RFC 4180): a header line that names the columns, one camera a line.
//!
//! Not for: what a column means; rows become the same [`Table`]s that TOML gives.
//! Leniencies, all for lists saved by spreadsheet programs: a byte order mark, `;` or tab between
//! fields, blanks around a field, empty lines, lines of `#` comment.

use std::path::Path;
use std::sync::Arc;

use crate::nearest::unknown_key_hint;
use crate::node::{Entry, Node, Table, Value};
use crate::problem::{Context, Place};

/// Reads `text` as a list of tables with keys out of `names`; what is wrong is reported.
pub(crate) fn parse(file: &Arc<Path>, text: &str, names: &[&str], cx: &mut Context<'_>) -> Vec<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator_of(text);
    let mut rows = Rows {
        file,
        rest: text,
        line: 1,
        separator,
        unclosed: None,
    };
    let Some(header) = rows.next() else {
        let hint = format!("write a first line with column names: {}", names.join(","));
        cx.report(&Place::start(file), "the list has no header line", hint);
        return Vec::new();
    };
    let columns = columns(&header, names, cx);
    let mut tables = Vec::new();
    while let Some(row) = rows.next() {
        if rows.unclosed.is_some() {
            break;
        }
        if row.len() != header.len() {
            let place = row
                .first()
                .map_or_else(|| Place::start(file), |f| f.place.clone());
            let message = format!(
                "this line has {} fields, the header has {}",
                row.len(),
                header.len()
            );
            cx.report(
                &place,
                message,
                "put fields that hold a separator in double quotes",
            );
            continue;
        }
        tables.push(node(row, &columns));
    }
    if let Some(place) = rows.unclosed.take() {
        cx.report(
            &place,
            "a double quote is opened here and never closed",
            "close it, or double it: \"\"",
        );
    }
    tables
}

/// Column names; `None` for one that is not to be read.
fn columns(header: &[Field], names: &[&str], cx: &mut Context<'_>) -> Vec<Option<String>> {
    let mut columns: Vec<Option<String>> = Vec::with_capacity(header.len());
    for field in header {
        let name = field.text.clone();
        if !names.contains(&name.as_str()) {
            cx.report(
                &field.place,
                format!("unknown column `{name}`"),
                unknown_key_hint(&name, names),
            );
            columns.push(None);
        } else if columns.contains(&Some(name.clone())) {
            cx.report(
                &field.place,
                format!("the column `{name}` is there twice"),
                "keep one of the two",
            );
            columns.push(None);
        } else {
            columns.push(Some(name));
        }
    }
    columns
}

fn node(row: Vec<Field>, columns: &[Option<String>]) -> Node {
    let place = row.first().map(|f| Place {
        column: 1,
        ..f.place.clone()
    });
    let entries: Vec<Entry> = row
        .into_iter()
        .zip(columns)
        .filter(|(field, _)| !field.text.is_empty())
        .filter_map(|(field, column)| {
            Some(Entry {
                key: column.clone()?,
                key_place: field.place.clone(),
                node: Node {
                    place: field.place,
                    value: Value::Cell(field.text),
                },
            })
        })
        .collect();
    let place = place.unwrap_or_else(|| Place::start(&Arc::from(Path::new(""))));
    Node {
        place,
        value: Value::Table(Table { entries }),
    }
}

/// The separator that the header line uses: comma, unless there is none but a semicolon or tab.
fn separator_of(text: &str) -> char {
    let header = text.lines().find(|l| !is_blank(l)).unwrap_or("");
    if header.contains(',') {
        ','
    } else {
        header.chars().find(|c| matches!(c, ';' | '\t')).unwrap_or(',')
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// A field and where it begins.
struct Field {
    text: String,
    place: Place,
}

/// The lines that hold something, each as its fields.
struct Rows<'a> {
    file: &'a Arc<Path>,
    rest: &'a str,
    line: usize,
    separator: char,
    unclosed: Option<Place>,
}

impl Rows<'_> {
    fn next(&mut self) -> Option<Vec<Field>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = self.rest.split('\n').next().unwrap_or("");
            if !is_blank(line) {
                return Some(self.row());
            }
            self.rest = self.rest.get(line.len() + 1..).unwrap_or("");
            self.line += 1;
        }
    }

    /// Takes one row, which a quoted line break may spread over several lines.
    fn row(&mut self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut field = String::new();
        let (mut quoted, mut was_quoted, mut column) = (false, false, 0);
        let mut place = Place {
            file: Arc::clone(self.file),
            line: self.line,
            column: 1,
        };
        let mut chars = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            column += 1;
            if quoted {
                if c == '"' && chars.next_if(|(_, next)| *next == '"').is_some() {
                    column += 1;
                    field.push('"');
                } else if c == '"' {
                    quoted = false;
                } else {
                    if c == '\n' {
                        self.line += 1;
                        column = 0;
                    }
                    field.push(c);
                }
            } else if c == '"' && field.trim().is_empty() && !was_quoted {
                (quoted, was_quoted) = (true, true);
                field.clear();
            } else if c == self.separator || c == '\n' {
                let text = std::mem::take(&mut field).trim().to_owned();
                fields.push(Field {
                    text,
                    place: place.clone(),
                });
                was_quoted = false;
                if c == '\n' {
                    self.line += 1;
                    end = at + 1;
                    break;
                }
                place = Place {
                    line: self.line,
                    column: column + 1,
                    ..place
                };
            } else {
                field.push(c);
            }
            if at + c.len_utf8() == self.rest.len() {
                break;
            }
        }
        if end == self.rest.len() && !self.rest.ends_with('\n') || quoted {
            fields.push(Field {
                text: field.trim().to_owned(),
                place: place.clone(),
            });
        }
        if quoted {
            self.unclosed = Some(place);
        }
        self.rest = self.rest.get(end..).unwrap_or("");
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as `key=value@line:column`, fields joined by blanks.
    fn rows(text: &str) -> Vec<String> {
        let file: Arc<Path> = Arc::from(Path::new("a.csv"));
        let mut cx = Context::new(&|_| None, &[]);
        let nodes = parse(&file, text, &["id", "name"], &mut cx);
        assert!(
            cx.is_clean(),
            "{text:?}: {:?}",
            cx.into_problems(Path::new("a.csv"))
        );
        let field = |e: &Entry| {
            let place = &e.node.place;
            format!(
                "{}={}@{}:{}",
                e.key,
                e.node.text().unwrap_or(""),
                place.line,
                place.column
            )
        };
        let row = |node: &Node| match &node.value {
            Value::Table(table) => table.entries.iter().map(field).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        };
        nodes.iter().map(row).collect()
    }

    #[test]
    fn lists_as_spreadsheet_programs_save_them() {
        let check = |text: &str, want: &[&str]| assert_eq!(rows(text), want, "{text:?}");
        check("id,name\n1,a\n", &["id=1@2:1 name=a@2:3"]);
        check(
            "id,name\r\n1,a\r\n\r\n2,b",
            &["id=1@2:1 name=a@2:3", "id=2@4:1 name=b@4:3"],
        );
        check("\u{feff}id;name\n1;a,b\n", &["id=1@2:1 name=a,b@2:3"]);
        check("id\tname\n1\ta\n", &["id=1@2:1 name=a@2:3"]);
        check("name , id\n a ,1\n", &["name=a@2:1 id=1@2:5"]);
        check(
            "id,name\n1,\"a, \"\"b\"\"\"\n2,\n",
            &["id=1@2:1 name=a, \"b\"@2:3", "id=2@3:1"],
        );
        check(
            "id,name\n1,\"two\nlines\"\n2,x\n",
            &["id=1@2:1 name=two\nlines@2:3", "id=2@4:1 name=x@4:3"],
        );
        check("# all\nid\n# one\n1\n东门\n", &["id=1@4:1", "id=东门@5:1"]);
        check("id,name\n", &[]);
    }
}
