//! Eyes in a process of their own, from the child's side: looks come over standard input, which is a socket, and what they show
//! goes back the same way.
//!
//! It reads one model, decodes and detects, and ends when the parent does. It opens no connection and writes no file. A later
//! sandbox closes after "ready": from then on a child needs memory, its socket and the clock.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use curbwatch_infer::{Model, ModelOptions};
use curbwatch_types::{AccessUnit, SystemClock};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, kill_process};

use super::eyes::{Cost, Eyes};
use super::link::{Broken, Link};
use super::wire::{Said, SaidBlind, SaidCost, SaidSight, SetUp, Told};
use crate::Error;
use crate::threads::spawn;

/// Where a process says how readily the system may end it for want of memory (proc(5)), and what a child says: before its
/// parent.
const OOM_SCORE: (&str, &str) = ("/proc/self/oom_score_adj", "500");
/// A set-up comes without anything beside its message.
const NO_BULK: usize = 0;

/// Serves looks until the parent is gone. `before` is shown each coded picture before it is looked at: for tests that want a
/// child to die of one.
pub fn vision_worker(mut before: impl FnMut(&AccessUnit)) -> Result<(), Error> {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned();
    let stream = UnixStream::from(stdin.map_err(|cause| alone(&cause))?);
    let _unheard = std::fs::write(OOM_SCORE.0, OOM_SCORE.1);
    // A service manager may tell every process of ours to stop; the parent drains first, and needs us for it.
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        let heard = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal, heard).map_err(|cause| alone(&cause))?;
    }
    let watched = stream.try_clone().map_err(|cause| alone(&cause))?;
    let _thread = spawn("cw-vision-watch", move || end_with_parent(&watched))?;

    let mut link = Link::new(stream, Arc::new(SystemClock::new()));
    let set_up = match link.receive(NO_BULK, None) {
        Ok((Told::Begin(set_up), _)) => set_up,
        Ok((Told::Look(_), _)) => return Err(confused("a look comes before the set-up")),
        Err(Broken::Closed(cause)) => return Err(alone(&cause)),
        Err(_) => return Err(confused("what comes is no set-up")),
    };
    let unit_bytes_max = set_up.eyes().decoder.unit_bytes_max;
    let (mut eyes, ready) = match open(&set_up) {
        Ok((eyes, ready)) => (eyes, ready),
        Err(error) => {
            let _told = link.send(&Said::Unable(error.to_string()), &[], None);
            return Err(error);
        }
    };
    let mut answered = link.send(&ready, &[], None);
    while answered.is_ok() {
        let (look, bulk) = match link.receive(unit_bytes_max, None) {
            Ok((Told::Look(look), bulk)) => (look, bulk),
            Ok((Told::Begin(_), _)) => return Err(confused("a second set-up")),
            Err(Broken::Closed(_)) => return Ok(()),
            Err(_) => return Err(confused("what comes is no look")),
        };
        let number = look.number;
        let (unit, turn) = look.into_look(bulk).map_err(|nonsense| confused(nonsense.0))?;
        before(&unit);
        let mut cost = Cost::default();
        let seen = eyes.look(&unit, &turn, &mut cost);
        let cost = SaidCost::of(&cost);
        answered = match seen {
            Ok(sight) => {
                let said = Said::Seen(number, SaidSight::of(&sight), cost);
                link.send(&said, &sight.thumbnail.samples, None)
            }
            Err(blind) => link.send(&Said::Blind(number, SaidBlind::of(&blind), cost), &[], None),
        };
    }
    Ok(())
}

/// Reads the model and makes eyes; with what the parent is told then.
fn open(set_up: &SetUp) -> Result<(Eyes, Said), Error> {
    curbwatch_infer::load_runtime(Some(&set_up.library()))?;
    let options = ModelOptions {
        model_dirs: set_up.model_dirs(),
    };
    let model = Model::load(&set_up.model(), &options)?;
    let eyes = Eyes::new(&model, &set_up.eyes())?;
    let ready = Said::Ready {
        model: model.id().as_ref().to_owned(),
        provider: eyes.provider().to_owned(),
    };
    Ok((eyes, ready))
}

/// Ends this process when the other end of the socket is closed, also while a decoder goes round in circles.
fn end_with_parent(stream: &UnixStream) {
    loop {
        // What is always told is wanted alone: the other end is gone.
        let mut hung_up = [PollFd::new(stream, PollFlags::empty())];
        if poll(&mut hung_up, None) == Ok(1) {
            let _killed = kill_process(getpid(), Signal::KILL);
        }
    }
}

fn alone(cause: &std::io::Error) -> Error {
    Error::VisionWorker(format!(
        "its standard input is no socket of a parent ({cause}); `curbwatch run` starts it by itself"
    ))
}

fn confused(what: &str) -> Error {
    Error::VisionWorker(format!("the parent does not speak its language: {what}"))
}
