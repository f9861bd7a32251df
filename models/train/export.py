"""Writes a trained state as ONNX in FP32 and INT8: `python export.py --state WORK/street.pt --assets DIR --work DIR --out DIR`.

INT8 is QDQ: U8 activations, S8 weights per channel, calibrated on real and rendered pictures and then tuned to answer as FP32 does
(`tune.py`). The first four convolutions stay in float (much of the damage is there, and three input channels do not fill the integer
kernels), so do the layers that predict (their one scale would have to serve scores and distances). `--keep` names others, by the figures
of `--sensitivity`; a layer between two quantised ones cannot be kept: ONNX Runtime quantises it when it loads the file, per tensor.
"""

import argparse
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import calibrate
import gather
import net
import tune
from classes import CLASSES
from data import fitted

INPUT, OUTPUT = "images", "output"


def float_model(network, path):
    """FP32, dynamic batch, height and width (multiples of 32)."""
    network.eval()
    network.soften(1.0)
    axes = {INPUT: {0: "batch", 2: "height", 3: "width"}, OUTPUT: {0: "batch", 1: "anchors"}}
    torch.onnx.export(
        net.Exported(network), (torch.rand(1, 3, 256, 416),), str(path), input_names=[INPUT], output_names=[OUTPUT],
        opset_version=17, dynamo=False, dynamic_axes=axes,
    )  # fmt: skip
    quant_pre_process(str(path), str(path), skip_symbolic_shape=True)


class Pictures(CalibrationDataReader):
    def __init__(self, records, count, seed):
        rng = np.random.default_rng(seed)
        chosen = [records[i] for i in rng.choice(len(records), min(count, len(records)), replace=False)]
        self.rest = iter([{INPUT: tensor(r.image, 416, 256)} for r in chosen])

    def get_next(self):
        return next(self.rest, None)


def tensor(image, width, height):
    return fitted(image, width, height)[0].transpose(2, 0, 1)[None].astype(np.float32) / 255.0


def layers(path):
    """Names of the convolutions, first to last, each with the activation behind it."""
    graph = onnx.load(str(path)).graph
    takers = {name: node for node in graph.node for name in node.input}
    out = []
    for node in graph.node:
        if node.op_type == "Conv":
            after = takers.get(node.output[0])
            out.append([node.name] + ([after.name] if after is not None and after.op_type == "Relu" else []))
    return out


def predictions(path):
    """Names of the layers that predict and of all that comes after them: scores and distances have no scale in common."""
    graph = onnx.load(str(path)).graph
    plain = {row[0] for row in layers(path) if len(row) == 1}
    reached, out = set(), []
    for node in graph.node:
        if node.name in plain or reached & set(node.input):
            reached |= set(node.output)
            out.append(node.name)
    return out


def quantised(source, path, records, keep, count=48, seed=1, method=CalibrationMethod.Percentile):
    """INT8 of `source`; `keep` are indices of convolutions that stay in float, beside those that predict."""
    all_layers = layers(source)
    excluded = [name for i in keep for name in all_layers[i]] + predictions(source)
    quantize_static(
        str(source), str(path), Pictures(records, count, seed), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=excluded, calibrate_method=method,
    )  # fmt: skip


def session(path, threads=1):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def of_onnx(path, threads=1):
    """An ONNX file as a function for `score.detect`."""
    s = session(path, threads)
    return lambda x: s.run(None, {INPUT: x})[0]


def sensitivity(source, records, count=16):
    """Mean squared error of the scores when one convolution alone is quantised, worst first."""
    whole = of_onnx(source)
    rng = np.random.default_rng(2)
    probes = [tensor(records[i].image, 416, 256) for i in rng.choice(len(records), count, replace=False)]
    wanted = [whole(x)[..., : len(CLASSES)] for x in probes]
    names = layers(source)
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for one in range(len(names)):
            path = pathlib.Path(folder) / "one.onnx"
            quantised(source, path, records, [i for i in range(len(names)) if i != one], count=8)
            run = of_onnx(path)
            error = np.mean([np.square(run(x)[..., : len(CLASSES)] - w).sum() for x, w in zip(probes, wanted)])
            out.append((float(error), one, names[one][0]))
    return sorted(out, reverse=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--state", type=pathlib.Path, required=True)
    p.add_argument("--assets", type=pathlib.Path, required=True)
    p.add_argument("--renders", type=pathlib.Path, nargs="*", default=[])
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--keep", type=int, nargs="*", default=[0, 1, 2, 3], help="convolutions that stay in float, by index")
    p.add_argument("--calibrate", type=int, default=300, help="real frames by which scores are put on the teacher's scale; 0: as learned")
    p.add_argument("--tune", type=int, default=2000, help="pictures on which INT8 is tuned to answer as FP32; 0: as calibrated")
    p.add_argument("--mix", default="photo=4,frame=3,render=3", help="shares of the sources in tuning")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--sensitivity", action="store_true", help="print which layers suffer, quantised alone, and stop")
    a = p.parse_args()
    network = net.Street(len(CLASSES))
    network.load_state_dict(torch.load(a.state, weights_only=False)["averaged"])
    a.out.mkdir(parents=True, exist_ok=True)
    source = a.out / "street.onnx"
    float_model(network, source)
    records = [r for r in gather.real(a.assets, a.work) if not r.held_out]
    if a.calibrate:
        frames = [r for r in records if r.source == "frame"]
        chosen = np.random.default_rng(a.seed).permutation(len(frames))[: a.calibrate]
        teacher = gather.Teacher(a.assets / "models" / "nanodet_plus_m.onnx", threads=a.threads)
        lacking = calibrate.lacking(of_onnx(source, a.threads), [frames[i] for i in chosen], teacher)
        print("added to the scores' logits:", {name: round(by, 3) for name, by in lacking.items()})
        calibrate.shift(network, lacking)
        float_model(network, source)
    rendered = [r for folder in a.renders for r in gather.renders(folder, held_out=False)]
    probes = records + rendered[:400]
    if a.sensitivity:
        for error, index, name in sensitivity(source, probes)[:12]:
            print(f"{index:3d} {error:9.4f} {name}")
        return
    quantised(source, a.out / "street-int8.onnx", probes, a.keep, seed=a.seed)
    if a.tune:
        torch.manual_seed(a.seed)
        torch.set_num_threads(a.threads)
        mix = {k: float(v) for k, v in (part.split("=") for part in a.mix.split(","))}
        tune.tune(source, a.out / "street-int8.onnx", records + rendered, mix, a.tune, seed=a.seed)


if __name__ == "__main__":
    main()
