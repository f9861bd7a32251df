//! The program as a child: started, asked, killed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::rig::{PASSWORD_ENV, SENTINEL, peak_bytes_of};

/// An answer of its console may take so long.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A running `curbwatch run`; killed when dropped.
#[derive(Debug)]
pub(super) struct Child {
    child: std::process::Child,
    log: PathBuf,
}

/// What it has counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    due: u64,
    outstanding: u64,
    pub(super) observed: u64,
    pub(super) dropped: u64,
    /// Whether the page of metrics shows the password.
    pub(super) leaks: bool,
}

impl Counted {
    pub(super) fn balanced(&self) -> bool {
        self.due == self.observed + self.dropped + self.outstanding
    }
}

impl Child {
    /// Starts it with everything logged to `to`, the file `log`.
    pub(super) fn start(program: &Path, config: &Path, log: &Path, to: Stdio) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command
            .args(["run", "--log", "debug", "--config"])
            .arg(config)
            .env(PASSWORD_ENV, SENTINEL)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(to);
        let child = command.spawn().map_err(|source| Error::System {
            what: "start the program",
            source,
        })?;
        Ok(Self {
            child,
            log: log.to_owned(),
        })
    }

    /// Whether its console answers and a camera is live. An error when it has ended by itself.
    pub(super) fn is_ready(&mut self) -> Result<bool, Error> {
        if let Ok(Some(status)) = self.child.try_wait() {
            let log = self.log.display();
            return Err(Error::bench(format!(
                "the program ended by itself ({status}): see {log}"
            )));
        }
        Ok(self
            .get("/readyz")
            .is_some_and(|answer| answer.starts_with("HTTP/1.1 200")))
    }

    pub(super) fn counted(&self) -> Result<Counted, Error> {
        let text = self
            .get("/metrics")
            .ok_or_else(|| Error::bench("the program's console does not answer"))?;
        let sum = |name: &str| {
            text.lines()
                .filter(|line| {
                    line.strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with([' ', '{']))
                })
                .filter_map(|line| line.rsplit(' ').next()?.trim().parse::<f64>().ok())
                .sum::<f64>() as u64
        };
        Ok(Counted {
            due: sum("curbwatch_looks_due_total"),
            outstanding: sum("curbwatch_looks_outstanding"),
            observed: sum("curbwatch_looks_observed_total"),
            dropped: sum("curbwatch_looks_dropped_total"),
            leaks: text.contains(SENTINEL),
        })
    }

    /// The largest resident size so far, bytes.
    pub(super) fn peak_bytes(&self) -> u64 {
        peak_bytes_of(Path::new(&format!("/proc/{}/status", self.child.id())))
    }

    /// SIGKILL.
    pub(super) fn kill(mut self) -> Result<(), Error> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(|source| Error::System {
            what: "kill the program",
            source,
        })
    }

    /// SIGINT, and its orderly end.
    pub(super) fn interrupt(mut self) -> Result<(), Error> {
        let pid = rustix::process::Pid::from_child(&self.child);
        let told = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let ended = told.map_err(Into::into).and_then(|()| self.child.wait());
        let ended = ended.map_err(|source| Error::System {
            what: "end the program",
            source,
        })?;
        if ended.success() {
            return Ok(());
        }
        let log = self.log.display();
        Err(Error::bench(format!(
            "the program ended badly ({ended}): see {log}"
        )))
    }

    /// A page of its console, head and all. Nothing while it is not up.
    fn get(&self, page: &str) -> Option<String> {
        let log = std::fs::read_to_string(&self.log).ok()?;
        let address = log.split("console at http://").nth(1)?.split('/').next()?;
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(ANSWER_MAX)).ok()?;
        let request = format!("GET {page} HTTP/1.1\r\nHost: curbwatch\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Dead already, unless something failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
