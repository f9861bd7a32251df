//! `street`: pictures of the synthetic street.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Subcommand, ValueEnum};
use curbwatch_lab::Error;
use curbwatch_lab::street::clip::{ClipFile, ClipOptions, make_clip, make_script, write_footage};
use curbwatch_lab::street::picture::{draw_things, draw_zones, save};
use curbwatch_lab::street::set::{SetOptions, make_set};
use curbwatch_lab::street::sheet::make_sheet;
use curbwatch_lab::street::threads::Threads;
use curbwatch_lab::street::{Codec, mixture, wrong};
use curbwatch_street::{Film, Street};
use curbwatch_types::{Clock as _, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::print;

#[derive(Debug, Subcommand)]
pub(crate) enum StreetCommand {
    /// Make training pictures with exact labels: images/NNNNNN.jpg and labels.jsonl.
    Set(SetArguments),
    /// Render pictures of a scene file as PNG or JPEG.
    Render(RenderArguments),
    /// Render many streets small and side by side.
    Sheet(SheetArguments),
    /// Render and encode clips of scene files, with footage manifest, zones, events and truth beside them.
    Clip(ClipArguments),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RenderArguments {
    /// The scene file.
    scene: PathBuf,
    /// Seconds of the scene.
    #[arg(long, num_args = 1.., default_value = "0")]
    at: Vec<f32>,
    /// A file ending in .png or .jpg, or a folder for SCENE-SECONDS.png.
    #[arg(long)]
    out: PathBuf,
    /// Draw boxes around what is seen.
    #[arg(long)]
    boxes: bool,
    /// Draw the zones.
    #[arg(long)]
    zones: bool,
    /// Threads that render.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SheetArguments {
    /// Seeds, one street each; day, dusk, night, rain and infrared in turn.
    #[arg(long, num_args = 1.., default_values_t = 1..=24)]
    seeds: Vec<u64>,
    /// Which shapes, colours and cameras appear.
    #[arg(long, value_enum, default_value = "shown")]
    styles: Styles,
    /// A file ending in .png or .jpg.
    #[arg(long)]
    out: PathBuf,
    /// Threads that render.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ClipArguments {
    /// Scene files; a table `[clip]` says how each is filmed. Zone files, which this writes beside them, are skipped.
    #[arg(required = true)]
    scenes: Vec<PathBuf>,
    /// Folder for NAME.mp4, NAME.zones.toml, NAME.truth.jsonl, NAME.events.json and footage.jsonl.
    #[arg(long)]
    out: PathBuf,
    /// Instead of the codec that the file names.
    #[arg(long, value_enum)]
    codec: Option<ClipCodec>,
    /// Write only zones and events of clips that are there, without rendering them again.
    #[arg(long)]
    script_only: bool,
    /// The program that encodes.
    #[arg(long, default_value = "ffmpeg")]
    ffmpeg: PathBuf,
    /// Threads that render.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ClipCodec {
    H264,
    H265,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetArguments {
    /// How many pictures.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Decides every picture.
    #[arg(long)]
    seed: u64,
    /// Which shapes, colours and cameras appear: those to train on, or those to test with.
    #[arg(long, value_enum, default_value = "shown")]
    styles: Styles,
    /// Folder to write to; what it already holds of this set is kept.
    #[arg(long)]
    out: PathBuf,
    /// Pixels across.
    #[arg(long, default_value_t = 640, value_parser = clap::value_parser!(u32).range(64..=3840))]
    width: u32,
    /// Pixels down.
    #[arg(long, default_value_t = 360, value_parser = clap::value_parser!(u32).range(36..=2160))]
    height: u32,
    /// Scenes rendered at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Styles {
    Shown,
    Varied,
    HeldOut,
}

pub(crate) fn street(command: StreetCommand) -> Result<(), Error> {
    match command {
        StreetCommand::Set(arguments) => set(&arguments),
        StreetCommand::Render(arguments) => render(&arguments),
        StreetCommand::Sheet(arguments) => sheet(&arguments),
        StreetCommand::Clip(arguments) => clip(&arguments),
    }
}

fn render(arguments: &RenderArguments) -> Result<(), Error> {
    let clip = ClipFile::read(&arguments.scene)?;
    let into_folder = arguments.out.extension().is_none();
    if arguments.at.len() > 1 && !into_folder {
        return Err(Error::Options(
            "several seconds make several pictures: --out names a folder",
        ));
    }
    if into_folder {
        std::fs::create_dir_all(&arguments.out).map_err(|source| Error::File {
            path: arguments.out.clone(),
            source,
        })?;
    }
    let street = Street::build(&clip.scene).map_err(|problems| wrong(&clip.name, &problems))?;
    let mut film = Film::new(&street);
    let executor = Threads(arguments.threads as usize);
    let bar = bar(arguments.at.len() as u64, "pictures");
    let mut written = Vec::new();
    for at in &arguments.at {
        let before = cpu_secs();
        let mut frame = film.frame(*at, &executor);
        let cpu = cpu_secs() - before;
        if arguments.zones {
            draw_zones(&mut frame, &street.zones());
        }
        if arguments.boxes {
            draw_things(&mut frame);
        }
        let file = if into_folder {
            arguments.out.join(format!("{}-{at}.png", clip.name))
        } else {
            arguments.out.clone()
        };
        save(&file, &frame.rgb, frame.width, frame.height)?;
        written.push(json!({ "file": file, "at": at, "things": frame.truth.len(),
            "rendered_share": frame.rendered, "cpu_secs": (cpu * 100.0).round() / 100.0 }));
        bar.inc(1);
    }
    bar.abandon();
    print(&json!({ "pictures": written }))
}

fn sheet(arguments: &SheetArguments) -> Result<(), Error> {
    let stop = stop_on_signal()?;
    let bar = bar(arguments.seeds.len() as u64, "streets");
    let executor = Threads(arguments.threads as usize);
    let whole = make_sheet(
        &arguments.seeds,
        arguments.styles.into(),
        &arguments.out,
        &executor,
        &stop,
        &|| bar.inc(1),
    )?;
    bar.abandon();
    print(&json!({ "sheet": arguments.out, "pictures": arguments.seeds.len(), "stopped": !whole }))
}

fn clip(arguments: &ClipArguments) -> Result<(), Error> {
    let written = |path: &&PathBuf| path.to_string_lossy().ends_with(".zones.toml");
    let clips = arguments
        .scenes
        .iter()
        .filter(|path| !written(path))
        .map(|path| ClipFile::read(path))
        .collect::<Result<Vec<ClipFile>, Error>>()?;
    let options = ClipOptions {
        out: arguments.out.clone(),
        ffmpeg: arguments.ffmpeg.clone(),
        codec: arguments.codec.map(|codec| match codec {
            ClipCodec::H264 => Codec::H264,
            ClipCodec::H265 => Codec::H265,
        }),
    };
    if arguments.script_only {
        for clip in &clips {
            make_script(clip, &options)?;
        }
        return print(&json!({ "scripts": clips.len() }));
    }
    let stop = stop_on_signal()?;
    let executor = Threads(arguments.threads as usize);
    let bar = bar(clips.iter().map(|clip| clip.pictures() as u64).sum(), "pictures");
    let (mut made, mut stopped) = (Vec::new(), false);
    for clip in &clips {
        bar.set_message(clip.name.clone());
        let before = cpu_secs();
        let Some(done) = make_clip(clip, &options, &executor, &stop, &|| bar.inc(1))? else {
            stopped = true;
            break;
        };
        write_footage(&options.out, std::slice::from_ref(clip))?;
        made.push(
            json!({ "file": done.file, "pictures": done.pictures, "bytes": done.bytes,
            "cpu_secs": (cpu_secs() - before).round() }),
        );
    }
    bar.abandon();
    print(&json!({ "clips": made, "stopped": stopped }))
}

impl From<Styles> for mixture::Styles {
    fn from(styles: Styles) -> Self {
        match styles {
            Styles::Shown => Self::Shown,
            Styles::Varied => Self::Varied,
            Styles::HeldOut => Self::HeldOut,
        }
    }
}

fn set(arguments: &SetArguments) -> Result<(), Error> {
    let options = SetOptions {
        count: arguments.count,
        seed: arguments.seed,
        styles: arguments.styles.into(),
        out: arguments.out.clone(),
        size: (arguments.width as usize, arguments.height as usize),
        threads: arguments.threads as usize,
    };
    let stop = stop_on_signal()?;
    let bar = bar(arguments.count, "pictures");
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let done = make_set(&options, &stop, &|more| bar.inc(more))?;
    bar.abandon();
    let wall_secs = clock.monotonic().since(begun).as_secs_f64();
    let made = done.made.max(1) as f64;
    print(&json!({
        "set": done,
        "wall_secs": wall_secs.round(),
        "cpu_secs_per_picture": (cpu_secs() / made * 100.0).round() / 100.0,
        "pictures_per_hour": (done.made as f64 / wall_secs.max(1e-3) * 3600.0).round(),
    }))
}

/// Processor time of this process so far, in seconds.
fn cpu_secs() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 * 1e-9
}

/// Set by Ctrl-C and SIGTERM; a second one ends the program at once.
fn stop_on_signal() -> Result<Arc<AtomicBool>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|source| Error::System {
                what: "handle signals",
                source,
            })?;
    }
    Ok(stop)
}

/// A bar on standard error; silent where that is no terminal.
fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
