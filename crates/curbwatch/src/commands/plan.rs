//! `plan`: how many machines a district needs, and what runs out first.
//!
//! Arithmetic over measured costs ([`costs`]); it connects to nothing and reads no configuration.

mod costs;

use std::num::NonZeroUsize;

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use costs::{Codec, Model, Size};

/// How far a machine is filled: looks come unevenly, and somebody wants to log in.
const FILLED: f64 = 0.7;

const MB_PER_GIB: f64 = 1_073.741_824;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many cameras.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cameras: u32,
    /// Seconds from one look at a camera to the next.
    #[arg(long, value_name = "SECONDS", value_parser = |text: &str| number(text, 0.2, 86_400.0))]
    look_every: f64,
    /// The picture of the stream that is looked at; most cameras have a small second stream.
    #[arg(long, value_enum, default_value_t = Size::P360)]
    picture: Size,
    /// How it is coded.
    #[arg(long, value_enum, default_value_t = Codec::H264)]
    codec: Codec,
    /// The detector: a manifest under `models/`.
    #[arg(long, value_enum, default_value_t = Model::Street)]
    model: Model,
    /// Kilobytes of a keyframe; `curbwatch probe` shows what a camera sends. Default: usual for picture and codec.
    #[arg(long, value_name = "KB", value_parser = |text: &str| number(text, 1.0, 16_384.0))]
    keyframe_kb: Option<f64>,
    /// Megabits a second of one camera. Default: usual for picture and codec.
    #[arg(long, value_name = "MBPS", value_parser = |text: &str| number(text, 0.01, 64.0))]
    mbps: Option<f64>,
    /// CPU milliseconds of a look where you have measured them: `cpu_ms_per_look` less `receive_and_rest_ms` of
    /// `curbwatch-lab bench district`.
    #[arg(long, value_name = "MS", value_parser = |text: &str| number(text, 0.1, 10_000.0))]
    cpu_ms_per_look: Option<f64>,
    /// Cores of one machine. Default: those of this one.
    #[arg(long)]
    cores: Option<NonZeroUsize>,
    /// Gigabits a second that one machine can receive.
    #[arg(long, default_value_t = 1.0, value_parser = |text: &str| number(text, 0.01, 1_000.0))]
    network_gbps: f64,
    /// Memory of one machine in GiB.
    #[arg(long, default_value_t = 16.0, value_parser = |text: &str| number(text, 0.5, 65_536.0))]
    memory_gib: f64,
    /// Cases of a camera in a day, all classes together. The district that the default comes from filed .15.
    #[arg(long, default_value_t = 0.2, value_parser = |text: &str| number(text, 0.0, 10_000.0))]
    cases_per_camera_day: f64,
    /// Days for which evidence is kept.
    #[arg(long, default_value_t = 365.0, value_parser = |text: &str| number(text, 0.0, 36_500.0))]
    days: f64,
    /// One JSON object on standard output, nothing else.
    #[arg(long)]
    json: bool,
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("give a number from {least} to {most}")),
    }
}

pub(crate) fn plan(arguments: &Arguments) -> Result<(), Failure> {
    let plan = Plan::of(arguments)?;
    if arguments.json {
        println!("{}", plan.as_json());
    } else {
        plan.print(arguments);
    }
    Ok(())
}

/// What a machine runs out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bottleneck {
    Processor,
    Network,
    Memory,
}

impl Bottleneck {
    fn name(self) -> &'static str {
        match self {
            Self::Processor => "processor",
            Self::Network => "network",
            Self::Memory => "memory",
        }
    }
}

/// What the cameras take, and how many machines have that.
#[derive(Debug)]
struct Plan {
    looks_per_second: f64,
    cpu_ms_per_look: f64,
    cores_looking: f64,
    cores_receiving: f64,
    gbps: f64,
    memory_gib: f64,
    disk_gb: f64,
    cores_per_machine: usize,
    machines: f64,
    bottleneck: Bottleneck,
}

impl Plan {
    /// # Errors
    ///
    /// One camera alone is more than a machine has.
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let Arguments { picture, codec, .. } = *arguments;
        let cameras = f64::from(arguments.cameras);
        let keyframe_kb = arguments
            .keyframe_kb
            .unwrap_or_else(|| costs::keyframe_kb(picture, codec));
        let mbps = arguments.mbps.unwrap_or_else(|| costs::mbps(picture, codec));
        let cpu_ms_per_look = arguments
            .cpu_ms_per_look
            .unwrap_or_else(|| costs::ms_per_look(codec, keyframe_kb, arguments.model));
        let cores_per_machine = match arguments.cores {
            Some(cores) => cores.get(),
            None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        let looks_per_second = cameras / arguments.look_every;
        let cores_looking = looks_per_second * cpu_ms_per_look / 1e3;
        let cores_receiving = cameras * costs::RECEIVE_MS_PER_CAMERA_SECOND / 1e3;
        let gbps = cameras * mbps / 1e3;
        let cameras_gib = cameras * costs::memory_mb_per_camera(keyframe_kb) / MB_PER_GIB;
        let process_gib = costs::MEMORY_MB / MB_PER_GIB;

        let memory_for_cameras = FILLED * arguments.memory_gib - process_gib;
        if memory_for_cameras <= cameras_gib / cameras {
            return Err(Failure::Wrong(format!(
                "--memory-gib {}: too little for one camera; the program alone takes {process_gib:.1} GiB of the {:.0} % \
                 that are filled",
                arguments.memory_gib,
                100.0 * FILLED
            )));
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of cores")]
        let cores = cores_per_machine as f64;
        let filled = [
            (
                Bottleneck::Processor,
                (cores_looking + cores_receiving) / (FILLED * cores),
            ),
            (Bottleneck::Network, gbps / (FILLED * arguments.network_gbps)),
            (Bottleneck::Memory, cameras_gib / memory_for_cameras),
        ];
        let (bottleneck, share) = filled
            .into_iter()
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .unwrap_or((Bottleneck::Processor, 0.0));
        let machines = share.ceil().max(1.0);
        if machines > cameras {
            return Err(Failure::Wrong(format!(
                "one camera alone is more than the {} of a machine as described; give it more, or look more rarely",
                bottleneck.name()
            )));
        }
        let cases = cameras * arguments.cases_per_camera_day * arguments.days;
        Ok(Self {
            looks_per_second,
            cpu_ms_per_look,
            cores_looking,
            cores_receiving,
            gbps,
            memory_gib: cameras_gib + machines * process_gib,
            disk_gb: cases * costs::evidence_kb(keyframe_kb) / 1e6,
            cores_per_machine,
            machines,
            bottleneck,
        })
    }

    fn as_json(&self) -> Value {
        json!({
            "machines": self.machines,
            "bottleneck": self.bottleneck.name(),
            "cores": self.cores_looking + self.cores_receiving,
            "cores_looking": self.cores_looking,
            "cores_receiving": self.cores_receiving,
            "cores_per_machine": self.cores_per_machine,
            "gbps": self.gbps,
            "memory_gib": self.memory_gib,
            "disk_gb": self.disk_gb,
            "looks_per_second": self.looks_per_second,
            "cpu_ms_per_look": self.cpu_ms_per_look,
            "filled": FILLED,
            "costs": costs::SOURCE,
        })
    }

    fn print(&self, arguments: &Arguments) {
        let cores = self.cores_looking + self.cores_receiving;
        println!(
            "{} cameras, {} {}, a look every {} s, {}",
            arguments.cameras,
            arguments.picture.name(),
            arguments.codec.name(),
            arguments.look_every,
            arguments.model.name(),
        );
        println!(
            "  looks       {:.1} a second, {:.1} ms of one core each",
            self.looks_per_second, self.cpu_ms_per_look
        );
        println!(
            "  processor   {cores:.1} cores: looking {:.1}, receiving {:.1}",
            self.cores_looking, self.cores_receiving
        );
        println!("  network     {:.2} Gb/s", self.gbps);
        println!(
            "  memory      {:.1} GiB where every street is busy",
            self.memory_gib
        );
        println!(
            "  disk        {:.0} GB of evidence, {} days of {} cases a camera and day",
            self.disk_gb, arguments.days, arguments.cases_per_camera_day
        );
        println!(
            "  machines    {} of {} cores, {} Gb/s and {} GiB, filled to {:.0} %",
            self.machines,
            self.cores_per_machine,
            arguments.network_gbps,
            arguments.memory_gib,
            100.0 * FILLED
        );
        println!("  bottleneck  {}", self.bottleneck.name());
        if self.machines > 1.0 {
            println!(
                "Several machines share the cameras: each runs a program of its own, with its own list and store."
            );
        }
        println!("Reckoned from costs on {}.", costs::SOURCE);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn planned(line: &str) -> Result<Plan, String> {
        let words = std::iter::once("plan").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|cause| cause.to_string())?;
        Plan::of(&line.arguments).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_district_on_small_streams_fits_into_one_machine_and_its_network_fills_first() {
        let plan = planned("--cameras 1160 --look-every 10 --cores 8 --network-gbps 2").expect("reckoned");
        assert_eq!(plan.machines, 1.0);
        assert_eq!(plan.bottleneck, Bottleneck::Network);
        assert!((plan.looks_per_second - 116.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_short_is_the_bottleneck_and_sets_the_number_of_machines() {
        for (line, bottleneck) in [
            (
                "--cameras 1160 --look-every 1 --cores 2 --network-gbps 100 --memory-gib 1000",
                Bottleneck::Processor,
            ),
            (
                "--cameras 1160 --look-every 60 --cores 64 --picture 1080p --memory-gib 1000",
                Bottleneck::Network,
            ),
            (
                "--cameras 1160 --look-every 60 --cores 64 --network-gbps 100 --memory-gib 2",
                Bottleneck::Memory,
            ),
        ] {
            let plan = planned(line).expect(line);
            assert_eq!(plan.bottleneck, bottleneck, "{line}");
            assert!(plan.machines > 1.0, "{line}: {plan:?}");
        }
    }

    #[test]
    fn looking_twice_as_often_costs_twice_the_looks_and_no_more_receiving() {
        let rare = planned("--cameras 200 --look-every 10 --cores 4").expect("reckoned");
        let often = planned("--cameras 200 --look-every 5 --cores 4").expect("reckoned");
        assert!((often.cores_looking / rare.cores_looking - 2.0).abs() < 1e-9);
        assert!((often.cores_receiving - rare.cores_receiving).abs() < 1e-9);
    }

    /// The rows of `docs/measurements.md`, "Cost of a look": CPU ms a look with receiving, every 5 s, NanoDet-Plus.
    #[test]
    fn what_was_measured_comes_out_again() {
        for (line, measured) in [
            ("--picture 360p", 15.1),
            ("--picture 720p", 21.2),
            ("--picture 1080p", 29.9),
            ("--picture 1080p --codec h265", 32.3),
        ] {
            let line = format!("--cameras 20 --look-every 5 --cores 2 --model nanodet-plus {line}");
            let plan = planned(&line).expect("reckoned");
            let ms = 1e3 * (plan.cores_looking + plan.cores_receiving) / plan.looks_per_second;
            assert!(
                (ms / measured - 1.0).abs() < 0.1,
                "{line}: {ms:.1} ms for {measured}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_name() {
        for (line, named) in [
            ("--cameras 0 --look-every 5", "--cameras"),
            ("--cameras 5 --look-every 0", "--look-every"),
            ("--cameras 5 --look-every soon", "0.2 to 86400"),
            ("--cameras 5 --look-every 5 --cores 0", "--cores"),
            (
                "--cameras 5 --look-every 5 --memory-gib 0.5 --keyframe-kb 9000",
                "--memory-gib",
            ),
            (
                "--cameras 5 --look-every 0.2 --cores 1 --cpu-ms-per-look 9000",
                "processor",
            ),
        ] {
            let refused = planned(line).expect_err(line);
            assert!(refused.contains(named), "{line}: {refused}");
        }
    }
}
