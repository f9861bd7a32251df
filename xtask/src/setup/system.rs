//! The machine as set-up sees it, behind a trait so that the tests bring their own.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::error::Error;
use crate::shell;

/// What set-up asks of a machine.
pub(crate) trait System {
    /// Whether a program of that name is on the path.
    fn has_command(&self, program: &str) -> bool;

    /// Which of these packages dpkg calls installed; none where there is no dpkg.
    fn installed(&self, packages: &[&str]) -> Result<Vec<String>, Error>;

    /// Whether we may install packages without sudo.
    fn is_root(&self) -> Result<bool, Error>;

    /// `apt-get update`; false when it failed.
    fn apt_update(&self, sudo: bool) -> Result<bool, Error>;

    /// `apt-get install` without recommended packages; the last line it said when it failed.
    fn apt_install(&self, packages: &[&str], sudo: bool) -> Result<Result<(), String>, Error>;

    /// The `python3` that has pip, if one does.
    fn python_with_pip(&self) -> Option<String>;

    /// Downloads the wheel of that platform tag into `into`; the last line pip said when it failed.
    fn download(
        &self,
        python: &str,
        spec: &str,
        platform: &str,
        into: &Path,
    ) -> Result<Result<PathBuf, String>, Error>;

    /// Unpacks a wheel into a folder.
    fn unpack(&self, python: &str, wheel: &Path, into: &Path) -> Result<(), Error>;
}

/// The machine we run on.
#[derive(Debug)]
pub(crate) struct Machine;

impl Machine {
    fn apt_get(words: &[&str], sudo: bool) -> Result<Output, Error> {
        // `sudo` drops the environment, so the setting travels as an argument of `env`.
        let mut command = if sudo {
            let mut command = shell::command("sudo");
            command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            command
        } else {
            let mut command = shell::command("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        // Another apt at work (automatic upgrades, say) is waited for.
        shell::output(command.args(["-o", "DPkg::Lock::Timeout=120"]).args(words))
    }
}

impl System for Machine {
    fn has_command(&self, program: &str) -> bool {
        shell::on_path(program)
    }

    fn installed(&self, packages: &[&str]) -> Result<Vec<String>, Error> {
        if !shell::on_path("dpkg-query") {
            return Ok(Vec::new());
        }
        // Unknown names make it exit 1 and still print the known ones.
        let mut command = shell::command("dpkg-query");
        command
            .args([
                "--show",
                "--showformat",
                "${binary:Package} ${db:Status-Status}\\n",
            ])
            .args(packages);
        Ok(installed_of(&String::from_utf8_lossy(
            &shell::output(&mut command)?.stdout,
        )))
    }

    fn is_root(&self) -> Result<bool, Error> {
        let said = shell::output(shell::command("id").arg("-u"))?;
        Ok(String::from_utf8_lossy(&said.stdout).trim() == "0")
    }

    fn apt_update(&self, sudo: bool) -> Result<bool, Error> {
        Ok(Self::apt_get(&["update", "--quiet"], sudo)?.status.success())
    }

    fn apt_install(&self, packages: &[&str], sudo: bool) -> Result<Result<(), String>, Error> {
        let words = [
            &["install", "--yes", "--quiet", "--no-install-recommends"],
            packages,
        ]
        .concat();
        let output = Self::apt_get(&words, sudo)?;
        Ok(if output.status.success() {
            Ok(())
        } else {
            Err(shell::last_line(&output))
        })
    }

    fn python_with_pip(&self) -> Option<String> {
        // The second is where the distribution's pip goes when another Python shadows it.
        ["python3", "/usr/bin/python3"].into_iter().find_map(|python| {
            let works = shell::on_path(python)
                && shell::output(shell::command(python).args(["-m", "pip", "--version"]))
                    .is_ok_and(|output| output.status.success());
            works.then(|| python.to_owned())
        })
    }

    fn download(
        &self,
        python: &str,
        spec: &str,
        platform: &str,
        into: &Path,
    ) -> Result<Result<PathBuf, String>, Error> {
        let mut command = shell::command(python);
        command.args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]);
        // One interpreter tag whatever the host's Python is, so that the file and its digest are always the same.
        command.args([
            "--only-binary=:all:",
            "--python-version",
            "3.11",
            "--implementation",
            "cp",
            "--abi",
            "cp311",
        ]);
        command
            .args(["--platform", platform, "--dest"])
            .arg(into)
            .arg(spec);
        let output = shell::output(&mut command)?;
        if !output.status.success() {
            return Ok(Err(shell::last_line(&output)));
        }
        let entries = std::fs::read_dir(into).map_err(Error::file("read", into))?;
        let wheel = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
        Ok(wheel.ok_or_else(|| "pip reported success and left no wheel".to_owned()))
    }

    fn unpack(&self, python: &str, wheel: &Path, into: &Path) -> Result<(), Error> {
        shell::run(
            shell::command(python)
                .args(["-m", "zipfile", "-e"])
                .arg(wheel)
                .arg(into),
        )
    }
}

/// The names of installed packages in dpkg-query's `name[:arch] status` lines.
fn installed_of(listing: &str) -> Vec<String> {
    listing
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| *status == "installed")
        .map(|(name, _)| name.split(':').next().unwrap_or(name).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpkg_lines_are_read_with_and_without_architecture() {
        let listing = "gcc installed\nlibavcodec-dev:amd64 installed\nvlc-bin not-installed\n\
                       python3-gi config-files\nlibclang-dev unpacked\n";
        assert_eq!(installed_of(listing), ["gcc", "libavcodec-dev"]);
    }
}
