"""Pictures drawn, put together, lit and spoilt on a GPU, hundreds at a time: `data.py` for a machine where the network is faster than
the pictures. What is drawn depends on the generator alone.

All pictures lie in one tensor of pixels, each also at half and at a quarter of its size; a batch is gathered from it.
"""

import numpy as np
import torch

import data
from classes import CLASSES
from gather import ALL
from stamp import layer

# Stamps that are drawn once for each size of pictures and then used over and over.
STAMPS = 256
# Boxes and doubtful areas of one picture, at most; what is more is dropped.
BOXES, DOUBTS = 128, 128
LEVELS = 3
# The picture's hues turned by about so many degrees, or its channels exchanged, in these shares of the pictures.
TURNED, TURN_DEGREES, EXCHANGED = 0.4, 40.0, 0.1
GREY, BLURRED, SHRUNK, NOISY, PRESSED = 0.08, 0.15, 0.15, 0.4, 0.35
# Luminance quantisation of JPEG (ITU-T T.81, table K.1); the chroma is pressed by the same.
TABLE = np.float32([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]).reshape(8, 8)  # fmt: skip


class Deck:
    """Records on the GPU. `mix`: share of each source; `add` takes more at any time."""

    def __init__(self, mix, device):
        self.mix, self.device = mix, device
        self.pixels = torch.zeros((0, 3), dtype=torch.uint8, device=device)
        self.rows, self.used = [], 0
        self.stamps = {}  # by height and width: colours and covers of all layers

    def add(self, records):
        """Copies records to the GPU and shuffles them in."""
        records = [r for r in records if r.source in self.mix]
        if not records:
            return
        self.grow(sum(r.image.shape[0] * r.image.shape[1] for r in records) * 4 // 3)
        for record in records:
            image, levels = torch.from_numpy(record.image).to(self.device).permute(2, 0, 1)[None].float(), []
            for level in range(LEVELS):
                if level:
                    image = torch.nn.functional.avg_pool2d(image, 2)
                h, w = image.shape[2:]
                levels.append((self.used, h, w))
                self.pixels[self.used : self.used + h * w] = image[0].flatten(1).T.round().to(torch.uint8)
                self.used += h * w
            self.rows.append((levels, *self.labels(record)))
        self.settle()

    def grow(self, more):
        """Room for so many pixels more."""
        if self.used + more > len(self.pixels):
            grown = torch.zeros((int((self.used + more) * 1.5), 3), dtype=torch.uint8, device=self.device)
            grown[: self.used] = self.pixels[: self.used]
            self.pixels = grown

    def labels(self, record):
        """What a record says, padded."""
        boxes, labels = np.zeros((BOXES, 4), np.float32), np.full(BOXES, -1)
        scores = np.full(BOXES, np.nan, np.float32)
        count = min(BOXES, len(record.boxes))
        boxes[:count], labels[:count] = record.boxes[:count], record.labels[:count]
        if record.scores is not None:
            scores[:count] = record.scores[:count]
        where, what = np.zeros((DOUBTS, 4), np.float32), np.zeros((DOUBTS, len(CLASSES)), bool)
        for i, (label, box) in enumerate(record.doubtful[:DOUBTS]):
            where[i] = box
            what[i, slice(None) if label == ALL else label] = True
        return record.source, data.worth(record), boxes, labels, scores, where, what, ~record.known

    def settle(self):
        """Tables of all records, and how often each is drawn."""
        levels, sources, worths, *rest = zip(*self.rows)
        to = lambda x: torch.from_numpy(np.stack(x)).to(self.device)
        self.levels = torch.tensor(levels, device=self.device)
        self.boxes, self.labels_, self.scores, self.where, self.what, self.unknown = map(to, rest)
        sources, worths = np.array(sources), np.array(worths, float)
        chance = np.zeros(len(sources))
        for source, share in self.mix.items():
            own = sources == source
            if own.any():
                chance[own] = share * worths[own] / worths[own].sum()
        self.chance = torch.from_numpy(chance / chance.sum()).to(self.device)
        scales = np.array([data.SCALES[s] for s in sources], np.float32)
        self.scales = torch.from_numpy(np.log(scales)).to(self.device)

    def batch(self, count, width, height, rng):
        """`count` pictures (N x 3 x H x W, 0..1) and their targets as `loss` takes them."""
        dev = self.device
        rand = lambda *shape: torch.rand(*shape, generator=rng, device=dev)
        uniform = lambda low, high, *shape: low + (high - low) * rand(*shape)
        chosen = torch.multinomial(self.chance, count * 4, replacement=True, generator=rng).view(count, 4)
        mosaic = rand(count) < data.MOSAIC
        cx = torch.where(mosaic, (width * uniform(0.35, 0.65, count)).floor(), width)
        cy = torch.where(mosaic, (height * uniform(0.35, 0.65, count)).floor(), height)
        zero = torch.zeros_like(cx)
        wide, high = zero + width, zero + height
        # Windows: left top, right top, left bottom, right bottom; without a mosaic the first is all.
        x0, y0 = torch.stack([zero, cx, zero, cx], 1), torch.stack([zero, zero, cy, cy], 1)
        x1, y1 = torch.stack([cx, wide, cx, wide], 1), torch.stack([cy, cy, high, high], 1)
        used = torch.ones((count, 4), dtype=torch.bool, device=dev)
        used[:, 1:] = mosaic[:, None]
        level0 = self.levels[chosen, 0]
        h, w = level0[..., 1], level0[..., 2]
        low, top = self.scales[chosen].unbind(-1)
        fit = torch.minimum((x1 - x0) / w, (y1 - y0) / h)
        scale = fit * (low + (top - low) * rand(count, 4)).exp() * torch.where(mosaic, 1.35, 1.0)[:, None]
        stretch = uniform(-0.15, 0.15, count, 4).exp()
        sx, sy = (scale * stretch).clamp_min(0.05), (scale / stretch).clamp_min(0.05)
        room_x, room_y = x1 - x0 - w * sx, y1 - y0 - h * sy
        tx, ty = x0 + room_x * rand(count, 4), y0 + room_y * rand(count, 4)
        flip = rand(count) < 0.5
        image = self.drawn(chosen, (cx, cy), (sx, sy, tx, ty), flip, width, height)
        targets = self.targets(chosen, used, (x0, y0, x1, y1), (sx, sy, tx, ty), flip, width)
        self.stamp(image, rng)
        return spoil(image, rng).div_(255), targets

    def stamp(self, image, rng):
        """Writes what cameras write into a share of the pictures, in place."""
        h, w = image.shape[2:]
        if (h, w) not in self.stamps:
            rows = [layer(w, h, np.random.default_rng((h, w, i))) for i in range(STAMPS)]
            self.stamps[h, w] = [torch.from_numpy(np.stack(x)).to(self.device) for x in zip(*rows)]
        colours, covers = self.stamps[h, w]
        dice = torch.rand(len(image), generator=rng, device=self.device)
        some = (dice < data.STAMPED).nonzero()[:, 0]
        which = torch.randint(STAMPS, (len(some),), generator=rng, device=self.device)
        cover = covers[which][:, None]
        image[some] = image[some] * (1 - cover) + colours[which].permute(0, 3, 1, 2) * cover

    def drawn(self, chosen, middle, place, flip, width, height):
        """The canvas: every pixel asks its window's picture, at the level that is nearest to its scale."""
        sx, sy, tx, ty = place
        shrink = torch.minimum(sx, sy)
        level = (-(shrink.clamp_min(1e-3)).log2()).round().clamp(0, LEVELS - 1).long()
        base, h, w = self.levels[chosen].gather(2, level[..., None, None].expand(-1, -1, 1, 3))[:, :, 0].unbind(-1)
        whole = self.levels[chosen, 0]
        fx, fy = w / whole[..., 2], h / whole[..., 1]
        px = torch.arange(width, device=self.device) + 0.5
        py = torch.arange(height, device=self.device) + 0.5
        px = torch.where(flip[:, None], width - px, px)
        column = (px >= middle[0][:, None]).long()
        row = (py[None] >= middle[1][:, None]).long()
        window = (row[:, :, None] * 2 + column[:, None, :]).flatten(1)
        of = lambda t: t.gather(1, window).view(len(chosen), height, width)
        x = (px[:, None, :] - of(tx)) / of(sx) * of(fx) - 0.5
        y = (py[None, :, None] - of(ty)) / of(sy) * of(fy) - 0.5
        w, h, base = of(w), of(h), of(base)
        inside = (x > -0.5) & (x < w - 0.5) & (y > -0.5) & (y < h - 0.5)
        left, top = x.floor(), y.floor()
        ax, ay = (x - left)[..., None], (y - top)[..., None]
        left, top = left.long(), top.long()
        out = 0
        for dy, weight_y in ((0, 1 - ay), (1, ay)):
            line = base + (top + dy).clamp_min(0).minimum(h - 1) * w
            for dx, weight in ((0, 1 - ax), (1, ax)):
                at = line + (left + dx).clamp_min(0).minimum(w - 1)
                out = out + self.pixels[torch.where(inside, at, 0)] * (weight * weight_y)
        out = torch.where(inside[..., None], out, 114.0)
        return out.permute(0, 3, 1, 2)

    def targets(self, chosen, used, window, place, flip, width):
        """Boxes where they came to lie; what a crop left too little of is doubtful."""
        count = len(chosen)
        x0, y0, x1, y1 = (side[..., None] for side in window)
        sx, sy, tx, ty = (part[..., None] for part in place)

        def moved(boxes):
            b = torch.stack([boxes[..., 0] * sx + tx, boxes[..., 1] * sy + ty, boxes[..., 2] * sx + tx, boxes[..., 3] * sy + ty], -1)
            c = torch.stack([
                b[..., 0].maximum(x0).minimum(x1), b[..., 1].maximum(y0).minimum(y1),
                b[..., 2].maximum(x0).minimum(x1), b[..., 3].maximum(y0).minimum(y1),
            ], -1)  # fmt: skip
            whole = ((b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])).clamp_min(1e-6)
            cw, ch = c[..., 2] - c[..., 0], c[..., 3] - c[..., 1]
            share, side = cw * ch / whole, torch.minimum(cw, ch)
            f = flip[:, None, None]
            c = torch.stack([torch.where(f, width - c[..., 2], c[..., 0]), c[..., 1], torch.where(f, width - c[..., 0], c[..., 2]), c[..., 3]], -1)
            return c, share, side

        labels = self.labels_[chosen]
        boxes, share, side = moved(self.boxes[chosen])
        real = (labels >= 0) & used[..., None]
        keep = real & (share >= data.KEEP_SHARE) & (side >= data.KEEP_SIDE)
        cut = real & ~keep & (side > 0)
        labels = torch.where(keep, labels, -1).flatten(1)
        order = keep.flatten(1).to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :BOXES]
        of = lambda t: t.gather(1, order[..., None].expand(-1, -1, 4)) if t.dim() == 3 else t.gather(1, order)
        out = {"labels": of(labels), "boxes": of(boxes.flatten(1, 2)), "scores": of(self.scores[chosen].flatten(1))}
        out["scores"] = torch.where(out["labels"] >= 0, out["scores"], torch.nan)
        where, _, side = moved(self.where[chosen])
        what = self.what[chosen] & (used[..., None] & (side > 0))[..., None]
        window = torch.cat([x0, y0, x1, y1], -1)
        window = torch.where(flip[:, None, None], torch.cat([width - x1, y0, width - x0, y1], -1), window)
        everywhere = self.unknown[chosen] & used[..., None]
        where = torch.cat([where.flatten(1, 2), boxes.flatten(1, 2), window], 1)
        cut = cut.flatten(1)[..., None].expand(-1, -1, len(CLASSES))
        what = torch.cat([what.flatten(1, 2), cut, everywhere], 1)
        said = what.any(-1)
        order = said.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, : DOUBTS + 4]
        out["where"] = where.gather(1, order[..., None].expand(-1, -1, 4))
        out["what"] = what.gather(1, order[..., None].expand(-1, -1, len(CLASSES))).float()
        # Nothing is longer than the longest list.
        most, doubts = int((out["labels"] >= 0).sum(1).max()), int(said.sum(1).max().clamp(max=DOUBTS + 4))
        for name in ("boxes", "labels", "scores"):
            out[name] = out[name][:, :most]
        return out | {name: out[name][:, :doubts] for name in ("where", "what")}


def spoil(x, rng):
    """Light, paint, blur, noise and compression of cameras; which picture gets which is chance, since the batch is."""
    count, _, h, w = x.shape
    dev = x.device
    rand = lambda *shape: torch.rand(*shape, generator=rng, device=dev)
    normal = lambda *shape: torch.randn(*shape, generator=rng, device=dev)
    scalar = lambda low, high: low + (high - low) * float(torch.rand((), generator=rng, device=dev))
    x = torch.einsum("nij,njhw->nihw", colours(count, rand, normal, dev), x)
    gain = (normal(count, 1, 1, 1) * 0.2).exp() * (normal(count, 3, 1, 1) * 0.09).exp()
    x = (x * gain - 114) * (normal(count, 1, 1, 1) * 0.16).exp() + 114
    gamma = torch.where(rand(count, 1, 1, 1) < 0.3, (normal(count, 1, 1, 1) * 0.28).exp(), 1.0)
    x = 255 * (x.clamp(1e-3, 255) / 255).pow(gamma)
    a, b = int(count * BLURRED), int(count * (BLURRED + SHRUNK))
    if a:
        x[:a] = blurred(x[:a], scalar(0.4, 1.4))
    if b > a:
        factor = scalar(0.4, 0.85)
        small = torch.nn.functional.interpolate(x[a:b], scale_factor=factor, mode="bilinear", antialias=True)
        x[a:b] = torch.nn.functional.interpolate(small, (h, w), mode="bilinear")
    strength = torch.where(rand(count, 1, 1, 1) < NOISY, 1 + 8 * rand(count, 1, 1, 1), 0.0)
    grain = normal(count, 1, h, w) + 0.4 * normal(count, 3, h, w)
    x = (x + strength * grain).clamp(0, 255)
    some = (rand(count) < PRESSED).nonzero()[:, 0]
    if len(some):
        x[some] = pressed(x[some], 25 + 60 * rand(len(some)))
    return x.round()


def colours(count, rand, normal, dev):
    """A 3 x 3 matrix a picture: hues turned about grey, less or more colour, channels exchanged."""
    angle = torch.where(rand(count) < TURNED, normal(count) * np.deg2rad(TURN_DEGREES), 0.0)
    c, s = angle.cos()[:, None, None], angle.sin()[:, None, None]
    third = torch.full((3, 3), 1 / 3, device=dev)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=dev) / 3**0.5
    turn = c * torch.eye(3, device=dev) + (1 - c) * third + s * cross
    orders = torch.tensor([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]], device=dev)
    which = torch.where(rand(count) < EXCHANGED, (rand(count) * 6).long(), 0)
    exchange = torch.eye(3, device=dev)[orders[which]]
    much = torch.where(rand(count) < 0.5, 0.4 + rand(count), 1.0)
    much = torch.where(rand(count) < GREY, 0.0, much)[:, None, None]
    pale = much * torch.eye(3, device=dev) + (1 - much) * third
    return pale @ turn @ exchange


def blurred(x, sigma):
    reach = 3
    at = torch.arange(-reach, reach + 1, device=x.device)
    kernel = (-(at**2) / (2 * sigma**2)).exp()
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
    n, c, h, w = x.shape
    y = torch.nn.functional.pad(x.reshape(n * c, 1, h, w), (reach,) * 4, mode="replicate")
    y = torch.nn.functional.conv2d(torch.nn.functional.conv2d(y, kernel), kernel.transpose(2, 3))
    return y.view(n, c, h, w)


def pressed(x, quality):
    """What JPEG of this quality (n) leaves: luma in blocks of 8, chroma in blocks of 16. H and W are multiples of 32."""
    dev = x.device
    k = torch.arange(8, device=dev, dtype=torch.float32)
    basis = ((2 * k[None] + 1) * k[:, None] * np.pi / 16).cos() / 2
    basis[0] /= 2**0.5
    share = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    table = (torch.from_numpy(TABLE).to(dev) * share[:, None, None]).clamp_min(1).round()

    def through(plane):
        n, h, w = plane.shape
        blocks = plane.view(n, h // 8, 8, w // 8, 8).permute(0, 1, 3, 2, 4) - 128
        q = table[:, None, None]
        there = ((basis @ blocks @ basis.T) / q).round() * q
        back = basis.T @ there @ basis + 128
        return back.permute(0, 1, 3, 2, 4).reshape(n, h, w)

    r, g, b = x.unbind(1)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    half = lambda p: torch.nn.functional.avg_pool2d(p[:, None], 2)[:, 0]
    twice = lambda p: torch.nn.functional.interpolate(p[:, None], scale_factor=2, mode="bilinear")[:, 0]
    blue, red = (twice(through(half((p - luma) * f + 128))) - 128 for p, f in ((b, 0.564), (r, 0.713)))
    luma = through(luma)
    red, blue = luma + 1.402 * red, luma + 1.772 * blue
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    return torch.stack([red, green, blue], 1).clamp(0, 255)
