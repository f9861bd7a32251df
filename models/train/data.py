"""Records to training pictures: scaled, cropped, put together, lit and spoilt as cameras do it. Every picture is a function of the
seed and its number alone."""

import cv2
import numpy as np
import torch

from classes import CLASSES, INDEX
from gather import ALL, SURE
from stamp import stamped

# Network sizes (width, height) trained on, and how often each is drawn: the camera's own aspect, larger, and square. Scale is
# drawn beside it, so that most of the work is done on the smallest and still shows things as large as 640x384 does.
SIZES = (((416, 256), 0.75), ((640, 384), 0.1), ((416, 416), 0.15))
# A box cut by a crop stays when this share of it remains and both sides have so many pixels; else it is doubtful.
KEEP_SHARE, KEEP_SIDE = 0.4, 4.0
# Scale of a picture against the one that fits it into the network, by source.
SCALES = {"render": (0.85, 2.4), "photo": (0.45, 1.5), "frame": (0.8, 2.3)}
MOSAIC = 0.3
# Share of pictures into which a camera or recorder has written something.
STAMPED = 0.35
PERSON = INDEX["person"]


class Pictures(torch.utils.data.Dataset):
    """`mix`: share of each source; `count`: pictures a run. Index = number in the run; batches share a size."""

    def __init__(self, records, mix, count, batch, seed):
        self.groups = {s: [r for r in records if r.source == s] for s in mix}
        empty = [s for s, g in self.groups.items() if not g]
        if empty:
            raise SystemExit(f"no training pictures from: {', '.join(empty)}")
        self.chance = {s: np.cumsum([worth(r) for r in g]) for s, g in self.groups.items()}
        self.sources, shares = list(mix), np.array(list(mix.values()), float)
        self.shares = shares / shares.sum()
        self.count, self.batch, self.seed = count, batch, seed

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        cv2.setNumThreads(0)
        size = np.random.default_rng((self.seed, number // self.batch, 7)).choice(
            len(SIZES), p=[share for _, share in SIZES]
        )
        rng = np.random.default_rng((self.seed, number))
        w, h = SIZES[size][0]
        if rng.random() < MOSAIC:
            canvas, found = mosaic([self.draw(rng) for _ in range(4)], w, h, rng)
        else:
            record = self.draw(rng)
            canvas = np.full((h, w, 3), 114, np.uint8)
            found = paste(canvas, record, (0, 0, w, h), rng)
        if rng.random() < 0.5:
            canvas = canvas[:, ::-1]
            for rows in (found.boxes, found.where):
                for row in rows:
                    row[0], row[2] = w - row[2], w - row[0]
        canvas = np.ascontiguousarray(canvas)
        image = spoil(stamped(canvas, rng) if rng.random() < STAMPED else canvas, rng)
        x = torch.from_numpy(image.transpose(2, 0, 1).copy())
        return x, found.target()

    def draw(self, rng):
        source = self.sources[rng.choice(len(self.sources), p=self.shares)]
        chance = self.chance[source]
        return self.groups[source][np.searchsorted(chance, rng.random() * chance[-1], side="right")]


def worth(record):
    """How often a record is drawn, within its source: persons are rare on real frames, and those few must do."""
    if record.source != "frame":
        return 1
    sure = np.ones(len(record.labels), bool) if record.scores is None else ~(record.scores < SURE)
    return 1 + min(3, np.sum(sure & (record.labels == PERSON)))


class Found:
    """Boxes and doubts gathered on a canvas."""

    def __init__(self):
        self.boxes, self.labels, self.scores, self.where, self.what = [], [], [], [], []

    def doubt(self, box, label):
        mask = np.zeros(len(CLASSES), bool)
        if isinstance(label, np.ndarray):
            mask |= label
        elif label == ALL:
            mask[:] = True
        else:
            mask[label] = True
        self.where.append(list(box))
        self.what.append(mask)

    def target(self):
        return {
            "boxes": torch.tensor(self.boxes, dtype=torch.float32).reshape(-1, 4),
            "labels": torch.tensor(self.labels, dtype=torch.long),
            "scores": torch.tensor(self.scores, dtype=torch.float32),
            "where": torch.tensor(self.where, dtype=torch.float32).reshape(-1, 4),
            "what": torch.from_numpy(np.array(self.what, np.float32).reshape(-1, len(CLASSES))),
        }


def paste(canvas, record, window, rng, found=None, zoom=1.0):
    """Draws a scaled, cropped record into a window of the canvas."""
    found = found or Found()
    x0, y0, x1, y1 = window
    ww, wh = x1 - x0, y1 - y0
    h, w = record.image.shape[:2]
    low, high = SCALES[record.source]
    scale = min(ww / w, wh / h) * np.exp(rng.uniform(np.log(low), np.log(high))) * zoom
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    sx, sy = scale * stretch, scale / stretch
    tx, ty = (rng.uniform(min(0, room), max(0, room)) for room in (ww - w * sx, wh - h * sy))
    patch = cv2.warpAffine(
        record.image, np.float64([[sx, 0, tx + sx / 2 - 0.5], [0, sy, ty + sy / 2 - 0.5]]), (ww, wh),
        flags=cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR, borderValue=(114, 114, 114),
    )  # fmt: skip
    if scale < 0.6:
        # warpAffine does not average; a picture made much smaller is scaled properly first.
        nw, nh = max(1, round(w * sx)), max(1, round(h * sy))
        small = cv2.resize(record.image, (nw, nh), interpolation=cv2.INTER_AREA)
        patch[:] = 114
        px, py = round(tx), round(ty)
        ax, ay = max(0, px), max(0, py)
        bx, by = min(ww, px + nw), min(wh, py + nh)
        patch[ay:by, ax:bx] = small[ay - py : by - py, ax - px : bx - px]
    canvas[y0:y1, x0:x1] = patch

    def moved(box):
        b = np.array(box, np.float64) * (sx, sy, sx, sy) + (tx, ty, tx, ty)
        c = np.array([b[0].clip(0, ww), b[1].clip(0, wh), b[2].clip(0, ww), b[3].clip(0, wh)])
        whole = max(1e-6, (b[2] - b[0]) * (b[3] - b[1]))
        share = (c[2] - c[0]) * (c[3] - c[1]) / whole
        return c + (x0, y0, x0, y0), share, min(c[2] - c[0], c[3] - c[1])

    certain = np.full(len(record.boxes), np.nan, np.float32)
    for box, label, score in zip(record.boxes, record.labels, certain if record.scores is None else record.scores):
        c, share, side = moved(box)
        if share >= KEEP_SHARE and side >= KEEP_SIDE:
            found.boxes.append(list(c))
            found.labels.append(int(label))
            found.scores.append(float(score))
        elif side > 0:
            found.doubt(c, ALL)
    for label, box in record.doubtful:
        c, share, side = moved(box)
        if side > 0:
            found.doubt(c, label)
    if not record.known.all():
        found.doubt((x0, y0, x1, y1), ~record.known)
    return found


def mosaic(records, w, h, rng):
    """Four pictures around a random middle."""
    canvas = np.full((h, w, 3), 114, np.uint8)
    cx, cy = int(w * rng.uniform(0.35, 0.65)), int(h * rng.uniform(0.35, 0.65))
    found = Found()
    windows = [(0, 0, cx, cy), (cx, 0, w, cy), (0, cy, cx, h), (cx, cy, w, h)]
    for record, window in zip(records, windows):
        paste(canvas, record, window, rng, found, zoom=1.35)
    return canvas, found


def spoil(image, rng):
    """Paint of other hues; light, colour, blur, noise and compression of cameras."""
    if rng.random() < 0.3:
        image = repainted(image, rng.normal(0, 30))
    x = image.astype(np.float32)
    x *= np.exp(rng.normal(0, 0.18))
    x = (x - 114) * np.exp(rng.normal(0, 0.14)) + 114
    x *= np.exp(rng.normal(0, 0.09, 3)).astype(np.float32)
    if rng.random() < 0.5:
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * rng.uniform(0.4, 1.4)
    if rng.random() < 0.06:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.3:
        x = 255 * (x.clip(0, 255) / 255) ** np.exp(rng.normal(0, 0.25))
    h, w = image.shape[:2]
    dice = rng.random()
    if dice < 0.15:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.2))
    elif dice < 0.3:
        factor = rng.uniform(0.45, 0.85)
        small = cv2.resize(x, (int(w * factor), int(h * factor)), interpolation=cv2.INTER_AREA)
        x = cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.35:
        x += rng.normal(0, rng.uniform(1, 7), (h, w, 1)).astype(np.float32)
    x = x.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = int(rng.integers(30, 85))
        _, code = cv2.imencode(".jpg", x[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        x = cv2.imdecode(code, cv2.IMREAD_COLOR)[:, :, ::-1]
    return x


def repainted(image, degrees):
    """All hues turned: what a thing is does not hang on the colour it was sold in."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[:, :, 0] = ((hsv[:, :, 0].astype(np.int32) + round(degrees / 2)) % 180).astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def collate(items):
    """Pictures stacked, targets padded as `loss` takes them."""
    targets = {}
    for name in ("boxes", "labels", "scores", "where", "what"):
        rows = [target[name] for _, target in items]
        targets[name] = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1 if name == "labels" else 0)
    return torch.stack([x for x, _ in items]), targets


def fitted(image, width, height):
    """The whole picture in the middle of the network's input, as the product prepares it; scale and offset."""
    h, w = image.shape[:2]
    scale = min(width / w, height / h)
    nw, nh = round(w * scale), round(h * scale)
    left, top = (width - nw) // 2, (height - nh) // 2
    canvas = np.full((height, width, 3), 114, np.uint8)
    filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + nh, left : left + nw] = cv2.resize(image, (nw, nh), interpolation=filter_)
    return canvas, scale, (left, top)


def aspect_size(image, longest, multiple=32):
    """Network size for a picture: `fit = "aspect"` of the manifest."""
    h, w = image.shape[:2]
    exact = longest * min(h, w) / max(h, w)
    short = max(multiple, int(np.ceil(exact * 0.97 / multiple)) * multiple)
    return (longest, short) if w >= h else (short, longest)
