"""Tunes a quantised model to answer as its FP32 original does: `tune(source, path, records, ...)`, called by `export.py`.

The graph that is tuned is the QDQ file itself, node by node in PyTorch: weights and activations are rounded where ONNX Runtime rounds
them, gradients go straight through, and what was learned (weights, biases, scales) is written back into the same nodes. The only
teacher is the FP32 file, so no labels are needed. All activations that are quantised stand behind a ReLU: their zero point is 0.
"""

import time

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.functional import conv2d, interpolate, max_pool2d

from classes import CLASSES
from data import Pictures, collate

RATE, RATE_SCALES = 1e-4, 1e-3
WEIGHT_SIDES = 0.5


class Rounded(torch.autograd.Function):
    """`round(x / scale)` within bounds, times scale. Straight-through for x, and for the scale as in LSQ (Esser et al. 2020)."""

    @staticmethod
    def forward(ctx, x, scale, low, high):
        v = x / scale
        q = v.round().clamp_(low, high)
        inside = (v >= low) & (v <= high)
        ctx.save_for_backward(torch.where(inside, q - v, q), inside, scale)
        return q * scale

    @staticmethod
    def backward(ctx, g):
        slope, inside, scale = ctx.saved_tensors
        along = (g * slope).sum() if scale.dim() == 0 else (g * slope).sum(tuple(range(1, g.dim()))).view(scale.shape)
        return g * inside, along, None, None


class Graph(nn.Module):
    """A QDQ graph as a module. Parameters are keyed by the initializers that hold them."""

    def __init__(self, model, source):
        super().__init__()
        self.nodes = list(model.graph.node)
        self.output = model.graph.output[0].name
        self.held = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        exact = {i.name: numpy_helper.to_array(i) for i in source.graph.initializer}
        self.learned = nn.ParameterDict()
        self.scales = nn.ParameterDict()
        self.weights, self.biases = {}, {}
        for node in self.nodes:
            if node.op_type == "DequantizeLinear" and node.input[0] in self.held:
                name = node.input[0].removesuffix("_quantized")
                self.learned[key(name)] = nn.Parameter(torch.tensor(exact[name]))
                if self.held[node.input[0]].dtype == np.int8:
                    self.weights[node.output[0]] = (name, node.input[1])
                    self.scales[key(node.input[1])] = nn.Parameter(best_scale(exact[name]).log())
                else:
                    self.biases[node.output[0]] = name
            elif node.op_type == "QuantizeLinear":
                if self.held[node.input[2]] != 0 or self.held[node.input[2]].dtype != np.uint8:
                    raise SystemExit(f"{node.name}: only U8 with zero point 0 can be tuned")
                self.scales[key(node.input[1])] = nn.Parameter(torch.tensor(np.log(self.held[node.input[1]]), dtype=torch.float32))
            elif node.op_type == "Conv":
                for name in node.input[1:]:
                    if name in self.held:
                        self.learned[key(name)] = nn.Parameter(torch.tensor(exact[name]))

    def forward(self, x):
        """N x A x (classes + 4 * BINS) as the file gives it: scores through the sigmoid."""
        got = {"images": x}
        for node in self.nodes:
            got[node.output[0]] = self.run(node, got)
        return got[self.output]

    def run(self, node, got):
        a = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        kind, first = node.op_type, node.input[0]
        if kind == "DequantizeLinear":
            if node.output[0] in self.weights:
                name, scale = self.weights[node.output[0]]
                w = self.learned[key(name)]
                return Rounded.apply(w, self.scales[key(scale)].exp().view(-1, *[1] * (w.dim() - 1)), -127, 127)
            return self.learned[key(self.biases[node.output[0]])] if node.output[0] in self.biases else got[first]
        if kind == "QuantizeLinear":
            return Rounded.apply(got[first], self.scales[key(node.input[1])].exp(), 0, 255)
        if kind == "Conv":
            w, b = (got[n] if n in got else self.learned[key(n)] for n in node.input[1:])
            return conv2d(got[first], w, b, a["strides"], a["pads"][:2], a["dilations"], a["group"])
        if kind == "Relu":
            return got[first].relu()
        if kind == "Sigmoid":
            return got[first].sigmoid()
        if kind == "Add":
            return got[first] + got[node.input[1]]
        if kind == "MaxPool":
            return max_pool2d(got[first], a["kernel_shape"], a["strides"], a["pads"][0])
        if kind == "Resize":
            return interpolate(got[first], scale_factor=2, mode="nearest")
        inputs = [got[n] if n in got else torch.tensor(self.held[n]) for n in node.input]
        if kind == "Concat":
            return torch.cat(inputs, a["axis"])
        if kind == "Shape":
            return torch.tensor(inputs[0].shape)
        if kind == "Slice":
            _, start, end, axis, *_ = inputs
            return inputs[0].narrow(int(axis), int(start), min(int(end), inputs[0].shape[int(axis)]) - int(start))
        if kind == "Reshape":
            shape = [int(n) if n else inputs[0].shape[i] for i, n in enumerate(inputs[1])]
            return inputs[0].reshape(shape)
        if kind == "Transpose":
            return inputs[0].permute(a["perm"])
        raise SystemExit(f"{node.name}: {kind} is not known here")

    @torch.no_grad()
    def write(self, model):
        """Puts what was learned into the initializers of `model`, quantised where they are."""
        new = {}
        makers = {node.output[0]: node for node in self.nodes}
        for node in self.nodes:
            if node.op_type == "QuantizeLinear":
                new[node.input[1]] = self.scales[key(node.input[1])].exp().numpy()
            if node.op_type != "Conv":
                continue
            if node.input[1] not in self.weights:
                new |= {name: self.learned[key(name)].numpy() for name in node.input[1:]}
                continue
            name, scale_name = self.weights[node.input[1]]
            scale = self.scales[key(scale_name)].exp()
            w = self.learned[key(name)]
            new[f"{name}_quantized"] = (w / scale.view(-1, *[1] * (w.dim() - 1))).round().clamp(-127, 127).numpy().astype(np.int8)
            new[scale_name] = scale.numpy()
            bias = makers[node.input[2]]
            whole = scale * self.scales[key(makers[node.input[0]].input[1])].exp()
            new[bias.input[0]] = (self.learned[key(self.biases[node.input[2]])] / whole).round().numpy().astype(np.int32)
            new[bias.input[1]] = whole.numpy()
        for one in model.graph.initializer:
            if one.name in new:
                value = np.ascontiguousarray(new[one.name]).reshape(self.held[one.name].shape)
                one.CopyFrom(numpy_helper.from_array(value.astype(self.held[one.name].dtype), one.name))


def key(name):
    """An initializer's name as PyTorch allows it for a parameter."""
    return name.replace(".", "|")


def best_scale(weight):
    """Per channel the scale of the least squared error: clipping the largest weight may be better than a coarse grid."""
    w = torch.tensor(weight).flatten(1)
    most = w.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
    tried = [most * share for share in np.linspace(0.6, 1.0, 21)]
    wrong = torch.stack([((w / s).round().clamp(-127, 127) * s - w).square().sum(1) for s in tried])
    return torch.stack(tried)[wrong.argmin(0), torch.arange(len(w))].flatten()


def unlikeness(out, wanted):
    """How far answers are from the original's: scores by cross-entropy, sides by the same where something is seen."""
    c = len(CLASSES)
    p, t = out[..., :c].clamp(1e-6, 1 - 1e-6), wanted[..., :c].clamp(1e-6, 1 - 1e-6)
    wrong = t * (t / p).log() + (1 - t) * ((1 - t) / (1 - p)).log()
    seen = t.amax(-1)
    log_q = out[..., c:].unflatten(-1, (4, -1)).log_softmax(-1)
    log_s = wanted[..., c:].unflatten(-1, (4, -1)).log_softmax(-1)
    sides = (log_s.exp() * (log_s - log_q)).sum(-1).mean(-1)
    return (wrong.sum() + WEIGHT_SIDES * (sides * seen).sum()) / seen.sum()


def tune(source, path, records, mix, count, batch=8, seed=1, report_every=25):
    """Overwrites the QDQ model at `path` with one tuned on `count` pictures to answer as `source` (FP32)."""
    model = onnx.load(str(path))
    graph = Graph(model, onnx.load(str(source)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    original = onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    optimiser = torch.optim.Adam(
        [{"params": graph.learned.values(), "most": RATE}, {"params": graph.scales.values(), "most": RATE_SCALES}], lr=RATE
    )
    pictures = Pictures(records, mix, count, batch, seed)
    loader = torch.utils.data.DataLoader(pictures, batch, collate_fn=collate, num_workers=1, prefetch_factor=8)
    began, shown, steps = time.monotonic(), None, count // batch
    for step, (x, _) in enumerate(loader):
        if step == steps:
            break
        rate = min(1.0, (step + 1) / 20) * 0.5 * (1 + np.cos(np.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["most"]
        x = x.float().div_(255)
        wanted = torch.from_numpy(original.run(None, {"images": x.numpy()})[0])
        cost = unlikeness(graph(x), wanted)
        optimiser.zero_grad(set_to_none=True)
        cost.backward()
        optimiser.step()
        shown = cost.item() if shown is None else 0.95 * shown + 0.05 * cost.item()
        if (step + 1) % report_every == 0:
            each = (time.monotonic() - began) / ((step + 1) * batch)
            print(f"tune {step + 1}/{steps} unlikeness {shown:.4f} {1e3 * each:.0f} ms each", flush=True)
    graph.write(model)
    onnx.save(model, str(path))
    return graph
