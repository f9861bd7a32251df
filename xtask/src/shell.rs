//! Running other programs, and where the workspace lies.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::error::Error;

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// A command in the workspace's root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// Runs to the end with our own stdout and stderr.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let text = text_of(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|source| Error::Start {
            command: text.clone(),
            source,
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed {
            command: text,
            status: status.to_string(),
        })
    }
}

/// Runs to the end and keeps what it said.
pub(crate) fn output(command: &mut Command) -> Result<Output, Error> {
    let text = text_of(command);
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start {
            command: text,
            source,
        })
}

/// Whether a program of that name, or at that path, can be found.
pub(crate) fn on_path(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The last non-empty line of what a failed program said, for a one-line message.
pub(crate) fn last_line(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&all);
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing")
        .to_owned()
}

/// The command as a person would type it, without its folder.
fn text_of(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut words = vec![name];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
