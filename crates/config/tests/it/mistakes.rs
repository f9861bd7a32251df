//! One section of `mistakes.md` for each kind of mistake: the files, and every line that is printed.

use crate::common::Folder;

/// A section of the page.
#[derive(Default)]
struct Section<'a> {
    title: &'a str,
    /// Path and text.
    files: Vec<(&'a str, String)>,
    problems: Option<String>,
}

/// The sections of a page: `## title`, then fenced blocks whose second word is a path or `problems`.
fn sections(page: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section {
                title,
                ..Section::default()
            });
        } else if let Some(name) = line.strip_prefix("```text ") {
            let block = lines.by_ref().take_while(|l| *l != "```");
            let text = block.fold(String::new(), |text, line| text + line + "\n");
            let section = sections.last_mut().expect("a block stands below a title");
            match name {
                "problems" => section.problems = Some(text),
                path => section.files.push((path, text)),
            }
        }
    }
    sections
}

#[test]
fn every_mistake_is_named_with_its_line_and_remedy() {
    let path = crate::common::repository("crates/config/tests/it/mistakes.md");
    let page = std::fs::read_to_string(&path).expect("read");
    let sections = sections(&page);
    assert!(sections.len() >= 40, "{} sections", sections.len());
    let mut wrong = Vec::new();
    let mut renewed = page.clone();
    for section in &sections {
        let got: String = Folder::with(&section.files).problems("c.toml").join("\n") + "\n";
        assert!(
            !got.contains("hunter2"),
            "{}: a secret was printed",
            section.title
        );
        let want = section.problems.as_deref().unwrap_or("");
        if got != want {
            wrong.push(format!("## {}\nwanted\n{want}got\n{got}", section.title));
            let at = renewed.find(&format!("\n## {}\n", section.title)).expect("there");
            let rest = renewed[at..].replacen(
                &format!("```text problems\n{want}```"),
                &format!("```text problems\n{got}```"),
                1,
            );
            renewed.replace_range(at.., &rest);
        }
    }
    // Renewed by hand alone: what a person reads is what a person should have read.
    if std::env::var_os("CURBWATCH_RENEW").is_some() {
        std::fs::write(&path, renewed).expect("written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
