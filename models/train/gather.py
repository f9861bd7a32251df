"""Pictures with boxes from all sources, one `Record` each.

Sources: street renders (`curbwatch-lab street set`), the garbage photos, and real frames whose only labels are a COCO
detector's (the teacher). What a source does not label is not held against the network: `known` says which classes are
labelled in every corner of the picture, `doubtful` where a class may be although nothing says so.
"""

import hashlib
import json
import pathlib
import pickle
from dataclasses import dataclass, field

import cv2
import numpy as np
import onnxruntime

from classes import CLASSES, INDEX, TEACHER, VEHICLES, index

ALL = -1
# A render's thing counts when at least this share of it is seen and its seen box has these sides in pixels.
SEEN_MIN, SIDE_MIN = 0.4, 5
# The teacher's boxes are learned with its scores from the lower one on; below the upper one its word for the kind of vehicle is not believed.
SURE, PERHAPS = 0.42, 0.18
# Cameras and clips of which no frame is trained on.
HELD_OUT_CLIPS = ("09747", "intel_car-detection")
# Clips with more persons than all others together: trained on up to the first share, held out from the second.
SPLIT_CLIPS = {"nvidia_retail02": (0.6, 0.65)}
# Seconds between frames of a clip; where persons walk, more often.
EVERY_SECS, EVERY_SECS_PERSONS = 0.5, 0.2
PERSON_CLIPS = ("pedestrian_plaza", "nvidia_retail02")
# Share of the garbage photos held out, by groups of look-alikes.
HELD_OUT_PHOTOS = 0.25
# On cameras' frames nobody sells or piles anything: there the teacher's silence and ours are both right.
NEVER_ON_FRAMES = (
    "three_wheeler", "stall", "cart", "goods", "rack", "garbage_bag", "garbage", "overflow", "carton", "board",
    "brick_pile", "sand_pile", "furniture", "pallet",
)  # fmt: skip


@dataclass
class Record:
    name: str
    source: str  # render | photo | frame
    held_out: bool
    image: np.ndarray  # H x W x 3, RGB, 8 bits
    boxes: np.ndarray  # n x 4, pixels, corners
    labels: np.ndarray  # n
    known: np.ndarray  # classes, bool
    doubtful: list = field(default_factory=list)  # (class or ALL, corners)
    scores: np.ndarray | None = None  # n: the teacher's, to be learned as they are; nan where a box is certain. None: all certain


def read(path):
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"{path}: not a picture; remove it or write it again")
    return image[:, :, ::-1].copy()


class Teacher:
    """NanoDet-Plus (COCO) at `longest` pixels: sure boxes and doubtful ones."""

    def __init__(self, model, longest=640, threads=2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.longest = longest

    def candidates(self, image):
        """n x 4 corners in the picture's pixels, n scores, n classes of ours."""
        h, w = image.shape[:2]
        scale = self.longest / max(h, w)
        th, tw = (int(np.ceil(s * scale / 64)) * 64 for s in (h, w))
        nh, nw = round(h * scale), round(w * scale)
        top, left = (th - nh) // 2, (tw - nw) // 2
        canvas = np.full((th, tw, 3), 114, np.uint8)
        canvas[top : top + nh, left : left + nw] = cv2.resize(image, (nw, nh))
        bgr = canvas[:, :, ::-1].astype(np.float32)
        bgr = (bgr - (103.53, 116.28, 123.675)) / (57.375, 57.12, 58.395)
        rows = self.session.run(None, {"data": bgr.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        points, strides = [], []
        for stride in (8, 16, 32, 64):
            ys, xs = np.mgrid[: -(-th // stride), : -(-tw // stride)]
            points.append(np.stack([xs, ys], -1).reshape(-1, 2) * stride)
            strides.append(np.full(len(points[-1]), stride))
        points, strides = np.concatenate(points), np.concatenate(strides)
        wanted = list(TEACHER)
        scores = rows[:, wanted]
        best = scores.argmax(1)
        score = scores[np.arange(len(scores)), best]
        keep = score >= PERHAPS
        logits = rows[keep, 80:].reshape(-1, 4, 8)
        share = np.exp(logits - logits.max(-1, keepdims=True))
        sides = (share / share.sum(-1, keepdims=True) * np.arange(8)).sum(-1) * strides[keep, None]
        p = points[keep]
        boxes = np.concatenate([p - sides[:, :2], p + sides[:, 2:]], 1)
        boxes = (boxes - (left, top, left, top)) / scale
        boxes = boxes.clip(0, (w, h, w, h))
        names = np.array([INDEX[TEACHER[c]] for c in wanted])
        return boxes, score[keep], names[best[keep]]

    def seen(self, image):
        """The candidates without doubles."""
        boxes, scores, labels = self.candidates(image)
        vehicle = np.isin(labels, [INDEX[v] for v in VEHICLES])
        keep = suppress(boxes, scores, np.where(vehicle, 1000, labels), 0.5)
        return boxes[keep], scores[keep], labels[keep]

    def label(self, image):
        """Boxes with their classes and scores, and what they may be beside: the mean of what is seen in the picture and in its
        mirror image, since either alone is as far from the other as from a good student."""
        boxes, scores, labels = both(self.seen(image), mirrored(self.seen(image[:, ::-1]), image.shape[1]))
        doubtful = []
        for box, score, label in zip(boxes, scores, labels):
            if score < SURE and CLASSES[label] in VEHICLES:
                doubtful += [(INDEX[name], box) for name in VEHICLES if INDEX[name] != label]
        return boxes, scores, labels, doubtful


def mirrored(seen, width):
    boxes, scores, labels = seen
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1), scores, labels


def both(one, other):
    """Two answers to one picture as one: pairs (IoU >= .5, vehicles taken as one class) get their mean, what only one of them saw half
    its score; what is left below `PERHAPS` goes."""
    group = lambda labels: np.where(np.isin(labels, [INDEX[v] for v in VEHICLES]), 1000, labels)
    free, out = list(range(len(other[0]))), []
    for box, score, label in zip(*one):
        near = [j for j in free if group(other[2][j]) == group(label) and overlap(box, other[0][j]) >= 0.5]
        if near:
            j = max(near, key=lambda j: overlap(box, other[0][j]))
            free.remove(j)
            kind = label if score >= other[1][j] else other[2][j]
            out.append(((box + other[0][j]) / 2, (score + other[1][j]) / 2, kind))
        else:
            out.append((box, score / 2, label))
    out += [(other[0][j], other[1][j] / 2, other[2][j]) for j in free]
    out = [row for row in out if row[1] >= PERHAPS]
    boxes, scores, labels = ([row[i] for row in out] for i in range(3))
    return np.array(boxes, np.float64).reshape(-1, 4), np.array(scores, np.float32), np.array(labels, int)


def suppress(boxes, scores, group, iou):
    """Greedy non-maximum suppression within groups; indices kept."""
    order, kept = np.argsort(-scores, kind="stable"), []
    for i in order:
        if all(group[k] != group[i] or overlap(boxes[i], boxes[k]) <= iou for k in kept):
            kept.append(i)
    return np.array(kept, dtype=int)


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def renders(folder, held_out):
    """What `curbwatch-lab street set` wrote."""
    folder = pathlib.Path(folder)
    for line in (folder / "labels.jsonl").read_text().splitlines():
        row = json.loads(line)
        if (folder / row["file"]).exists():
            yield render(folder, row, held_out)


def render(folder, row, held_out):
    """The record of one line of labels."""
    bag, garbage = INDEX["garbage_bag"], INDEX["garbage"]
    boxes, labels, doubtful = [], [], []
    for thing in row["things"]:
        label = index(thing["class"])
        box = np.array(thing["seen"], dtype=np.float32)
        if label is None or box[2] <= box[0] or box[3] <= box[1]:
            continue
        if thing["visible"] < SEEN_MIN or min(box[2] - box[0], box[3] - box[1]) < SIDE_MIN:
            doubtful.append((ALL, box))
            continue
        boxes.append(box)
        labels.append(label)
        if label == bag:
            # On photos a heap of bags is one `garbage`; here it is bags. Neither is wrong.
            doubtful.append((garbage, box))
    return Record(
        name=f"{folder.name}/{row['file']}",
        source="render",
        held_out=held_out,
        image=read(folder / row["file"]),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        labels=np.array(labels, int),
        known=np.ones(len(CLASSES), bool),
        doubtful=doubtful,
    )


def look_alikes(images):
    """A group number for each picture: two are in one group when their difference hashes differ in at most 10 of 64 bits."""
    hashes = []
    for image in images:
        grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
        hashes.append((grey[:, 1:] > grey[:, :-1]).ravel())
    hashes = np.array(hashes)
    group = list(range(len(hashes)))

    def root(i):
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    for i in range(len(hashes)):
        for j in np.flatnonzero((hashes[:i] != hashes[i]).sum(1) <= 10):
            group[root(i)] = root(int(j))
    return [root(i) for i in range(len(hashes))]


def photos(folder, teacher):
    """The garbage photos; the teacher adds persons and vehicles."""
    folder = pathlib.Path(folder)
    names = (folder / "classes.txt").read_text().split()
    paths = sorted((folder / "images").glob("*.jpg"))
    images = [read(path) for path in paths]
    groups = look_alikes(images)
    known = np.zeros(len(CLASSES), bool)
    known[[INDEX[name] for name in names] + [INDEX[name] for name in TEACHER.values()]] = True
    for path, image, group in zip(paths, images, groups):
        h, w = image.shape[:2]
        boxes, scores, labels, doubtful = teacher.label(image)
        boxes, scores, labels = list(boxes), list(scores), list(labels)
        for line in (folder / "labels" / f"{path.stem}.txt").read_text().splitlines():
            kind, x, y, bw, bh = (float(v) for v in line.split()[:5])
            boxes.append([(x - bw / 2) * w, (y - bh / 2) * h, (x + bw / 2) * w, (y + bh / 2) * h])
            scores.append(np.nan)
            labels.append(INDEX[names[int(kind)]])
        first = paths[group].stem
        chance = int(hashlib.sha256(first.encode()).hexdigest()[:8], 16) / 2**32
        yield Record(
            name=f"photo/{path.stem}",
            source="photo",
            held_out=chance < HELD_OUT_PHOTOS,
            image=image,
            boxes=np.array(boxes, np.float32).reshape(-1, 4),
            labels=np.array(labels, int),
            known=known,
            doubtful=doubtful,
            scores=np.array(scores, np.float32),
        )


def part(path, share):
    """Whether a frame is held out, at this share of its clip; `None`: neither trained on nor held out."""
    for word, (trained, held_out) in SPLIT_CLIPS.items():
        if word in str(path):
            return None if trained <= share < held_out else share >= held_out
    return any(word in str(path) for word in HELD_OUT_CLIPS)


def frames(clips, teacher):
    """Frames of real clips and photos without labels, labelled by the teacher alone."""
    known = np.zeros(len(CLASSES), bool)
    known[[INDEX[name] for name in TEACHER.values()]] = True
    for path in clips:
        path = pathlib.Path(path)
        if path.suffix == ".jpg":
            pictures, clip = [read(path)], False
        else:
            often = any(word in str(path) for word in PERSON_CLIPS)
            pictures, clip = still_frames(path, EVERY_SECS_PERSONS if often else EVERY_SECS), True
        for number, image in enumerate(pictures):
            held_out = part(path, number / len(pictures))
            if held_out is None:
                continue
            if max(image.shape[:2]) > 960:
                scale = 960 / max(image.shape[:2])
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            boxes, scores, labels, doubtful = teacher.label(image)
            sure = known.copy()
            if clip:
                sure[[INDEX[name] for name in NEVER_ON_FRAMES]] = True
            yield Record(
                name=f"frame/{path.parent.name}/{path.stem}/{number}",
                source="frame",
                held_out=held_out,
                image=image,
                boxes=np.array(boxes, np.float32).reshape(-1, 4),
                labels=np.array(labels, int),
                known=sure,
                doubtful=doubtful,
                scores=np.array(scores, np.float32),
            )


def still_frames(path, every_secs):
    """A frame every so often; of a clip of a few seconds only the first, since nothing in it changes."""
    clip = cv2.VideoCapture(str(path))
    rate = clip.get(cv2.CAP_PROP_FPS) or 25.0
    step = max(1, round(rate * every_secs))
    number, out = 0, []
    while True:
        ok, image = clip.read()
        if not ok:
            break
        if number % step == 0:
            out.append(image[:, :, ::-1].copy())
        number += 1
    if not out:
        raise SystemExit(f"{path}: no frame could be decoded")
    return out[:1] if number < 5 * rate else out


def real(assets, work):
    """Photos and frames, gathered once and kept in `work`."""
    kept = pathlib.Path(work) / "real.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    assets = pathlib.Path(assets)
    teacher = Teacher(assets / "models" / "nanodet_plus_m.onnx")
    records = list(photos(assets / "datasets" / "street-garbage", teacher))
    clips = sorted((assets / "videos").glob("patrol/0*/*.mp4")) + sorted((assets / "videos" / "street").iterdir())
    clips += sorted((assets / "datasets" / "amsterdam-streets").rglob("*.jpg"))
    records += frames(clips, teacher)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(records, protocol=4))
    return records
