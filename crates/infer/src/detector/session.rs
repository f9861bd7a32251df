//! The session itself: made, checked against the manifest, bound to preallocated tensors, run.
//!
//! For: everything that speaks `ort`. Not for: what the numbers mean (`layout`).

use ort::ep;
use ort::memory::Allocator;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{IoBinding, Session};
use ort::value::{Tensor, TensorElementType, ValueType};

use super::{DetectorOptions, Provider};
use crate::layout::{self, Expected};
use crate::{Error, Fit, Manifest, Model, Runtime};

/// A session whose inputs and outputs have the names and types its manifest promises.
pub(super) struct Network {
    session: Session,
    /// Names of the outputs, in the layout's order.
    outputs: Vec<String>,
}

/// Tensors of one size, bound to the session.
pub(super) struct Bound {
    input: Tensor<f32>,
    binding: IoBinding,
}

impl Bound {
    /// The input tensor, 3 x height x width.
    pub(super) fn input_mut(&mut self) -> &mut [f32] {
        self.input.extract_tensor_mut().1
    }
}

impl Network {
    /// Makes the session; the second value names the provider really in use.
    pub(super) fn new(
        runtime: &Runtime,
        model: &Model,
        options: &DetectorOptions,
    ) -> Result<(Self, String), Error> {
        let (session, provider) = open(runtime, model, options)?;
        let outputs = check_names(model, &session)?;
        Ok((Self { session, outputs }, provider))
    }

    /// Runs the session once on zeros and compares what comes out with what the layout says.
    pub(super) fn check(&mut self, model: &Model, size: (usize, usize)) -> Result<(), Error> {
        let failed = |e: ort::Error| Error::Run {
            model: model.id().to_string(),
            cause: e.to_string(),
        };
        let wrong = |what: String| Err(model.wrong_output(what));
        let manifest = model.manifest();
        let zeros = Tensor::from_array(([1, 3, size.1, size.0], vec![0.0_f32; 3 * size.0 * size.1]));
        let inputs = ort::inputs![manifest.input.name.as_str() => zeros.map_err(failed)?];
        let found = self.session.run(inputs).map_err(failed)?;
        for (expected, name) in layout::expected(manifest, size).iter().zip(&self.outputs) {
            let Some(value) = found.get(name) else {
                return wrong(format!("output `{name}` does not come"));
            };
            let Ok((shape, _)) = value.try_extract_tensor::<f32>() else {
                return wrong(format!("output `{name}` is no tensor of f32"));
            };
            let same = shape.len() == 3 && shape.iter().zip(expected.shape).all(|(a, b)| *a == b as i64);
            if !same {
                return wrong(mismatch(manifest, size, name, expected, shape));
            }
        }
        Ok(())
    }

    /// Allocates and binds tensors for an input of this size.
    pub(super) fn bind(&self, model: &Model, size: (usize, usize)) -> Result<Bound, Error> {
        let failed = |e: ort::Error| Error::Run {
            model: model.id().to_string(),
            cause: e.to_string(),
        };
        let allocator = Allocator::default();
        let input = Tensor::<f32>::new(&allocator, [1, 3, size.1, size.0]).map_err(failed)?;
        let mut binding = self.session.create_binding().map_err(failed)?;
        for (expected, name) in layout::expected(model.manifest(), size).iter().zip(&self.outputs) {
            let output = Tensor::<f32>::new(&allocator, expected.shape).map_err(failed)?;
            binding.bind_output(name.as_str(), output).map_err(failed)?;
        }
        Ok(Bound { input, binding })
    }

    /// Runs the session on the bound input and hands the outputs, in the layout's order, to `read`.
    pub(super) fn run(
        &mut self,
        model: &Model,
        bound: &mut Bound,
        read: impl FnOnce(&[&[f32]]),
    ) -> Result<(), Error> {
        let failed = |e: ort::Error| Error::Run {
            model: model.id().to_string(),
            cause: e.to_string(),
        };
        // Bound anew each time: on a GPU this is what copies the input over.
        bound
            .binding
            .bind_input(model.manifest().input.name.as_str(), &bound.input)
            .map_err(failed)?;
        let outputs = self.session.run_binding(&bound.binding).map_err(failed)?;
        let mut views = Vec::with_capacity(self.outputs.len());
        for name in &self.outputs {
            let value = outputs
                .get(name)
                .ok_or_else(|| model.wrong_output(format!("output `{name}` does not come")))?;
            views.push(value.try_extract_tensor::<f32>().map_err(failed)?.1);
        }
        read(&views);
        Ok(())
    }
}

/// Opens the session with the provider asked for. `ort` would fall back to the CPU without a word;
/// here a provider that cannot be registered is an error, and one that leaves nodes to the CPU is named so.
fn open(runtime: &Runtime, model: &Model, options: &DetectorOptions) -> Result<(Session, String), Error> {
    let refused = |cause: String| Error::Session {
        file: model.file().to_path_buf(),
        cause,
    };
    let builder = |whole: bool| -> Result<SessionBuilder, ort::Error> {
        let builder = Session::builder(runtime.environment())?
            .with_log_level(ort::logging::LogLevel::Error)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .with_intra_threads(options.intra_threads.max(1))?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            .with_deterministic_compute(true)?;
        if whole {
            Ok(builder.with_disable_cpu_fallback()?)
        } else {
            Ok(builder)
        }
    };
    let (name, remedy, dispatch) = match options.provider {
        Provider::Cpu => {
            let mut builder = builder(false).map_err(|e| refused(e.to_string()))?;
            let session = builder
                .commit_from_memory(model.weights())
                .map_err(|e| refused(e.to_string()))?;
            return Ok((session, "cpu".to_owned()));
        }
        Provider::Cuda => (
            "cuda",
            "PyPI wheel onnxruntime-gpu, with CUDA and cuDNN",
            ep::CUDA::default().build(),
        ),
        Provider::TensorRt => (
            "tensorrt",
            "PyPI wheel onnxruntime-gpu, with TensorRT",
            ep::TensorRT::default().build(),
        ),
        Provider::OpenVino => (
            "openvino",
            "PyPI wheel onnxruntime-openvino",
            ep::OpenVINO::default().build(),
        ),
    };
    let missing = |e: ort::Error| Error::ProviderMissing {
        provider: name,
        cause: e.to_string(),
        remedy,
    };
    let dispatch = dispatch.error_on_failure();
    // The strict attempt fails when a single node stays on the CPU, which is how one learns it.
    let with_provider = |whole: bool| -> Result<SessionBuilder, Error> {
        let builder = builder(whole).map_err(|e| refused(e.to_string()))?;
        builder
            .with_execution_providers([dispatch.clone()])
            .map_err(|e| missing(e.into()))
    };
    if let Ok(session) = with_provider(true)?.commit_from_memory(model.weights()) {
        return Ok((session, name.to_owned()));
    }
    let session = with_provider(false)?
        .commit_from_memory(model.weights())
        .map_err(missing)?;
    Ok((session, format!("{name}+cpu")))
}

/// Checks names, types and declared shapes; gives the names of the outputs in the layout's order.
fn check_names(model: &Model, session: &Session) -> Result<Vec<String>, Error> {
    let manifest = model.manifest();
    let input_wrong = |what: String| Err(model.wrong_input(what));
    let output_wrong = |what: String| Err(model.wrong_output(what));

    let names = |outlets: &[ort::value::Outlet]| {
        outlets
            .iter()
            .map(|o| format!("`{}`", o.name()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let wanted = &manifest.input.name;
    let [input] = session.inputs() else {
        return input_wrong(format!(
            "the network has inputs {}, it should have one",
            names(session.inputs())
        ));
    };
    if input.name() != wanted {
        return input_wrong(format!(
            "the network's input is `{}`, not `{wanted}`",
            input.name()
        ));
    }
    let ValueType::Tensor {
        ty: TensorElementType::Float32,
        shape,
        ..
    } = input.dtype()
    else {
        return input_wrong(format!(
            "input `{wanted}` is {}, should be a tensor of f32",
            input.dtype()
        ));
    };
    if let Some(what) = input_shape_problem(manifest, shape) {
        return input_wrong(what);
    }

    let size = manifest.input.fit.size_for(1920, 1080);
    let expected = layout::expected(manifest, size);
    if session.outputs().len() < expected.len() {
        return output_wrong(format!(
            "the network has outputs {}, layout {:?} needs {}",
            names(session.outputs()),
            manifest.output.layout,
            expected.len()
        ));
    }
    let mut found = Vec::new();
    for (i, expected) in expected.iter().enumerate() {
        let outlet = match &expected.name {
            None => &session.outputs()[i],
            Some(name) => {
                let Some(outlet) = session.outputs().iter().find(|o| o.name() == name) else {
                    let there = names(session.outputs());
                    return output_wrong(format!("the network has no output `{name}`, it has {there}"));
                };
                outlet
            }
        };
        let ValueType::Tensor {
            ty: TensorElementType::Float32,
            shape,
            ..
        } = outlet.dtype()
        else {
            let (name, kind) = (outlet.name(), outlet.dtype());
            return output_wrong(format!("output `{name}` is {kind}, should be a tensor of f32"));
        };
        let fits = shape.len() == 3
            && shape
                .iter()
                .zip(expected.shape)
                .all(|(have, want)| *have < 0 || *have == want as i64);
        if !fits {
            return output_wrong(mismatch(manifest, size, outlet.name(), expected, shape));
        }
        found.push(outlet.name().to_owned());
    }
    Ok(found)
}

/// Declared dimensions: below zero means any.
fn input_shape_problem(manifest: &Manifest, shape: &[i64]) -> Option<String> {
    let name = &manifest.input.name;
    let admits = |dim: i64, want: usize| dim < 0 || dim == want as i64;
    let is = dims(shape);
    let [batch, channels, height, width] = *shape else {
        return Some(format!(
            "input `{name}` is {is}, should be 1 x 3 x height x width"
        ));
    };
    if !admits(batch, 1) || !admits(channels, 3) {
        return Some(format!(
            "input `{name}` is {is}, should be 1 x 3 x height x width"
        ));
    }
    match manifest.input.fit {
        Fit::Fixed { width: w, height: h } if !admits(height, h) || !admits(width, w) => Some(format!(
            "input `{name}` is {is}, the manifest says width {w} and height {h}"
        )),
        Fit::Aspect { .. } if height >= 0 || width >= 0 => Some(format!(
            "input `{name}` is {is}, fit = \"aspect\" needs a network that takes any size"
        )),
        _ => None,
    }
}

fn mismatch(
    manifest: &Manifest,
    size: (usize, usize),
    name: &str,
    expected: &Expected,
    found: &[i64],
) -> String {
    format!(
        "output `{name}` is {}; layout {:?} with {} classes, strides {:?} and {} bins at {}x{} makes it {}",
        dims(found),
        manifest.output.layout,
        manifest.classes.len(),
        manifest.output.strides,
        manifest.output.bins,
        size.0,
        size.1,
        dims(&expected.shape.map(|d| d as i64)),
    )
}

fn dims(shape: &[i64]) -> String {
    shape
        .iter()
        .map(|d| if *d < 0 { "?".to_owned() } else { d.to_string() })
        .collect::<Vec<_>>()
        .join(" x ")
}
