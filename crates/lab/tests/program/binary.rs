//! Where the program is, and how a command of it ended.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::SystemTime;

/// The crates the program is made of.
const MADE_OF: [&str; 9] = [
    "types",
    "config",
    "ingest",
    "decode",
    "infer",
    "scene",
    "case",
    "engine",
    "curbwatch",
];

/// The repository's root.
pub(crate) fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap().join(path)
}

/// The program, ready for arguments: what it logs and where it finds models does not depend on the
/// caller's environment.
pub(crate) fn program() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let program = Path::new(env!("CARGO_BIN_EXE_curbwatch-lab")).with_file_name("curbwatch");
        if !is_current(&program) {
            build(&program);
        }
        program
    });
    let mut command = Command::new(&*PROGRAM);
    command.env_remove("CURBWATCH_LOG").stdin(Stdio::null());
    command
}

/// Whether the program is there and no source of it is newer. `cargo test --workspace` has just linked
/// it, so there the answer is yes.
fn is_current(program: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    let Some(built) = modified(program) else {
        return false;
    };
    let sources = MADE_OF.map(|name| newest(&repository("crates").join(name).join("src")));
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| modified(&repository(name)));
    let newest = sources.into_iter().chain(manifests).flatten().max();
    newest.is_none_or(|newest| newest <= built)
}

/// When the newest file below `folder` was changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            if metadata.is_dir() {
                newest(&entry.path())
            } else {
                metadata.modified().ok()
            }
        })
        .max()
}

/// Builds the program into this test's profile. Cargo holds no lock while tests run.
fn build(program: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(repository(""))
        .args(["build", "--quiet", "--package", "curbwatch"]);
    // The folder is named after the profile, but for `dev`.
    match program.parent().and_then(Path::file_name).and_then(OsStr::to_str) {
        Some("debug") | None => {}
        Some(profile) => drop(command.args(["--profile", profile])),
    }
    println!("{} is missing or old: {command:?}", program.display());
    let status = command.status().expect("cargo");
    assert!(status.success() && program.is_file(), "{command:?}: {status}");
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Waits for the end of a command that ends by itself.
pub(crate) fn finish(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}
