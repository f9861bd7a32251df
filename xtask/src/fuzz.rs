//! `cargo xtask fuzz`: the long run. The short one is a test of the lab's.

use crate::error::Error;
use crate::{say, shell};

/// Kilobytes of a long input; the longest in the corpus has 12.
const INPUT_KB_MAX: u64 = 16;
/// An input that takes so many seconds is a finding.
const INPUT_SECS_MAX: u64 = 5;

/// Runs `targets`, or every target, for `seconds` each; ends at the first finding, which lies in
/// `fuzz/artifacts/TARGET/`.
pub(crate) fn run(seconds: u64, targets: &[String]) -> Result<(), Error> {
    let targets = if targets.is_empty() {
        all()?
    } else {
        targets.to_vec()
    };
    let with_coverage = shell::on_path("cargo-fuzz") && has_nightly();
    if !with_coverage {
        say::line(
            "fuzz: cargo-fuzz or a nightly compiler is not installed (`cargo install cargo-fuzz`, `rustup toolchain \
             install nightly`): seeded changes to the corpus, without coverage",
        );
    }
    for target in targets {
        say::line(format_args!("fuzz: {target}, {seconds} s"));
        if with_coverage {
            covered(&target, seconds)?;
        } else {
            seeded(&target, seconds)?;
        }
    }
    Ok(())
}

/// Under libFuzzer. New inputs go to `fuzz/found/`, which is ignored; the corpus stays small and ours.
fn covered(target: &str, seconds: u64) -> Result<(), Error> {
    let found = shell::root().join("fuzz/found").join(target);
    std::fs::create_dir_all(&found).map_err(Error::file("create", &found))?;
    shell::run(
        shell::command("rustup")
            .args(["run", "nightly", "cargo", "fuzz", "run", target])
            .arg(format!("fuzz/found/{target}"))
            .arg(format!("fuzz/corpus/{target}"))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={}", INPUT_KB_MAX << 10))
            .arg(format!("-timeout={INPUT_SECS_MAX}")),
    )
}

fn seeded(target: &str, seconds: u64) -> Result<(), Error> {
    let seconds = seconds.to_string();
    shell::run(
        shell::cargo()
            .args(["run", "--quiet", "--package", "curbwatch-lab", "--", "fuzz"])
            .args(["--target", target, "--seconds", &seconds]),
    )
}

/// The targets are the folders of the corpus; a test of the lab's holds the two together.
fn all() -> Result<Vec<String>, Error> {
    let corpus = shell::root().join("fuzz/corpus");
    let mut names: Vec<String> = std::fs::read_dir(&corpus)
        .map_err(Error::file("read", &corpus))?
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

fn has_nightly() -> bool {
    shell::output(shell::command("rustup").args(["run", "nightly", "rustc", "--version"]))
        .is_ok_and(|output| output.status.success())
}
