//! The scenes' memories between the scene stage and the disk, one thread: laid by now and then and at the end, taken up at the
//! start. What is lost here is dwell, never a case; so nobody waits for it, and what could not be written is counted.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use curbwatch_case::{CaseId, CaseReader, MemoryStore, SceneMemory};
use curbwatch_scene::{CameraScene, Memory};
use curbwatch_types::{CameraId, Wall};

use crate::Error;
use crate::fates::MemoryFate;
use crate::ground::known_to;
use crate::metrics::Metrics;

/// Memories written in one transaction at most.
const BATCH_MAX: usize = 32;

/// What the memories' thread is asked.
#[derive(Debug)]
pub(crate) enum Shelf {
    /// To keep a memory in place of the camera's earlier one.
    LayBy(Memory),
    /// For the memory of a camera that comes while the program runs, as it is after everything that was asked before.
    TakeUp(CameraId, Sender<Recalled>),
}

/// A memory as the disk has it, if it has one.
pub(crate) type Recalled = Result<Option<SceneMemory>, curbwatch_case::Error>;

/// Writes what the scene stage hands over.
pub(crate) struct Memories {
    pub(crate) store: MemoryStore,
    pub(crate) asked: Receiver<Shelf>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Memories {
    /// Runs until nobody is left to ask.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.asked.recv() {
            let mut wishes = vec![first];
            wishes.extend(self.asked.try_iter().take(BATCH_MAX - 1));
            let mut batch = Vec::new();
            for wish in wishes {
                match wish {
                    Shelf::LayBy(memory) => batch.push(at_rest(memory)),
                    Shelf::TakeUp(camera, answer) => {
                        self.lay_by(&std::mem::take(&mut batch));
                        // Whoever asked may have lost patience.
                        let _sent = answer.try_send(self.store.take_up(&camera));
                    }
                }
            }
            self.lay_by(&batch);
        }
    }

    fn lay_by(&mut self, batch: &[SceneMemory]) {
        if batch.is_empty() {
            return;
        }
        let fate = match self.store.lay_by(batch) {
            Ok(()) => MemoryFate::LaidBy,
            Err(cause) => {
                tracing::warn!(
                    cameras = batch.len(),
                    "what the scenes remember is not written: {cause}"
                );
                MemoryFate::Failed
            }
        };
        self.metrics.memories(fate).inc_by(batch.len() as u64);
    }
}

fn at_rest(memory: Memory) -> SceneMemory {
    SceneMemory {
        camera: memory.camera,
        taken_at: memory.taken_at,
        state: memory.state,
        pictures: memory.pictures,
    }
}

/// Gives a new scene what was left of the camera, by the process before this one or when it was taken out of the
/// configuration: its memory, and the cases that stand open, which go before it.
pub(crate) fn hand_over(
    scene: &mut CameraScene,
    camera: &CameraId,
    (recalled, cases): (Recalled, &CaseReader),
    now: Wall,
    metrics: &Metrics,
) -> Result<(), Error> {
    match recalled {
        Ok(Some(memory)) => {
            let memory = Memory {
                camera: memory.camera,
                taken_at: memory.taken_at,
                state: memory.state,
                pictures: memory.pictures,
                pictures_left_out: 0,
            };
            let fate = match scene.restore(&memory, now) {
                Ok(()) => MemoryFate::TakenUp,
                Err(refusal) => {
                    tracing::warn!(%camera, "what was remembered is not taken up: {refusal}; the scene begins anew");
                    MemoryFate::Refused(refusal)
                }
            };
            metrics.memories(fate).inc();
        }
        Ok(None) => {}
        Err(cause) => {
            tracing::warn!(%camera, "what was remembered cannot be read: {cause}; the scene begins anew");
            metrics.memories(MemoryFate::Failed).inc();
        }
    }
    let open = known_to(camera, scene, cases, now)?;
    let mut ended = Vec::new();
    for remembered in scene.open_incidents() {
        let stands = open.iter().any(|one| one.key == remembered.key);
        if !stands && cases.show(&CaseId::new(&remembered.key)?)?.is_some() {
            ended.push(remembered.key);
        }
    }
    scene.agree(open, &ended);
    Ok(())
}
