//! Lowers the configuration into the small `Options` of each stage. The only place where a stage's
//! settings meet the file format.

mod rules;
mod views;

use std::sync::Arc;
use std::time::Duration;

use curbwatch_config as config;
use curbwatch_infer::{DetectorOptions, Model, ModelOptions};
use curbwatch_ingest as ingest;
use curbwatch_scene::CameraScene;

use curbwatch_types::{Clock, Secret, Wall};

pub(crate) use views::NOTHING_TO_TELL_BY;

use crate::Error;
use crate::budgets::Budgets;
use crate::flow::FlowOptions;
use crate::metrics::Metrics;
use crate::revisits::Revisits;
use crate::vision::{
    Apart, Enforced, EyesOptions, Shared, Strikes, Vision, VisionOptions, VisionProgram, enforced,
};
use crate::visits::Plan;

/// A picture of a visit is the first one of its session, and gateways that keep the last group of pictures for
/// newcomers begin with a keyframe that is seconds old: its true moment lies within so much of its arrival, ms.
const PATROL_UNCERTAINTY_MS: u32 = 5_000;

/// The scene of one camera with its zones and rules.
pub(crate) fn scene(camera: &config::Camera) -> Result<CameraScene, Error> {
    let options = scene_options(camera)?;
    Ok(CameraScene::new(camera.id.clone(), camera.zones.clone(), options))
}

/// What one camera's scene decides by, as its `Options`: for whoever varies them. Reads the pictures of its views.
pub fn scene_options(camera: &config::Camera) -> Result<curbwatch_scene::Options, Error> {
    Ok(curbwatch_scene::Options {
        views: views::views(camera)?,
        ..rules::scene_options(camera)
    })
}

/// What is wrong with the stored pictures of views, camera by camera.
pub fn unusable_views(config: &config::Config) -> Vec<Error> {
    let cameras = config.cameras.iter();
    cameras.filter_map(|camera| views::views(camera).err()).collect()
}

/// The model, with ONNX Runtime loaded first: without it nothing can be checked.
pub(crate) fn model(config: &config::Config) -> Result<Model, Error> {
    let inference = &config.inference;
    curbwatch_infer::load_runtime(inference.onnxruntime.as_deref())?;
    let options = ModelOptions {
        model_dirs: inference.model_dirs.clone(),
    };
    Ok(Model::load(&inference.model, &options)?)
}

/// Where the camera's tiles are wanted.
pub(crate) fn zones(camera: &config::Camera) -> Enforced {
    enforced(&camera.zones)
}

/// So many vision workers, ready to look; where they are processes of their own, of `program`.
pub(crate) fn visions(
    config: &config::Config,
    model: &Model,
    workers: usize,
    (metrics, clock): (&Arc<Metrics>, &Arc<dyn Clock>),
    program: &VisionProgram,
) -> Result<Vec<Vision>, Error> {
    let options = vision(config, model, program)?;
    let shared = Shared {
        strikes: Arc::new(Strikes::default()),
        metrics: Arc::clone(metrics),
        clock: Arc::clone(clock),
    };
    let begun: Result<Vec<Vision>, Error> = (0..workers)
        .map(|number| Vision::begin(number, options.clone(), shared.clone()))
        .collect();
    begun?.into_iter().map(Vision::opened).collect()
}

fn vision(config: &config::Config, model: &Model, program: &VisionProgram) -> Result<VisionOptions, Error> {
    let inference = &config.inference;
    let provider = match inference.provider {
        config::Provider::Cpu => curbwatch_infer::Provider::Cpu,
        config::Provider::Cuda => curbwatch_infer::Provider::Cuda,
    };
    let apart = match inference.isolation {
        config::Isolation::Thread => None,
        config::Isolation::Process => Some(Apart {
            program: program.clone(),
            // The file that is loaded here, wherever it was found.
            library: curbwatch_infer::load_runtime(None)?.path().to_owned(),
            model: inference.model.clone(),
            model_dirs: inference.model_dirs.clone(),
            look_max: Duration::from_secs_f64(inference.look_secs_max),
        }),
    };
    Ok(VisionOptions {
        model: model.clone(),
        eyes: EyesOptions {
            detector: DetectorOptions {
                provider,
                ..DetectorOptions::default()
            },
            tiles_per_look_max: inference.tiles_per_look_max,
            decoder: curbwatch_decode::Options::default(),
        },
        apart,
    })
}

/// Number of vision workers; 0 asks for one per core.
pub(crate) fn workers(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    }
}

/// Cameras that cannot be received from as they are configured, and why: addresses that are not allowed.
pub fn unusable(config: &config::Config) -> Vec<Error> {
    let budgets = Budgets::new(config);
    let cameras = config.cameras.iter();
    cameras
        .filter_map(|camera| source(config, camera, &budgets, 1).err())
        .collect()
}

/// The camera as a source, or nothing for a camera that is only replayed. `dialled` cameras begin together.
pub(crate) fn source(
    config: &config::Config,
    camera: &config::Camera,
    budgets: &Budgets,
    dialled: usize,
) -> Result<Option<ingest::Source>, Error> {
    let credentials = camera.user.as_ref().map(|user| ingest::Credentials {
        user: user.clone(),
        password: camera.password.clone().unwrap_or_else(|| Secret::new("")),
    });
    let settings = &config.ingest;
    let of_camera = budgets.of(config, camera);
    let defaults = ingest::Options::default();
    // The first dials of a district are spread: twenty a second.
    let start_spread = Duration::from_millis(50) * u32::try_from(dialled).unwrap_or(u32::MAX);
    let options = ingest::Options {
        transport: transport(camera.transport),
        mode: mode(camera),
        switch: switch(camera),
        bounds: ingest::Bounds {
            no_picture: patience(camera).max(defaults.bounds.no_picture),
            handshake: Duration::from_secs_f64(settings.handshake_timeout_secs),
            silence: Duration::from_secs_f64(settings.dead_after_secs),
            unit_bytes_max: settings.access_unit_bytes_max,
            ..defaults.bounds
        },
        addresses: addresses(&settings.addresses_allowed),
        backoff: ingest::Backoff {
            start_spread: start_spread.min(Duration::from_secs(60)),
            first: Duration::from_secs_f64(settings.backoff_min_secs),
            max: Duration::from_secs_f64(settings.backoff_max_secs),
            ..defaults.backoff
        },
        captured_uncertainty_ms: if camera.patrol.is_some() {
            PATROL_UNCERTAINTY_MS
        } else {
            defaults.captured_uncertainty_ms
        },
        session_budgets: of_camera.sessions,
        dial_budgets: of_camera.dials,
        dead_dials: Some(Arc::clone(&budgets.dead_dials)),
        ..defaults
    };
    let id = camera.id.clone();
    let source = match (&camera.url, &camera.provider) {
        (Some(url), _) => ingest::Source::new(id, url, credentials, options)?,
        (None, Some(asked)) => {
            let provider =
                ingest::UrlProvider::new(&id, &asked.url, asked.pointer.as_deref(), asked.token.as_ref());
            ingest::Source::asked(id, provider?, credentials, options)
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(source))
}

/// What decoding every picture of cameras without keyframes may cost.
pub(crate) fn flow(config: &config::Config) -> FlowOptions {
    FlowOptions {
        cameras_max: config.looks.flow_cameras_max,
        cpu_max: config.looks.flow_cpu_max,
    }
}

/// A camera that is seldom looked at has no need of more than a keyframe in three looks' time.
fn patience(camera: &config::Camera) -> Duration {
    match camera.patrol {
        None => Duration::from_secs_f64(3.0 * camera.look_every_secs),
        Some(_) => Duration::ZERO,
    }
}

/// Visits are too short for a stream to become whole: on patrol keyframes alone count.
fn mode(camera: &config::Camera) -> ingest::Mode {
    match (camera.pictures, &camera.patrol) {
        (config::Pictures::All, None) => ingest::Mode::AllFrames,
        _ => ingest::Mode::Keyframes,
    }
}

fn switch(camera: &config::Camera) -> Option<ingest::ModeSwitch> {
    let switch = ingest::ModeSwitch::default();
    switch.set(mode(camera));
    (camera.pictures != config::Pictures::Keyframes && camera.patrol.is_none()).then_some(switch)
}

fn addresses(allowed: &[config::AddressKind]) -> ingest::AddressPolicy {
    let has = |kind| allowed.contains(&kind);
    ingest::AddressPolicy {
        loopback: has(config::AddressKind::Loopback),
        private: has(config::AddressKind::Private),
        link_local: has(config::AddressKind::LinkLocal),
        metadata: has(config::AddressKind::Metadata),
    }
}

/// How the camera is visited; nothing where its session stays.
pub(crate) fn plan(config: &config::Config, camera: &config::Camera, budgets: &Budgets) -> Option<Plan> {
    let patrol = camera.patrol?;
    Some(Plan {
        group: camera.group.as_deref().unwrap_or_default().into(),
        wish: Duration::from_secs_f64(camera.look_every_secs),
        priority: patrol.priority,
        looks: patrol.visit_looks,
        spacing: Duration::from_secs_f64(patrol.visit_spacing_secs),
        longest: Duration::from_secs_f64(patrol.visit_secs_max),
        pools: budgets.seats_of(config, camera),
    })
}

/// The book of the camera's visits; nothing where its session stays.
pub(crate) fn revisits(camera: &config::Camera, now: Wall) -> Option<Revisits> {
    camera.patrol?;
    let wish = Duration::from_secs_f64(camera.look_every_secs);
    Some(Revisits::new(camera.group.as_deref(), wish, now))
}

pub(crate) fn transport(asked: config::Transport) -> ingest::Transport {
    match asked {
        config::Transport::Auto => ingest::Transport::Auto,
        config::Transport::Tcp => ingest::Transport::Tcp,
        config::Transport::Udp => ingest::Transport::Udp,
    }
}

/// Bounds of the decision record.
pub(crate) fn decisions(config: &config::Config) -> curbwatch_case::DecisionOptions {
    curbwatch_case::DecisionOptions {
        days_max: config.store.decision_days_max,
        rows_per_camera_max: config.store.decisions_per_camera_max,
    }
}

/// The store with its sinks. `seed` is for the jitter of retries.
pub(crate) fn case_options(config: &config::Config, seed: u64) -> curbwatch_case::Options {
    use curbwatch_case::SinkOptions;
    let jsonl = config.sinks.jsonl.iter().map(|sink| SinkOptions::JsonLines {
        name: sink.name.clone(),
        path: sink.path.clone(),
    });
    let webhook = config.sinks.webhook.iter().map(|sink| SinkOptions::Webhook {
        name: sink.name.clone(),
        url: sink.url.clone(),
        token: sink.token.clone(),
        timeout: Duration::from_secs_f64(sink.timeout_secs),
    });
    let sinks = jsonl.chain(webhook).collect();
    curbwatch_case::Options {
        sinks,
        seed,
        ..curbwatch_case::Options::new(&config.store.directory)
    }
}
