//! CPU milliseconds of a look's two steps here, `prepare` and `run`, by model and picture size.
//!
//! `cargo bench -p curbwatch-infer`. Prints machine and settings; fails on no absolute time. CPU time
//! is the thread's own (what a look costs), not the wall's, so a busy machine disturbs it less. Real
//! models run when `CURBWATCH_ASSETS` is set, on a real picture scaled to each size.
#![expect(clippy::print_stdout, reason = "a command that prints")]

#[path = "../crates/infer/tests/support/mod.rs"]
mod support;

use curbwatch_infer::{Detector, DetectorOptions, Model, load_runtime};
use curbwatch_types::Picture;

const ROUNDS: usize = 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = load_runtime(None)?;
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name")?.split_once(": "))
        .map_or("?", |(_, name)| name);
    println!(
        "machine: {cpu}; ONNX Runtime {}; one intra-op thread; {ROUNDS} rounds, median",
        runtime.version()
    );
    println!(
        "{:<24} {:>10} {:>8} {:>10} {:>8} {:>6}",
        "model", "picture", "tensor", "prepare ms", "run ms", "boxes"
    );

    let sizes = [(352, 288), (640, 360), (1280, 720), (1920, 1080)];
    let blob = support::model("fixtures/models/blob.toml")?;
    // One box, then twenty: the difference is what decoding and describing nineteen boxes costs.
    measure(
        &blob,
        &|size| Ok(support::painted(size.0, size.1, &rows(size, 1))),
        &sizes[1..3],
    )?;
    measure(
        &blob,
        &|size| Ok(support::painted(size.0, size.1, &rows(size, 20))),
        &sizes[1..3],
    )?;
    for name in ["street", "street-int8", "street-640", "street-int8-640"] {
        let model = support::model(&format!("models/{name}.toml"))?;
        let empty = |(w, h): (usize, usize)| Ok(support::painted(w, h, &[]));
        measure(&model, &empty, &sizes)?;
    }
    let Some(assets) = support::assets("the real models are not measured") else {
        return Ok(());
    };
    let clip = assets.join("videos/patrol/04254/12_1489062436943.mp4");
    for name in ["nanodet-plus", "nanodet-plus-640", "yolox-nano", "nanodet-m"] {
        let model = support::model(&format!("models/{name}.toml"))?;
        measure(&model, &|size| support::picture_at(&clip, Some(size)), &sizes)?;
    }
    Ok(())
}

/// `count` red boxes in rows of five.
fn rows((w, h): (usize, usize), count: usize) -> Vec<([usize; 4], [u8; 3])> {
    let place = |i: usize| [(i % 5) * w / 5 + w / 40, (i / 5) * h / 4 + h / 20, w / 8, h / 6];
    (0..count).map(|i| (place(i), support::RED)).collect()
}

type Pictures<'a> = &'a dyn Fn((usize, usize)) -> Result<Picture, String>;

fn measure(
    model: &Model,
    pictures: Pictures<'_>,
    sizes: &[(usize, usize)],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut detector = Detector::new(model, &DetectorOptions::default())?;
    for &size in sizes {
        let picture = pictures(size)?;
        let (mut prepare, mut run, mut boxes) = (Vec::new(), Vec::new(), 0);
        detector.detect(&picture)?;
        for _ in 0..ROUNDS {
            let start = thread_cpu_ms();
            detector.prepare(&picture)?;
            let prepared = thread_cpu_ms();
            boxes = detector.run()?.len();
            prepare.push(prepared - start);
            run.push(thread_cpu_ms() - prepared);
        }
        let (w, h) = model.manifest().input.fit.size_for(size.0, size.1);
        println!(
            "{:<24} {:>10} {:>8} {:>10.2} {:>8.2} {:>6}",
            model.manifest().name,
            format!("{}x{}", size.0, size.1),
            format!("{w}x{h}"),
            median(&mut prepare),
            median(&mut run),
            boxes
        );
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU time of this thread in milliseconds.
fn thread_cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
