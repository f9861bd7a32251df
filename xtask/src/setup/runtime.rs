//! The pinned ONNX Runtime library, out of its PyPI wheel (docs/adr/0002).
//!
//! The library is right exactly when its digest is the pinned one; anything else, a half-written file
//! included, is fetched again.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::packages;
use super::system::System;
use crate::error::Error;
use crate::say;

/// The version the product is built for (`ort`'s `api-24` needs 1.24 or later).
pub(crate) const VERSION: &str = "1.32.0";

/// One wheel, pinned by digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wheel {
    /// As `std::env::consts::ARCH` names it.
    arch: &'static str,
    /// PEP 600 platform tag.
    platform: &'static str,
    /// Of the wheel, lower-case hexadecimal.
    sha256: &'static str,
    /// Of `libonnxruntime.so` in it.
    library_sha256: &'static str,
}

const WHEELS: [Wheel; 2] = [
    Wheel {
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
        library_sha256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    },
    Wheel {
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
        library_sha256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
    },
];

/// Finds or fetches the library. True when it changed something.
pub(crate) fn ensure(system: &impl System, install: bool, folder: &Path) -> Result<bool, Error> {
    // Cargo sets ORT_DYLIB_PATH to our own place unless the caller has set it (.cargo/config.toml).
    let chosen = std::env::var_os("ORT_DYLIB_PATH")
        .map(PathBuf::from)
        .filter(|path| *path != library_in(folder));
    if let Some(path) = chosen {
        if path.is_file() {
            say::setup(format_args!(
                "ONNX Runtime as set by ORT_DYLIB_PATH: {}",
                path.display()
            ));
            return Ok(false);
        }
        return Err(Error::RuntimeElsewhereMissing { path });
    }
    let arch = std::env::consts::ARCH;
    let wheel = WHEELS
        .iter()
        .find(|wheel| wheel.arch == arch && cfg!(all(target_os = "linux", target_env = "gnu")));
    let wheel = wheel.ok_or_else(|| Error::NoRuntimeForPlatform {
        platform: format!("{}-{arch}", std::env::consts::OS),
        version: VERSION,
    })?;
    ensure_wheel(system, wheel, install, folder)
}

fn library_in(folder: &Path) -> PathBuf {
    folder.join("onnxruntime").join("libonnxruntime.so")
}

fn ensure_wheel(system: &impl System, wheel: &Wheel, install: bool, folder: &Path) -> Result<bool, Error> {
    let library = library_in(folder);
    let there = library.is_file();
    if there && sha256_of(&library)? == wheel.library_sha256 {
        return Ok(false);
    }
    if !install {
        return Err(Error::NotInstalled {
            missing: format!("ONNX Runtime {VERSION}"),
            remedy: "cargo xtask setup".to_owned(),
        });
    }
    let mut python = system.python_with_pip();
    if python.is_none() {
        packages::ensure_pip(system)?;
        python = system.python_with_pip();
    }
    let python = python.ok_or_else(|| Error::Download {
        version: VERSION,
        said: "python3 has no pip, and installing python3-pip did not bring it".to_owned(),
    })?;
    let again = if there {
        " again (the one that is there is not the pinned one)"
    } else {
        ""
    };
    say::setup(format_args!(
        "fetching ONNX Runtime {VERSION}{again}: the wheel for {}, by pip",
        wheel.platform
    ));

    let scratch = folder.join("download");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(Error::file("remove", &scratch))?;
    }
    fs::create_dir_all(&scratch).map_err(Error::file("create", &scratch))?;
    let done = fetch(system, &python, wheel, &scratch, &library);
    // Whatever came of it, nothing half-finished stays.
    let _ = fs::remove_dir_all(&scratch);
    done?;
    Ok(true)
}

fn fetch(
    system: &impl System,
    python: &str,
    wheel: &Wheel,
    scratch: &Path,
    library: &Path,
) -> Result<(), Error> {
    let file = system
        .download(
            python,
            &format!("onnxruntime=={VERSION}"),
            wheel.platform,
            scratch,
        )?
        .map_err(|said| Error::Download {
            version: VERSION,
            said,
        })?;
    must_be(&file, wheel.sha256)?;
    let unpacked = scratch.join("unpacked");
    system.unpack(python, &file, &unpacked)?;
    let inside = unpacked.join("onnxruntime");
    let found = inside.join("capi").join(format!("libonnxruntime.so.{VERSION}"));
    must_be(&found, wheel.library_sha256)?;

    let home = library.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(home).map_err(Error::file("create", home))?;
    for text in ["LICENSE", "ThirdPartyNotices.txt"] {
        if inside.join(text).is_file() {
            fs::copy(inside.join(text), home.join(text)).map_err(Error::file("write", home.join(text)))?;
        }
    }
    // Last, and atomic: the library is there whole or not at all.
    fs::rename(&found, library).map_err(Error::file("write", library))
}

fn must_be(path: &Path, want: &str) -> Result<(), Error> {
    let got = sha256_of(path)?;
    if got == want {
        return Ok(());
    }
    let what = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Err(Error::WrongDigest {
        what,
        got,
        want: want.to_owned(),
    })
}

/// SHA-256 of a file, lower-case hexadecimal.
fn sha256_of(path: &Path) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let mut file = File::open(path).map_err(Error::file("read", path))?;
    std::io::copy(&mut file, &mut HashInput(&mut hash)).map_err(Error::file("read", path))?;
    let mut hexadecimal = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    Ok(hexadecimal)
}

/// A hash as something to write into.
struct HashInput<'a>(&'a mut Sha256);

impl std::io::Write for HashInput<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::fake::Fake;

    // SHA-256 of what the fake serves: "wheel" and "library".
    const PIN: Wheel = Wheel {
        arch: "any",
        platform: "any",
        sha256: "ba59926159d2aa256eb8739b8da7e2b574b960e1202c6d624cbe981cef996c91",
        library_sha256: "b718f1354f7247312eca086d9a024afe5fa717ddea5adeddd6f12bcf945b2e8c",
    };

    fn check(machine: &Fake, wheel: &Wheel, install: bool, folder: &Path) -> Result<bool, String> {
        let done = ensure_wheel(machine, wheel, install, folder).map_err(|error| error.to_string());
        assert!(!folder.join("download").exists(), "something half-finished stays");
        done
    }

    #[test]
    fn the_library_is_fetched_once_and_repaired_when_broken() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = Fake::debian().with_pip();
        assert_eq!(check(&machine, &PIN, true, folder.path()), Ok(true));
        assert_eq!(machine.asked(), ["download onnxruntime==1.32.0 any"]);
        assert_eq!(
            fs::read_to_string(library_in(folder.path())).expect("it is there"),
            "library"
        );

        assert_eq!(check(&machine, &PIN, true, folder.path()), Ok(false));
        assert_eq!(check(&machine, &PIN, false, folder.path()), Ok(false));
        assert_eq!(machine.asked(), Vec::<String>::new(), "a second time");

        fs::write(library_in(folder.path()), "libr").expect("writable");
        assert_eq!(check(&machine, &PIN, true, folder.path()), Ok(true));
        assert_eq!(
            fs::read_to_string(library_in(folder.path())).expect("it is there"),
            "library"
        );
    }

    #[test]
    fn wrong_bytes_are_refused_and_nothing_is_left() {
        let wrong_wheel = Wheel { sha256: "00", ..PIN };
        let wrong_library = Wheel {
            library_sha256: "00",
            ..PIN
        };
        for (wheel, file) in [
            (wrong_wheel, "any.whl"),
            (wrong_library, "libonnxruntime.so.1.32.0"),
        ] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let said =
                check(&Fake::debian().with_pip(), &wheel, true, folder.path()).expect_err("a wrong digest");
            assert!(said.starts_with(&format!("{file} has sha256 ")), "{said}");
            assert!(said.contains("expected 00"), "{said}");
            assert!(!library_in(folder.path()).exists());
        }
    }

    #[test]
    fn pip_is_installed_when_there_is_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = Fake::debian();
        assert_eq!(check(&machine, &PIN, true, folder.path()), Ok(true));
        assert_eq!(
            machine.asked(),
            ["install python3 python3-pip", "download onnxruntime==1.32.0 any"]
        );
    }

    #[test]
    fn without_network_or_leave_to_install_there_is_one_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let offline = Fake::debian().with_pip().offline();
        let rows = [
            (
                true,
                "cannot download ONNX Runtime 1.32.0: no network; remedy: check the network",
            ),
            (
                false,
                "missing: ONNX Runtime 1.32.0; nothing was installed because of --no-install; remedy: cargo xtask setup",
            ),
        ];
        for (install, want) in rows {
            let said = check(&offline, &PIN, install, folder.path()).expect_err(want);
            assert!(said.starts_with(want), "{said}");
        }
    }
}
