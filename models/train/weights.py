"""Knowledge of YOLOX-nano (COCO, Apache-2.0) taken over into the street network.

Layers of the same shape are copied. A plain convolution that stands for a depthwise + pointwise pair, and the smaller stem,
are fitted: the least-squares solution that gives, on real pictures, what the pair gave before its activation.
"""

import copy

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

import net


def convolutions(path):
    """Weight and bias of every convolution of an ONNX model, in order."""
    graph = onnx.load(str(path)).graph
    held = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    return [(held[n.input[1]], held[n.input[2]]) for n in graph.node if n.op_type == "Conv"]


class Teacher(net.Street):
    """YOLOX-nano up to its neck, as published: depthwise pairs, SiLU, the whole 6x6 stem. Input as the street's."""

    def __init__(self, path):
        super().__init__(1, plain=0)
        self.stem.conv = nn.Conv2d(3, 16, 6, 2, 2, bias=False)
        self.soften(0.0)
        given = convolutions(path)
        weight, bias = given[0]
        stem = np.zeros((16, 3, 6, 6), np.float32)
        # Focus stacks top-left, bottom-left, top-right, bottom-right, each blue, green, red of 0..255.
        for patch, (dy, dx) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
            for rgb, bgr in enumerate([2, 1, 0]):
                stem[:, rgb, dy::2, dx::2] = weight[:, patch * 3 + bgr] * 255.0
        blocks = [m for m in self.modules() if isinstance(m, net.Conv)]
        blocks = [m for m in blocks if not any(m in set(h.modules()) for h in self.heads)]
        put(self.stem, stem, bias)
        for block, (weight, bias) in zip(blocks, given[1:]):
            put(block, weight, bias)
        self.eval()


def put(block, weight, bias):
    """Sets a block to `weight * x + bias` with a BatchNorm that does nothing yet."""
    if block.conv.weight.shape != weight.shape:
        raise SystemExit(f"weights of shape {weight.shape} do not fit a layer of {tuple(block.conv.weight.shape)}: not YOLOX-nano?")
    with torch.no_grad():
        block.conv.weight.copy_(torch.tensor(weight))
        block.bn.bias.copy_(torch.tensor(bias))
        block.bn.weight.fill_(1.0)
        block.bn.running_mean.zero_()
        block.bn.running_var.fill_(1.0 - block.bn.eps)


@torch.no_grad()
def inherit(student, teacher, pictures):
    """Starts `student` from `teacher`; `pictures` (n x 3 x H x W, 0..1) serve the fits and the BatchNorm statistics."""
    student.soften(0.0)
    old, new = dict(teacher.named_modules()), dict(student.named_modules())
    for name, block in new.items():
        if name.startswith("heads") or not hasattr(block, "bn"):
            continue
        source = old.get(name)
        if isinstance(source, net.Pair):
            fit(block, teacher, source, source.pw, pictures)
        elif source.conv.weight.shape == block.conv.weight.shape:
            put(block, source.conv.weight.numpy(), source.bn.bias.numpy())
        else:
            fit(block, teacher, source, source, pictures)
    settle(student, pictures)


def fit(block, teacher, entry, exit_, pictures):
    """Least squares from what enters `entry` of the teacher to what `exit_` gives before its activation."""
    seen = {}
    hooks = [
        entry.register_forward_hook(lambda m, i, o: seen.update(x=i[0])) if not is_stem(entry) else
        entry.conv.register_forward_hook(lambda m, i, o: seen.update(x=i[0])),
        exit_.bn.register_forward_hook(lambda m, i, o: seen.update(y=o)),
    ]  # fmt: skip
    conv = block.conv
    k, stride, pad = conv.kernel_size[0], conv.stride[0], conv.padding[0]
    n = conv.weight[0].numel() + 1
    gram, right = torch.zeros(n, n, dtype=torch.float64), torch.zeros(n, conv.out_channels, dtype=torch.float64)
    for part in pictures.split(4):
        teacher.features(part)
        x = nn.functional.unfold(seen["x"], k, padding=pad, stride=stride).transpose(1, 2).reshape(-1, n - 1)
        y = seen["y"].permute(0, 2, 3, 1).reshape(-1, conv.out_channels)
        some = torch.randperm(len(x))[:8000]
        x, y = torch.cat([x[some], torch.ones(len(some), 1)], 1).double(), y[some].double()
        gram += x.T @ x
        right += x.T @ y
    for hook in hooks:
        hook.remove()
    gram += torch.eye(n, dtype=torch.float64) * gram.diagonal().mean() * 1e-4
    w = torch.linalg.solve(gram, right).float()
    put(block, w[:-1].T.reshape(conv.weight.shape).numpy(), w[-1].numpy())


def is_stem(module):
    return not isinstance(module, (net.Conv, net.Pair))


def settle(student, pictures):
    """Gives each BatchNorm the statistics of its input without changing what it does."""
    blocks = [m for m in student.modules() if hasattr(m, "bn")]
    sums = {}

    def note(block):
        def hook(m, i, o):
            y = o.detach().double()
            total = sums.setdefault(block, [0, 0.0, 0.0])
            total[0] += y.numel() // y.shape[1]
            total[1] = total[1] + y.sum((0, 2, 3))
            total[2] = total[2] + (y * y).sum((0, 2, 3))

        return hook

    hooks = [b.conv.register_forward_hook(note(b)) for b in blocks]
    was = student.training
    student.eval()
    for part in pictures.split(8):
        student(part)
    student.train(was)
    for hook in hooks:
        hook.remove()
    new = {m for head in student.heads for m in head.modules()}
    for block in blocks:
        count, one, two = sums[block]
        mean = (one / count).float()
        var = (two / count).float() - mean * mean
        gain = (var.clamp_min(1e-6) + block.bn.eps).sqrt()
        block.bn.running_mean.copy_(mean)
        block.bn.running_var.copy_(var.clamp_min(1e-6))
        if block not in new:
            block.bn.bias.add_(mean)
            block.bn.weight.copy_(gain)


def quiet_copy(module):
    """A frozen copy for averaging or for teaching."""
    copy_ = copy.deepcopy(module).eval()
    for p in copy_.parameters():
        p.requires_grad_(False)
    return copy_


def groups(network):
    """Weight decay for convolutions only; the new heads learn faster."""
    new = {id(p) for p in network.heads.parameters()}
    out = []
    for factor, members in ((1.0, False), (1.5, True)):
        params = [p for p in network.parameters() if (id(p) in new) == members]
        out.append({"params": [p for p in params if p.dim() > 1], "weight_decay": 0.02, "factor": factor})
        out.append({"params": [p for p in params if p.dim() <= 1], "weight_decay": 0.0, "factor": factor})
    return out
