//! System packages by apt: what is needed for what, what is missing, and bringing it.
//!
//! A package counts as present when dpkg says so, or when the one program it is wanted for is on the
//! path already (built from source, say).

use std::fs;
use std::path::Path;

use super::Purpose;
use super::system::System;
use crate::error::Error;
use crate::say;

/// A Debian package.
#[derive(Debug)]
struct Package {
    name: &'static str,
    /// The program it is wanted for, where that is all we want of it.
    program: Option<&'static str>,
}

const fn library(name: &'static str) -> Package {
    Package { name, program: None }
}

const fn program(name: &'static str, program: &'static str) -> Package {
    Package {
        name,
        program: Some(program),
    }
}

/// Packages that serve one end.
#[derive(Debug)]
struct Group {
    /// Why, in the words a person reads before it is installed.
    why: &'static str,
    /// From which purpose on.
    from: Purpose,
    packages: &'static [Package],
}

/// Without these the purpose cannot be served.
const REQUIRED: &[Group] = &[
    Group {
        why: "the C compiler and linker",
        from: Purpose::Build,
        packages: &[
            program("gcc", "cc"),
            library("libc6-dev"),
            program("pkg-config", "pkg-config"),
        ],
    },
    Group {
        why: "FFmpeg's libraries and the header reader of their bindings",
        from: Purpose::Build,
        packages: &[
            library("libavcodec-dev"),
            library("libavformat-dev"),
            library("libavutil-dev"),
            library("libswscale-dev"),
            library("libclang-dev"),
        ],
    },
    Group {
        why: "the ffmpeg program: footage for the demo, the oracle of the decoding tests",
        from: Purpose::Demo,
        packages: &[program("ffmpeg", "ffmpeg")],
    },
];

/// Servers that the tests play against: foreign implementations, worth having and not worth failing for.
const PEERS: &[Group] = &[
    Group {
        why: "GStreamer's RTSP server",
        from: Purpose::Test,
        packages: &[
            library("gir1.2-gst-rtsp-server-1.0"),
            library("python3-gi"),
            library("gstreamer1.0-plugins-good"),
            library("gstreamer1.0-plugins-bad"),
            library("gstreamer1.0-plugins-ugly"),
            library("gstreamer1.0-libav"),
        ],
    },
    Group {
        why: "VLC's RTSP server",
        from: Purpose::Test,
        packages: &[program("vlc-bin", "cvlc"), library("vlc-plugin-base")],
    },
];

/// What brings the ONNX Runtime; asked for only when that is missing.
const PIP: Group = Group {
    why: "pip, to fetch the ONNX Runtime",
    from: Purpose::Build,
    packages: &[library("python3"), library("python3-pip")],
};

/// Finds or installs the packages `purpose` needs. True when it changed something.
pub(crate) fn ensure(
    system: &impl System,
    purpose: Purpose,
    install: bool,
    state_folder: &Path,
) -> Result<bool, Error> {
    let required: Vec<&Group> = REQUIRED.iter().filter(|group| group.from <= purpose).collect();
    let mut did = bring(system, &required, install)?;
    for group in PEERS.iter().filter(|group| group.from <= purpose) {
        did |= bring_peer(system, group, install, state_folder)?;
    }
    Ok(did)
}

/// Installs pip.
pub(crate) fn ensure_pip(system: &impl System) -> Result<bool, Error> {
    bring(system, &[&PIP], true)
}

fn missing(system: &impl System, groups: &[&Group]) -> Result<Vec<&'static str>, Error> {
    let wanted: Vec<&'static str> = groups
        .iter()
        .flat_map(|group| group.packages)
        .filter(|package| !package.program.is_some_and(|program| system.has_command(program)))
        .map(|package| package.name)
        .collect();
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let there = system.installed(&wanted)?;
    Ok(wanted
        .into_iter()
        .filter(|name| !there.iter().any(|there| there == name))
        .collect())
}

fn bring(system: &impl System, groups: &[&Group], install: bool) -> Result<bool, Error> {
    let names = missing(system, groups)?;
    if names.is_empty() {
        return Ok(false);
    }
    let list = names.join(" ");
    if !install {
        if system.has_command("dpkg-query") {
            return Err(Error::NotInstalled {
                remedy: remedy(&names),
                missing: list,
            });
        }
        say::setup(format_args!(
            "no dpkg here to ask; taking for granted what these packages hold: {list}"
        ));
        return Ok(false);
    }
    if !system.has_command("apt-get") {
        return Err(Error::NoApt { missing: list });
    }
    let sudo = !system.is_root()?;
    if sudo && !system.has_command("sudo") {
        return Err(Error::NoRoot {
            remedy: remedy(&names),
            missing: list,
        });
    }
    let why = groups
        .iter()
        .filter(|group| group.packages.iter().any(|package| names.contains(&package.name)))
        .map(|group| group.why)
        .collect::<Vec<_>>()
        .join("; ");
    let by = if sudo { "sudo apt-get" } else { "apt-get" };
    say::setup(format_args!("installing by {by}: {list} ({why})"));
    if system.apt_install(&names, sudo)?.is_ok() {
        return Ok(true);
    }
    // Lists that are empty (a fresh container) or old (files that moved on): refresh, once.
    say::setup("refreshing the package lists by apt-get update");
    system.apt_update(sudo)?;
    match system.apt_install(&names, sudo)? {
        Ok(()) => Ok(true),
        Err(said) => Err(Error::Apt {
            remedy: remedy(&names),
            missing: list,
            said,
        }),
    }
}

/// A peer that cannot be had is named and left out; a failed try is remembered, so that it is not
/// repeated before every test run.
fn bring_peer(
    system: &impl System,
    group: &Group,
    install: bool,
    state_folder: &Path,
) -> Result<bool, Error> {
    let names = missing(system, &[group])?;
    let mark = state_folder.join(format!("skipped-{}", group.packages[0].name));
    if names.is_empty() {
        if mark.exists() {
            fs::remove_file(&mark).map_err(Error::file("remove", &mark))?;
        }
        return Ok(false);
    }
    let list = names.join(" ");
    if !install {
        say::setup(format_args!(
            "skipped: {} (missing: {list}; --no-install)",
            group.why
        ));
        return Ok(false);
    }
    if mark.exists() {
        say::setup(format_args!(
            "skipped: {} (missing: {list}; tried before, delete {} to try again)",
            group.why,
            mark.display()
        ));
        return Ok(false);
    }
    match bring(system, &[group], true) {
        Ok(did) => Ok(did),
        Err(error @ (Error::Apt { .. } | Error::NoApt { .. } | Error::NoRoot { .. })) => {
            say::setup(format_args!("skipped: {} ({error})", group.why));
            fs::write(&mark, format!("{error}\n")).map_err(Error::file("write", &mark))?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn remedy(names: &[&str]) -> String {
    format!("sudo apt-get install --no-install-recommends {}", names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::fake::Fake;

    const BUILD: [&str; 8] = [
        "gcc",
        "libc6-dev",
        "pkg-config",
        "libavcodec-dev",
        "libavformat-dev",
        "libavutil-dev",
        "libswscale-dev",
        "libclang-dev",
    ];

    /// Runs the packages' part of set-up on a fake machine and says what apt was asked, and the result.
    fn check(machine: &Fake, purpose: Purpose, install: bool) -> (Vec<String>, Result<bool, String>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let done = ensure(machine, purpose, install, folder.path()).map_err(|error| error.to_string());
        (machine.asked(), done)
    }

    #[test]
    fn only_what_is_missing_is_installed_and_only_once() {
        let machine = Fake::debian()
            .with_programs(&["cc", "pkg-config"])
            .with_packages(&["libavcodec-dev"]);
        let want = "install libc6-dev libavformat-dev libavutil-dev libswscale-dev libclang-dev";
        assert_eq!(
            check(&machine, Purpose::Build, true),
            (vec![want.to_owned()], Ok(true))
        );
        assert_eq!(
            check(&machine, Purpose::Build, true),
            (vec![], Ok(false)),
            "a second time"
        );
    }

    #[test]
    fn no_install_names_what_is_missing_and_the_command() {
        let machine = Fake::debian().with_packages(&BUILD[..7]);
        let (asked, done) = check(&machine, Purpose::Build, false);
        assert_eq!(asked, Vec::<String>::new());
        assert_eq!(
            done.expect_err("something is missing"),
            "missing: libclang-dev; nothing was installed because of --no-install; \
             remedy: sudo apt-get install --no-install-recommends libclang-dev"
        );
    }

    #[test]
    fn lists_are_refreshed_only_when_installing_failed() {
        let machine = Fake::debian().with_packages(&BUILD).with_stale_lists();
        let (asked, done) = check(&machine, Purpose::Demo, true);
        assert_eq!(asked, ["install ffmpeg", "update", "install ffmpeg"]);
        assert_eq!(done, Ok(true));
    }

    #[test]
    fn each_obstacle_is_one_line_with_its_remedy() {
        let rows = [
            (
                Fake::debian().without(&["apt-get", "dpkg-query"]),
                "this system has no apt-get; remedy: install what",
            ),
            (
                Fake::debian().run_by_user().without(&["sudo"]),
                "there is no sudo; remedy: run as root: sudo apt-get inst",
            ),
            (
                Fake::debian().refusing("gcc"),
                "E: Unable to locate package gcc; remedy: check the network",
            ),
        ];
        for (machine, want) in rows {
            let (_, done) = check(&machine, Purpose::Build, true);
            let said = done.expect_err(want);
            assert!(said.contains(want), "{said}");
            assert!(!said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_peer_that_cannot_be_had_is_skipped_and_not_tried_again() {
        let machine = Fake::debian()
            .with_packages(&BUILD)
            .with_packages(&["ffmpeg"])
            .refusing("vlc-bin");
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(ensure(&machine, Purpose::Test, true, folder.path()).expect("peers are optional"));
        let first = machine.asked();
        assert!(
            first.iter().any(|line| line.contains("gstreamer1.0-libav")),
            "{first:?}"
        );
        assert!(
            first.iter().any(|line| line == "install vlc-bin vlc-plugin-base"),
            "{first:?}"
        );
        assert!(!ensure(&machine, Purpose::Test, true, folder.path()).expect("still optional"));
        assert_eq!(machine.asked(), Vec::<String>::new(), "a second time");
    }

    #[test]
    fn a_user_installs_through_sudo() {
        let machine = Fake::debian().run_by_user().with_packages(&BUILD);
        let (asked, done) = check(&machine, Purpose::Demo, true);
        assert_eq!((asked, done), (vec!["sudo install ffmpeg".to_owned()], Ok(true)));
    }
}
