//! The fuzz targets on a stable compiler: every file of a target's corpus, then seeded changes to them.
//!
//! For: every run of the tests, for a few seconds a target, and machines without libFuzzer. Not for finding
//! what needs coverage to be found: that is `fuzz/`, which has the same targets (`cargo xtask fuzz` runs
//! whichever can be run). Input: `fuzz/corpus/TARGET/`, small files of ours; one that once broke something is
//! named `regression-...`.

mod mutate;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use curbwatch_types::Clock;
use fastrand::Rng;

pub use targets::{TARGETS, Target};

use crate::Error;

/// Largest file of a corpus.
const CORPUS_FILE_BYTES_MAX: u64 = 64 << 10;
/// Inputs from one look at the clock to the next.
const BATCH: u64 = 16;
/// One input may not take longer: a parser that takes seconds for kilobytes stops a camera's thread.
const INPUT_TAKES_MAX: Duration = Duration::from_secs(5);

/// How long, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with a folder for each target.
    pub corpus: PathBuf,
    /// How long changes are tried, the corpus itself not counted.
    pub duration: Duration,
    /// What the changes are drawn from.
    pub seed: u64,
}

/// What was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// Files of the corpus.
    pub corpus: usize,
    /// Changed inputs.
    pub changed: u64,
}

/// An input that broke a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The target.
    pub target: &'static str,
    /// Where the input came from: a file of the corpus, or the number of the changed input.
    pub from: String,
    /// The input.
    pub input: Vec<u8>,
    /// What it broke.
    pub what: String,
}

/// Runs one target; `Ok(Err(_))` is a finding.
pub fn run(name: &str, options: &Options, clock: &dyn Clock) -> Result<Result<Ran, Finding>, Error> {
    let (name, target) = TARGETS
        .into_iter()
        .find(|(known, _)| *known == name)
        .ok_or(Error::Options("there is no fuzz target of that name"))?;
    let seeds = corpus(&options.corpus.join(name))?;
    let found = replayed(name, target, &seeds, clock)
        .and_then(|()| changed(name, target, &seeds, options, clock))
        .map(|changed| Ran {
            corpus: seeds.len(),
            changed,
        });
    let _ = std::fs::remove_dir_all(targets::folder(name));
    Ok(found)
}

fn replayed(
    name: &'static str,
    target: Target,
    seeds: &[(PathBuf, Vec<u8>)],
    clock: &dyn Clock,
) -> Result<(), Finding> {
    for (path, input) in seeds {
        once(target, input, clock).map_err(|what| Finding {
            target: name,
            from: path.display().to_string(),
            input: input.clone(),
            what,
        })?;
    }
    Ok(())
}

fn changed(
    name: &'static str,
    target: Target,
    seeds: &[(PathBuf, Vec<u8>)],
    options: &Options,
    clock: &dyn Clock,
) -> Result<u64, Finding> {
    let mut chance = Rng::with_seed(options.seed);
    let began = clock.monotonic();
    let mut done = 0;
    while clock.monotonic().since(began) < options.duration {
        for _ in 0..BATCH {
            let [(_, seed), (_, other)] = [0, 1].map(|_| &seeds[chance.usize(..seeds.len())]);
            let input = mutate::mutate(seed, other, &mut chance);
            done += 1;
            once(target, &input, clock).map_err(|what| Finding {
                target: name,
                from: format!("changed input {done} of seed {}", options.seed),
                input,
                what,
            })?;
        }
    }
    Ok(done)
}

/// What is wrong, if anything.
fn once(target: Target, input: &[u8], clock: &dyn Clock) -> Result<(), String> {
    let began = clock.monotonic();
    catch_unwind(AssertUnwindSafe(|| target(input))).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        said.unwrap_or("a panic without words").to_owned()
    })?;
    let took = clock.monotonic().since(began);
    if took > INPUT_TAKES_MAX {
        return Err(format!("{} bytes took {took:?}", input.len()));
    }
    Ok(())
}

/// The files of a corpus in the order of their names; never none.
fn corpus(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map_err(failed(folder))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(failed(folder))?;
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = std::fs::metadata(&path).map_err(failed(&path))?.len();
        if bytes > CORPUS_FILE_BYTES_MAX {
            return Err(Error::Content {
                path: path.display().to_string(),
                problem: format!("{bytes} bytes are too many for a corpus; at most {CORPUS_FILE_BYTES_MAX}"),
            });
        }
        let input = std::fs::read(&path).map_err(failed(&path))?;
        files.push((path, input));
    }
    if files.is_empty() {
        return Err(Error::Content {
            path: folder.display().to_string(),
            problem: "an empty corpus; put a small valid input there".to_owned(),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use curbwatch_types::SystemClock;

    use super::*;

    /// Breaks on what no seed holds.
    fn planted(bytes: &[u8]) {
        assert!(!bytes.windows(2).any(|w| w == [0xff, 0xff]), "two of them");
    }

    #[test]
    fn a_planted_fault_is_found_with_its_input_and_the_same_one_again() {
        let seeds = [(PathBuf::from("seed"), b"harmless".to_vec())];
        let options = Options {
            corpus: PathBuf::new(),
            duration: Duration::from_secs(600),
            seed: 3,
        };
        let clock = SystemClock::new();
        assert_eq!(replayed("planted", planted, &seeds, &clock), Ok(()));
        let find = || changed("planted", planted, &seeds, &options, &clock).expect_err("planted");
        let finding = find();
        assert_eq!(finding.what, "two of them");
        assert!(finding.input.windows(2).any(|w| w == [0xff, 0xff]));
        assert_eq!(finding, find());
    }
}
