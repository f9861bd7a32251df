//! The house plan, held: which package may import which, which foreign crate belongs to whom, that
//! every invariant names a real test, and what may lie in the repository at all.

#![expect(
    clippy::expect_used,
    reason = "helpers of tests: a workspace that cannot be read fails them"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A foreign crate and the only packages of ours that may name it, outside of tests and benchmarks.
const EXCLUSIVE: &[(&str, &[&str])] = &[
    // RTSP ends at ingest; the lab speaks the other side of it.
    ("rtsp-types", &["curbwatch-ingest", "curbwatch-lab"]),
    ("sdp-types", &["curbwatch-ingest", "curbwatch-lab"]),
    // A yardstick of tests; why not for cameras is ADR 0010.
    ("retina", &[]),
    ("crossbeam-channel", &["curbwatch-engine"]),
    ("prometheus", &["curbwatch-engine"]),
    // Above infer there are no tensors, only boxes.
    ("ort", &["curbwatch-infer"]),
    ("ndarray", &["curbwatch-infer"]),
    // Codec libraries, and the demuxer of recorded footage.
    (
        "ffmpeg-the-third",
        &["curbwatch-decode", "curbwatch-ingest", "curbwatch-lab"],
    ),
    ("rusqlite", &["curbwatch-case"]),
];

/// The only package whose sources may say `unsafe`.
const UNSAFE_HOME: &str = "curbwatch-decode";

/// Files outside of it that may all the same, one by one, none of them shipped.
const UNSAFE_EXCEPTIONS: &[&str] = &[
    // A counting allocator, the instrument that measures what a hostile peer costs; std has no safe way to write one.
    "crates/ingest/tests/hostile.rs",
];

/// The largest file, and all models and clips together.
const FILE_BYTES_MAX: u64 = 8 << 20;
const BINARIES_BYTES_MAX: u64 = 40 << 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .expect("cargo metadata")
}

/// The plan: `[workspace.metadata.layers]`.
fn plan(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let layers = metadata
        .workspace_metadata
        .get("layers")
        .and_then(|layers| layers.as_object());
    layers
        .expect("[workspace.metadata.layers]")
        .iter()
        .map(|(name, allowed)| {
            let allowed = allowed.as_array().expect("a list of packages");
            (
                name.clone(),
                allowed
                    .iter()
                    .filter_map(|one| one.as_str())
                    .map(ToOwned::to_owned)
                    .collect(),
            )
        })
        .collect()
}

/// Edges of `packages` that the plan does not have, and packages it does not know.
fn offences<'a>(
    packages: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>,
    plan: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (name, imports) in packages {
        let Some(allowed) = plan.get(name) else {
            found.push(format!("{name} is not in [workspace.metadata.layers]"));
            continue;
        };
        for import in imports.into_iter().filter(|import| plan.contains_key(*import)) {
            if !allowed.contains(import) && import != name {
                found.push(format!("{name} imports {import}"));
            }
        }
    }
    found
}

fn ours(metadata: &Metadata) -> Vec<&Package> {
    metadata.workspace_packages()
}

#[test]
fn packages_import_only_what_the_house_plan_allows() {
    let metadata = metadata();
    // Of every kind: a test that reaches across layers ties them together as firmly.
    let edges = ours(&metadata).into_iter().map(|package| {
        (
            package.name.as_str(),
            package
                .dependencies
                .iter()
                .map(|import| import.name.as_str())
                .collect(),
        )
    });
    assert_eq!(offences(edges, &plan(&metadata)), Vec::<String>::new());
}

#[test]
fn an_edge_outside_the_plan_is_found() {
    let metadata = metadata();
    let plan = plan(&metadata);
    let rows = [
        (
            "curbwatch-scene",
            "curbwatch-case",
            Some("curbwatch-scene imports curbwatch-case"),
        ),
        (
            "curbwatch",
            "curbwatch-lab",
            Some("curbwatch imports curbwatch-lab"),
        ),
        ("curbwatch-scene", "curbwatch-types", None),
        (
            "curbwatch-new",
            "curbwatch-types",
            Some("curbwatch-new is not in [workspace.metadata.layers]"),
        ),
    ];
    for (from, to, want) in rows {
        let got = offences([(from, vec![to])], &plan);
        assert_eq!(got.first().map(String::as_str), want, "{from} -> {to}");
    }
}

#[test]
fn nothing_ships_the_lab() {
    let plan = plan(&metadata());
    for (name, allowed) in plan {
        assert!(
            !allowed.contains("curbwatch-lab"),
            "{name} may import curbwatch-lab"
        );
    }
}

#[test]
fn foreign_crates_stay_where_they_belong() {
    let metadata = metadata();
    for (foreign, homes) in EXCLUSIVE {
        for package in ours(&metadata) {
            let imports = package
                .dependencies
                .iter()
                .filter(|import| import.kind != DependencyKind::Development);
            let named = imports.filter(|import| import.name == *foreign).count() > 0;
            assert!(
                !named || homes.contains(&package.name.as_str()),
                "{} names {foreign}, which belongs to {homes:?}",
                package.name
            );
        }
    }
}

#[test]
fn unsafe_code_has_one_home() {
    let metadata = metadata();
    for package in ours(&metadata)
        .into_iter()
        .filter(|package| package.name.as_str() != UNSAFE_HOME)
    {
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest lies in a folder");
        for (file, text) in sources(folder.as_std_path()) {
            for (index, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let says = [
                    "unsafe {",
                    "unsafe fn ",
                    "unsafe impl ",
                    "unsafe extern ",
                    "allow(unsafe_code",
                    "expect(unsafe_code",
                ];
                // This file speaks of it in strings.
                let exempt = file.ends_with("xtask/tests/layers.rs")
                    || UNSAFE_EXCEPTIONS
                        .iter()
                        .any(|exception| file.ends_with(exception));
                assert!(
                    exempt || !says.iter().any(|word| code.contains(word)),
                    "{}:{}: unsafe code outside {UNSAFE_HOME}",
                    file.display(),
                    index + 1
                );
            }
        }
    }
}

/// What `types` and `scene` must not name: anything that reads the world.
const WORLD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "tokio::",
    "fastrand",
    "rand::",
    "getrandom",
    "SystemClock",
    "RandomState",
    "HashMap::new",
    "thread::spawn",
    "Instant::now",
    "SystemTime::now",
];

#[test]
fn types_and_scene_read_no_world() {
    for krate in ["types", "scene"] {
        for (file, text) in sources(&root().join("crates").join(krate).join("src")) {
            // The one place that asks the machine for the time.
            if file.ends_with("types/src/clock.rs") || file.ends_with("types/src/lib.rs") {
                continue;
            }
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (index, line) in product.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in WORLD {
                    assert!(
                        !code.contains(word),
                        "{}:{}: names {word}",
                        file.display(),
                        index + 1
                    );
                }
            }
        }
    }
}

#[test]
fn leaf_crates_never_see_the_configuration_and_types_serialise_nothing() {
    let metadata = metadata();
    for package in ours(&metadata) {
        let name = package.name.as_str();
        let imports: Vec<&str> = package
            .dependencies
            .iter()
            .map(|import| import.name.as_str())
            .collect();
        let leaf = ["ingest", "decode", "infer", "scene", "case"]
            .iter()
            .any(|leaf| name == format!("curbwatch-{leaf}"));
        assert!(
            !(leaf && imports.contains(&"curbwatch-config")),
            "{name} sees the configuration"
        );
        let pure = ["curbwatch-types", "curbwatch-scene"].contains(&name);
        assert!(!(pure && imports.contains(&"serde")), "{name} serialises");
    }
}

#[test]
fn only_engine_makes_threads() {
    // Tests and the lab (which plays the rest of the world) may; a test module stands at a file's end.
    let free = ["curbwatch-engine", "curbwatch-lab", "xtask"];
    for package in ours(&metadata())
        .into_iter()
        .filter(|package| !free.contains(&package.name.as_str()))
    {
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest lies in a folder")
            .join("src");
        for (file, text) in sources(folder.as_std_path()) {
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in ["thread::Builder", "thread::spawn", "thread::scope"] {
                assert!(
                    !product.contains(word),
                    "{}: {word} outside engine",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let tests: String = sources(root())
        .into_iter()
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join("\n");
    let rows = invariants(&architecture);
    assert_eq!(rows.len(), 9, "rows 1 to 9 of the invariants' table");
    for (number, held_by) in rows {
        let names: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(
            !names.is_empty() || held_by.contains("held by review"),
            "invariant {number} is held by nothing"
        );
        for name in names {
            assert!(
                tests.contains(&format!("fn {name}(")),
                "invariant {number}: no test is called {name}"
            );
        }
    }
}

/// Number and last cell of each row `| 1 | text | tests |` of the invariants' table.
fn invariants(text: &str) -> Vec<(u32, String)> {
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let number = cells.first()?.parse().ok()?;
            Some((number, (*cells.last()?).to_owned()))
        })
        .collect()
}

#[test]
fn the_repository_stays_small() {
    let mut binaries = 0;
    for file in tracked() {
        let Ok(about) = file.metadata() else { continue };
        assert!(
            about.len() <= FILE_BYTES_MAX,
            "{} has {} bytes",
            file.display(),
            about.len()
        );
        let top = file
            .strip_prefix(root())
            .ok()
            .and_then(|path| path.iter().next())
            .unwrap_or_default();
        if top == "models" || top == "fixtures" {
            binaries += about.len();
        }
    }
    assert!(
        binaries <= BINARIES_BYTES_MAX,
        "models and fixtures have {binaries} bytes"
    );
}

#[test]
fn no_text_names_a_place_of_one_machine() {
    // Put together here, so that this file does not name them.
    let places = ["work", "root", "home"].map(|name| format!("/{name}/"));
    for file in tracked() {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            for place in &places {
                // At the start of a path only: a folder of that name further down, or on a host, is something else.
                let hit = line.match_indices(place.as_str()).any(|(at, _)| {
                    line[..at]
                        .chars()
                        .next_back()
                        .is_none_or(|before| !before.is_alphanumeric() && !"._-/}".contains(before))
                });
                assert!(!hit, "{}:{}: names {place}", file.display(), index + 1);
            }
        }
    }
}

/// Files that git tracks, as paths that exist.
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git ls-files");
    assert!(listed.status.success(), "git ls-files failed");
    let names = String::from_utf8(listed.stdout).expect("UTF-8 names");
    names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .collect()
}

/// Every Rust source under a folder, build outputs left out.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != ".git" {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push((path, text));
        }
    }
    found
}
