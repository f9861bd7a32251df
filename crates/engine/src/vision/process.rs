//! Eyes in a process of their own, from the parent's side: started, asked, and ended when they do not answer as they must.
//!
//! For: one child, from its start to its end. Whatever a child does (dies, hangs, talks nonsense) comes back as an end and its
//! reason; no child outlives this value, nor the parent. Not for: what becomes of the look, and of the next child
//! ([`Vision`](super::Vision)). Input: looks, and a program that serves them ([`vision_worker`](super::vision_worker)).

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::{AccessUnit, Clock, DropReason};

use super::blind::Blind;
use super::closeups::Turn;
use super::eyes::{Cost, Sight};
use super::link::{Broken, Link};
use super::wire::{Said, SetUp, THUMBNAIL_BYTES_MAX, Told, ToldLook, text};
use crate::Error;
use crate::threads::spawn;
use crate::vision_metrics::WorkerEnd;

/// How long making eyes may take: a GPU's first session takes tens of seconds.
const START_MAX: Duration = Duration::from_secs(60);
/// Longest line of a child's standard error that is logged whole.
const LINE_BYTES_MAX: u64 = 1024;
/// Lines of one child that are logged.
const LINES_MAX: usize = 200;
/// What a child gets of our environment: where the system finds libraries, and which GPU is meant.
const ENVIRONMENT: [&str; 2] = ["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"];
/// The file that this process runs, whatever became of its name (proc(5)).
const OWN_FILE: &str = "/proc/self/exe";

/// The program that serves looks in a process of its own: one that calls [`vision_worker`](super::vision_worker).
#[derive(Debug, Clone)]
pub struct VisionProgram {
    /// The file.
    pub path: PathBuf,
    /// What it is started with.
    pub arguments: Vec<OsString>,
}

impl VisionProgram {
    /// This very program, started again as `NAME vision-worker`. It is this program also when its file has been replaced
    /// meanwhile: a child of another version would not understand us.
    pub fn own() -> Self {
        let by_name = || std::env::current_exe().unwrap_or_default();
        let own = Path::new(OWN_FILE);
        Self {
            path: if own.exists() { own.to_owned() } else { by_name() },
            arguments: vec!["vision-worker".into()],
        }
    }
}

/// An end, and how it came.
pub(super) type End = (WorkerEnd, String);

/// A child.
pub(super) struct Process {
    child: Child,
    link: Link,
    /// How long a look may take.
    look_max: Duration,
    unit_bytes_max: usize,
}

impl Process {
    /// Starts it and tells it what to make its eyes with; [`ready`](Self::ready) waits until it has.
    pub(super) fn start(
        number: usize,
        program: &VisionProgram,
        set_up: &SetUp,
        look_max: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let failed = |cause| Error::VisionProgram {
            program: program.path.clone(),
            cause,
        };
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let kept = |name| Some((name, std::env::var_os(name)?));
        let mut child = Command::new(&program.path)
            .arg0("curbwatch")
            .args(&program.arguments)
            .env_clear()
            .envs(ENVIRONMENT.into_iter().filter_map(kept))
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is meant for us: we drain, and need it until then.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        if let Some(said) = child.stderr.take() {
            // It ends when the child does, by itself.
            let _thread = spawn("cw-vision-log", move || pass_on(number, said))?;
        }
        let mut process = Self {
            child,
            link: Link::new(ours, Arc::clone(clock)),
            look_max,
            unit_bytes_max: set_up.eyes().decoder.unit_bytes_max,
        };
        // One that is gone already says so when it is asked whether it is ready.
        let until = Some(process.link.within(START_MAX));
        let _told = process.link.send(&Told::Begin(set_up.clone()), &[], until);
        Ok(process)
    }

    /// Waits until it has made its eyes, of the model of that name. The answer: which provider runs it.
    pub(super) fn ready(&mut self, model: &str) -> Result<String, Error> {
        let until = Some(self.link.within(START_MAX));
        let problem = match self.link.receive::<Said>(0, until) {
            Ok((
                Said::Ready {
                    model: read,
                    provider,
                },
                _,
            )) if read == model => return Ok(text(&provider)),
            Ok((Said::Ready { model: read, .. }, _)) => format!(
                "it reads the model `{}`, this program began with `{model}`: restart it to take up another",
                text(&read)
            ),
            Ok((Said::Unable(why), _)) => text(&why),
            Ok(_) => "it answers before it is asked".to_owned(),
            Err(broken) => self.end_of(broken, START_MAX).1,
        };
        Err(Error::VisionWorker(problem))
    }

    /// How it ended, when it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(status.to_string()),
            Err(cause) => Some(cause.to_string()),
        }
    }

    /// As `kill -9` by somebody else.
    #[cfg(test)]
    pub(super) fn kill(&mut self) {
        let _killed = self.child.kill();
        while self.ended().is_none() {
            std::thread::yield_now();
        }
    }

    /// Has it look. What was spent is added to `cost`. After an end it is of no more use.
    pub(super) fn look(
        &mut self,
        unit: &AccessUnit,
        number: u64,
        turn: &Turn,
        cost: &mut Cost,
    ) -> Result<Result<Sight, Blind>, End> {
        if unit.bytes.len() > self.unit_bytes_max {
            return Ok(Err(Blind {
                reason: DropReason::Undecodable,
                cause: format!(
                    "camera `{}`: a picture of {} coded bytes, more than {}",
                    unit.camera,
                    unit.bytes.len(),
                    self.unit_bytes_max
                ),
            }));
        }
        let until = Some(self.link.within(self.look_max));
        let told = Told::Look(ToldLook::new(number, unit, turn));
        let asked = self.link.send(&told, &unit.bytes, until);
        let answer = asked.and_then(|()| self.link.receive::<Said>(THUMBNAIL_BYTES_MAX, until));
        let heard = answer.and_then(|(said, bulk)| match said {
            Said::Seen(of, sight, spent) if of == number => {
                *cost = spent.checked()?;
                Ok(Ok(sight.checked(bulk)?))
            }
            Said::Blind(of, blind, spent) if of == number => {
                *cost = spent.checked()?;
                Ok(Err(blind.blind()))
            }
            _ => Err(Broken::Nonsense("an answer to nothing")),
        });
        heard.map_err(|broken| self.end_of(broken, self.look_max))
    }

    /// Ends it, and says how it came to that.
    fn end_of(&mut self, broken: Broken, patience: Duration) -> End {
        // One that has ended by itself keeps its own status.
        let _killed = self.child.kill();
        let status = self.child.wait();
        match broken {
            Broken::Closed(cause) => {
                let how = status.map_or_else(|_| cause.to_string(), |status| status.to_string());
                (WorkerEnd::Died, how)
            }
            Broken::Late => (WorkerEnd::Hung, format!("no answer in {patience:?}")),
            Broken::Nonsense(what) => (WorkerEnd::Nonsense, format!("it says {what} that cannot be")),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It keeps nothing that would have to be saved.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Passes on what a child says on its standard error: last words of libraries, mostly.
fn pass_on(number: usize, said: ChildStderr) {
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    for count in 0.. {
        line.clear();
        match said.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            // Whoever is not read from stands still.
            Ok(_) if count > LINES_MAX => {}
            Ok(_) if count == LINES_MAX => {
                tracing::warn!("vision worker {number}: more is not passed on");
            }
            Ok(_) => tracing::warn!(
                "vision worker {number}: {}",
                text(&String::from_utf8_lossy(&line))
            ),
        }
    }
}

#[cfg(test)]
mod tests;
