//! A machine made of lists, for the tests of set-up.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::system::System;
use crate::error::Error;

/// What the machine has, and what it was asked to do.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    programs: BTreeSet<String>,
    packages: RefCell<BTreeSet<String>>,
    refused: Option<&'static str>,
    stale_lists: RefCell<bool>,
    user: bool,
    offline: bool,
    asked: RefCell<Vec<String>>,
}

impl Fake {
    /// A bare Debian, as root, online.
    pub(crate) fn debian() -> Self {
        Self::default().with_programs(&["apt-get", "dpkg-query", "sudo"])
    }

    pub(crate) fn with_programs(mut self, programs: &[&str]) -> Self {
        self.programs.extend(programs.iter().map(|&name| name.to_owned()));
        self
    }

    pub(crate) fn without(mut self, programs: &[&str]) -> Self {
        self.programs.retain(|name| !programs.contains(&name.as_str()));
        self
    }

    pub(crate) fn with_packages(self, packages: &[&str]) -> Self {
        self.packages
            .borrow_mut()
            .extend(packages.iter().map(|&name| name.to_owned()));
        self
    }

    pub(crate) fn with_pip(self) -> Self {
        self.with_packages(&["python3-pip"])
    }

    /// apt has no package of that name.
    pub(crate) fn refusing(mut self, package: &'static str) -> Self {
        self.refused = Some(package);
        self
    }

    /// apt fails until its lists are refreshed.
    pub(crate) fn with_stale_lists(self) -> Self {
        *self.stale_lists.borrow_mut() = true;
        self
    }

    pub(crate) fn run_by_user(mut self) -> Self {
        self.user = true;
        self
    }

    pub(crate) fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// What it was asked to do since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.take()
    }

    fn note(&self, what: String, sudo: bool) {
        self.asked
            .borrow_mut()
            .push(if sudo { format!("sudo {what}") } else { what });
    }
}

impl System for Fake {
    fn has_command(&self, program: &str) -> bool {
        self.programs.contains(program)
    }

    fn installed(&self, packages: &[&str]) -> Result<Vec<String>, Error> {
        let there = self.packages.borrow();
        Ok(packages
            .iter()
            .filter(|&&name| there.contains(name))
            .map(|&name| name.to_owned())
            .collect())
    }

    fn is_root(&self) -> Result<bool, Error> {
        Ok(!self.user)
    }

    fn apt_update(&self, sudo: bool) -> Result<bool, Error> {
        self.note("update".to_owned(), sudo);
        *self.stale_lists.borrow_mut() = false;
        Ok(true)
    }

    fn apt_install(&self, packages: &[&str], sudo: bool) -> Result<Result<(), String>, Error> {
        self.note(format!("install {}", packages.join(" ")), sudo);
        if let Some(name) = self.refused.filter(|name| packages.contains(name)) {
            return Ok(Err(format!("E: Unable to locate package {name}")));
        }
        if *self.stale_lists.borrow() {
            return Ok(Err("E: 404 Not Found".to_owned()));
        }
        self.packages
            .borrow_mut()
            .extend(packages.iter().map(|&name| name.to_owned()));
        Ok(Ok(()))
    }

    fn python_with_pip(&self) -> Option<String> {
        self.packages
            .borrow()
            .contains("python3-pip")
            .then(|| "python3".to_owned())
    }

    fn download(
        &self,
        _: &str,
        spec: &str,
        platform: &str,
        into: &Path,
    ) -> Result<Result<PathBuf, String>, Error> {
        self.note(format!("download {spec} {platform}"), false);
        if self.offline {
            return Ok(Err("no network".to_owned()));
        }
        let wheel = into.join("any.whl");
        std::fs::write(&wheel, "wheel").map_err(Error::file("write", &wheel))?;
        Ok(Ok(wheel))
    }

    fn unpack(&self, _: &str, _: &Path, into: &Path) -> Result<(), Error> {
        let capi = into.join("onnxruntime").join("capi");
        std::fs::create_dir_all(&capi).map_err(Error::file("create", &capi))?;
        let library = capi.join("libonnxruntime.so.1.32.0");
        std::fs::write(&library, "library").map_err(Error::file("write", &library))
    }
}
