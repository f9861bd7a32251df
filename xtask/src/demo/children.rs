//! The programs the demo starts: they end when it ends, however it ends.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::error::Error;
use crate::{say, shell};

/// A running program; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Started {
    name: String,
    child: Child,
    /// Where its stdout and stderr go.
    pub(crate) log: PathBuf,
}

/// Where cargo puts the programs it builds.
pub(crate) fn programs(dev: bool) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    shell::root()
        .join(target)
        .join(if dev { "debug" } else { "release" })
}

impl Started {
    /// Starts a program.
    pub(crate) fn start(program: &Path, words: &[&Path], folder: &Path) -> Result<Self, Error> {
        let name = program
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        // Also when we are killed without a chance to clean up (util-linux; on every Debian).
        let mut command = if shell::on_path("setpriv") {
            let mut command = shell::command("setpriv");
            command.args(["--pdeathsig", "TERM"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(words);
        if std::env::var_os("ORT_DYLIB_PATH").is_none() {
            command.env(
                "ORT_DYLIB_PATH",
                shell::root().join("target/setup/onnxruntime/libonnxruntime.so"),
            );
        }
        let log = folder.join(format!("{name}.log"));
        Self::spawn(&name, command, log)
    }

    fn spawn(name: &str, mut command: Command, log: PathBuf) -> Result<Self, Error> {
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let err = out.try_clone().map_err(Error::file("create", &log))?;
        // A group of its own: Ctrl-C comes to us first, and the page is asked for its pictures before it goes.
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|source| Error::Start {
                command: name.to_owned(),
                source,
            })?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// An error with the program's last words when it has ended.
    pub(crate) fn must_run(&mut self) -> Result<(), Error> {
        let Ok(Some(status)) = self.child.try_wait() else {
            return Ok(());
        };
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last = text
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing");
        Err(Error::Demo(format!("{} ended ({status}): {last}", self.name)))
    }

    /// Asks it to end as Ctrl-C would, and ends it when it does not listen.
    pub(crate) fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = self.child.id().to_string();
        let _ = shell::output(shell::command("kill").args(["-INT", &pid]));
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        say::line(format_args!(
            "demo: {} did not end within 10 s of Ctrl-C and is killed",
            self.name
        ));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell_program(folder: &Path, script: &str) -> Started {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Started::spawn("program", command, folder.join("log")).expect("sh starts")
    }

    #[test]
    fn a_dropped_program_is_gone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = shell_program(folder.path(), "exec sleep 600");
        let place = PathBuf::from(format!("/proc/{}", program.child.id()));
        assert!(place.exists());
        drop(program);
        assert!(!place.exists());
    }

    #[test]
    fn the_last_words_of_an_ended_program_are_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut program = shell_program(folder.path(), "echo fine; echo 'port 8088 is taken' >&2; exit 3");
        let _ = program.child.wait();
        let said = program.must_run().expect_err("it ended").to_string();
        assert_eq!(said, "demo: program ended (exit status: 3): port 8088 is taken");
    }
}
