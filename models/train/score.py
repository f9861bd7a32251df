"""Scores of a network on held-out pictures: AP by pycocotools, and agreement with the teacher on real frames."""

import contextlib
import io

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import net
from classes import CLASSES, INDEX, VEHICLES
from data import aspect_size, fitted
from gather import ALL, PERHAPS, suppress
from loss import boxes_of

SCORE_MIN, MOST = 0.01, 100


@torch.no_grad()
def detect(model, image, longest, low=SCORE_MIN):
    """Corners in the picture's pixels, scores, classes. `model`: a function of 1 x 3 x H x W, 0..1, to rows with
    sigmoid scores (numpy), such as an ONNX session."""
    w, h = aspect_size(image, longest)
    canvas, scale, (left, top) = fitted(image, w, h)
    x = canvas.transpose(2, 0, 1)[None].astype(np.float32) / 255.0
    rows = model(x)[0]
    scores, sides = rows[:, : len(CLASSES)], torch.from_numpy(np.ascontiguousarray(rows[:, len(CLASSES) :]))
    points, strides = net.anchors(h, w)
    anchor, label = np.nonzero(scores >= low)
    score = scores[anchor, label]
    if len(score) > 600:
        top_ = np.argsort(-score, kind="stable")[:600]
        anchor, label, score = anchor[top_], label[top_], score[top_]
    boxes = boxes_of(sides[anchor], points[anchor], strides[anchor]).numpy()
    boxes = (boxes - (left, top, left, top)) / scale
    boxes = boxes.clip(0, (image.shape[1], image.shape[0]) * 2)
    vehicle = np.isin(label, [INDEX[v] for v in VEHICLES])
    keep = fast_suppress(boxes, score, np.where(vehicle, 1000, label), 0.5)[:MOST]
    return boxes[keep], score[keep], label[keep]


def fast_suppress(boxes, scores, group, iou):
    """Greedy suppression, vectorised over the rest."""
    order = np.argsort(-scores, kind="stable")
    shifted = boxes + (group[:, None] * 1e4)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while len(order):
        i, rest = order[0], order[1:]
        kept.append(i)
        low = np.maximum(shifted[i, :2], shifted[rest, :2])
        high = np.minimum(shifted[i, 2:], shifted[rest, 2:])
        both = (high - low).clip(0).prod(1)
        order = rest[both / (area[i] + area[rest] - both).clip(1e-9) <= iou]
    return np.array(kept, int)


def of_torch(network):
    """A network in training as a function for `detect`."""
    exported = net.Exported(network)

    def run(x):
        return exported(torch.from_numpy(x)).numpy()

    return run


def average_precision(model, records, longest, classes=None):
    """{class: {ap50, ap, boxes}} over the classes that the records know, COCO style, doubtful areas ignored."""
    images, notes, found = [], [], []
    for number, record in enumerate(records, 1):
        h, w = record.image.shape[:2]
        images.append({"id": number, "width": w, "height": h})

        def note(box, label, ignored):
            x0, y0, x1, y1 = (float(v) for v in box)
            notes.append({
                "id": len(notes) + 1, "image_id": number, "category_id": int(label), "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": max(1e-3, (x1 - x0) * (y1 - y0)), "iscrowd": int(ignored), "ignore": int(ignored),
            })  # fmt: skip

        for box, label in zip(record.boxes, record.labels):
            note(box, label, False)
        for label, box in record.doubtful:
            for one in range(len(CLASSES)) if label == ALL else [label]:
                note(box, one, True)
        for one in np.flatnonzero(~record.known):
            note((0, 0, w, h), one, True)
        for box, score, label in zip(*detect(model, record.image, longest)):
            x0, y0, x1, y1 = (float(v) for v in box)
            found.append({
                "image_id": number, "category_id": int(label), "bbox": [x0, y0, x1 - x0, y1 - y0], "score": float(score),
            })  # fmt: skip
    truth = COCO()
    truth.dataset = {"images": images, "annotations": notes, "categories": [{"id": i} for i in range(len(CLASSES))]}
    out = {}
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(found) if found else COCO(), "bbox")
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [MOST]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"]  # overlaps x recalls x classes x areas x limits
    for k, label in enumerate(judge.params.catIds):
        boxes = sum(1 for n in notes if n["category_id"] == label and not n["ignore"])
        if boxes and (classes is None or CLASSES[label] in classes):
            p = precision[:, :, k, 0, 0]
            out[CLASSES[label]] = {"ap50": float(p[0].mean()), "ap": float(p.mean()), "boxes": boxes}
    return out


GROUPS = {"vehicle": VEHICLES, "person": ("person",)}


def agreement(model, records, longest, teacher, threshold, sure=0.5):
    """On real frames: how many of the teacher's boxes of score >= `sure` are found (IoU >= .5, vehicles taken as one class),
    and how many boxes there are for each of the teacher's. Teacher boxes come from `teacher.candidates` at its own size."""
    out = {name: [0, 0, 0] for name in GROUPS}
    for record in records:
        if not hasattr(record, "sure"):
            boxes, scores, labels = teacher.candidates(record.image)
            group = np.where(np.isin(labels, [INDEX[v] for v in VEHICLES]), 1000, labels)
            keep = suppress(boxes, scores, group, 0.6)
            keep = keep[scores[keep] >= sure]
            record.sure = boxes[keep], labels[keep]
        theirs, kinds = record.sure
        boxes, scores, labels = detect(model, record.image, longest, low=threshold)
        for name, members in GROUPS.items():
            members = [INDEX[m] for m in members]
            mine, wanted = boxes[np.isin(labels, members)], theirs[np.isin(kinds, members)]
            out[name][1] += len(wanted)
            out[name][2] += len(mine)
            if len(mine) and len(wanted):
                from loss import overlaps

                iou = overlaps(torch.from_numpy(wanted).float(), torch.from_numpy(mine).float()).numpy()
                while iou.size and iou.max() >= 0.5:
                    i, j = np.unravel_index(iou.argmax(), iou.shape)
                    out[name][0] += 1
                    iou[i], iou[:, j] = 0, 0
    return {
        name: {"found": f / max(1, t), "boxes_ratio": m / max(1, t), "teacher_boxes": t} for name, (f, t, m) in out.items()
    }
