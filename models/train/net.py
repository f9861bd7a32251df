"""The street detector: plain and depthwise convolutions, BatchNorm and ReLU, made to be quantised.

The plan is YOLOX-nano's (Ge et al. 2021: CSPDarknet of depth 1/3 and width 1/4 with a path-aggregation neck), so that its
COCO weights (Apache-2.0) can be taken over. It differs in what INT8 and one CPU thread reward:

- ReLU in place of SiLU (the swap is gradual during training, see `Act`);
- in the first two stages, where channels are few and pixels many, each depthwise + pointwise pair is one plain 3x3
  convolution, started as the pair's composition;
- one tower per level with one plain 3x3 convolution in the head in place of two towers of four depthwise pairs, and
  one prediction layer for class scores and distance distributions (Generalized Focal Loss, Li et al. 2020).

Input: N x 3 x H x W, RGB, 0..1 (the division is in the manifest's `std`); H, W multiples of 32.
Output (`export=True`): N x A x (classes + 4 * BINS): sigmoid scores, then logits of the distances left, top, right, bottom in
strides from the anchor at (column, row) * stride; levels of stride 8, 16, 32 in that order, each row by row.
"""

import torch
from torch import nn

STRIDES = (8, 16, 32)
BINS = 8


class Act(nn.Module):
    """SiLU that turns into ReLU as `share` goes from 0 to 1: the function the weights know changes in small steps."""

    def __init__(self):
        super().__init__()
        self.share = 1.0

    def forward(self, x):
        if self.share >= 1.0:
            return torch.relu(x)
        return torch.lerp(nn.functional.silu(x), torch.relu(x), self.share)


class Conv(nn.Module):
    """Convolution, BatchNorm, activation."""

    def __init__(self, cin, cout, k=1, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03)
        self.act = Act()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Pair(nn.Module):
    """A depthwise and a pointwise convolution, each with BatchNorm and activation."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.dw = Conv(cin, cin, 3, stride, groups=cin)
        self.pw = Conv(cin, cout)

    def forward(self, x):
        return self.pw(self.dw(x))


def spatial(cin, cout, stride, plain):
    return Conv(cin, cout, 3, stride) if plain else Pair(cin, cout, stride)


class Bottleneck(nn.Module):
    def __init__(self, c, shortcut, plain):
        super().__init__()
        self.one = Conv(c, c)
        self.two = spatial(c, c, 1, plain)
        self.shortcut = shortcut

    def forward(self, x):
        y = self.two(self.one(x))
        return x + y if self.shortcut else y


class Csp(nn.Module):
    """Cross-stage partial block: one half goes through the bottlenecks, the other past them."""

    def __init__(self, cin, cout, n=1, shortcut=True, plain=False):
        super().__init__()
        half = cout // 2
        self.through = Conv(cin, half)
        self.past = Conv(cin, half)
        self.blocks = nn.Sequential(*[Bottleneck(half, shortcut, plain) for _ in range(n)])
        self.join = Conv(cout, cout)

    def forward(self, x):
        return self.join(torch.cat([self.blocks(self.through(x)), self.past(x)], 1))


class Spp(nn.Module):
    """Spatial pyramid pooling 5, 9, 13; the larger windows are the smaller ones applied again, which is the same."""

    def __init__(self, c):
        super().__init__()
        self.one = Conv(c, c // 2)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.two = Conv(c * 2, c)

    def forward(self, x):
        a = self.one(x)
        b = self.pool(a)
        c = self.pool(b)
        return self.two(torch.cat([a, b, c, self.pool(c)], 1))


class Head(nn.Module):
    """One level's tower and prediction."""

    def __init__(self, cin, width, classes):
        super().__init__()
        self.stem = Conv(cin, width)
        self.tower = Conv(width, width, 3)
        self.predict = nn.Conv2d(width, classes + 4 * BINS, 1)

    def forward(self, x):
        return self.predict(self.tower(self.stem(x)))


class Street(nn.Module):
    def __init__(self, classes, plain=2, width=80):
        super().__init__()
        self.classes = classes
        self.plain = plain
        # Focus (every second pixel into channels) and its 3x3 convolution are one 6x6 convolution of stride 2; of it the
        # middle 4x4 is kept: the whole costs twice the time, and most of the network's INT8 time is here.
        self.stem = nn.Module()
        self.stem.conv = nn.Conv2d(3, 16, 4, 2, 1, bias=False)
        self.stem.bn = nn.BatchNorm2d(16, eps=1e-3, momentum=0.03)
        self.stem.act = Act()
        self.down2, self.dark2 = spatial(16, 32, 2, plain >= 1), Csp(32, 32, 1, plain=plain >= 1)
        self.down3, self.dark3 = spatial(32, 64, 2, plain >= 2), Csp(64, 64, 3, plain=plain >= 2)
        self.down4, self.dark4 = spatial(64, 128, 2, plain >= 3), Csp(128, 128, 3, plain=plain >= 3)
        self.down5, self.spp, self.dark5 = Pair(128, 256, 2), Spp(256), Csp(256, 256, 1, shortcut=False)
        self.lateral5, self.up4 = Conv(256, 128), Csp(256, 128, 1, shortcut=False)
        self.lateral4, self.up3 = Conv(128, 64), Csp(128, 64, 1, shortcut=False)
        self.back4, self.pan4 = Pair(64, 64, 2), Csp(128, 128, 1, shortcut=False)
        self.back5, self.pan5 = Pair(128, 128, 2), Csp(256, 256, 1, shortcut=False)
        self.heads = nn.ModuleList([Head(c, width, classes) for c in (64, 128, 256)])

    def features(self, x):
        x = self.stem.act(self.stem.bn(self.stem.conv(x)))
        c3 = self.dark3(self.down3(self.dark2(self.down2(x))))
        c4 = self.dark4(self.down4(c3))
        c5 = self.dark5(self.spp(self.down5(c4)))
        l5 = self.lateral5(c5)
        p4 = self.up4(torch.cat([twice(l5), c4], 1))
        l4 = self.lateral4(p4)
        n3 = self.up3(torch.cat([twice(l4), c3], 1))
        n4 = self.pan4(torch.cat([self.back4(n3), l4], 1))
        n5 = self.pan5(torch.cat([self.back5(n4), l5], 1))
        return n3, n4, n5

    def forward(self, x):
        """N x A x (classes + 4 * BINS), scores as logits."""
        rows = [head(f).flatten(2) for head, f in zip(self.heads, self.features(x))]
        return torch.cat(rows, 2).transpose(1, 2)

    def soften(self, share):
        """Sets how far the activations are on their way from SiLU (0) to ReLU (1)."""
        for module in self.modules():
            if isinstance(module, Act):
                module.share = share


def twice(x):
    return nn.functional.interpolate(x, scale_factor=2, mode="nearest")


def anchors(height, width, device=None):
    """A x 2 anchor points in pixels and A strides."""
    points, strides = [], []
    for stride in STRIDES:
        ys, xs = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        points.append(torch.stack([xs, ys], -1).reshape(-1, 2) * stride)
        strides.append(torch.full((points[-1].shape[0],), stride))
    return torch.cat(points).float().to(device), torch.cat(strides).float().to(device)


class Exported(nn.Module):
    """The network as it is shipped: scores through the sigmoid."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        c = self.net.classes
        rows = []
        for head, f in zip(self.net.heads, self.net.features(x)):
            y = head(f)
            rows.append(torch.cat([torch.sigmoid(y[:, :c]), y[:, c:]], 1).flatten(2))
        return torch.cat(rows, 2).transpose(1, 2)
