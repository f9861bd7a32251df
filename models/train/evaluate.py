"""Scores exported models on everything held out: `python evaluate.py MODEL.onnx... --assets DIR --work DIR --held-out DIR [--longest 416 640]`.

Prints one JSON line a model and size: average precision on photos (real) and unseen streets (synthetic), agreement with the
teacher on real frames at several thresholds, and for each class the threshold of the best F1 on unseen streets.
"""

import argparse
import json
import pathlib

import numpy as np

import export
import gather
import score
from classes import CLASSES

PHOTO_CLASSES = ("garbage", "garbage_bin", "overflow")
PHOTO_SIZE, FRAME_SIZE = 416, 640


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("models", type=pathlib.Path, nargs="+")
    p.add_argument("--assets", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--held-out", type=pathlib.Path, nargs="*", default=[], help="folders of held-out renders")
    p.add_argument("--longest", type=int, nargs="*", default=[416, 640], help="sizes at which streets are looked at")
    p.add_argument("--every", type=int, default=1, help="only each so manieth record, for a first impression")
    return p.parse_args()


def main():
    a = arguments()
    held = [r for r in gather.real(a.assets, a.work) if r.held_out]
    photos = [r for r in held if r.source == "photo"][:: a.every]
    frames = [r for r in held if r.source == "frame"][:: a.every]
    unseen = [r for folder in a.held_out for r in gather.renders(folder, held_out=True)][:: a.every]
    teacher = gather.Teacher(a.assets / "models" / "nanodet_plus_m.onnx")
    for path in a.models:
        model = export.of_onnx(path, threads=2)
        out = {"model": path.name, "photos": score.average_precision(model, photos, PHOTO_SIZE, PHOTO_CLASSES)}
        for longest in a.longest if unseen else []:
            out[f"unseen_{longest}"] = score.average_precision(model, unseen, longest)
            out[f"thresholds_{longest}"] = thresholds(model, unseen, longest)
        for threshold in np.arange(0.2, 0.6, 0.05):
            out[f"frames_{threshold:.2f}"] = score.agreement(model, frames, FRAME_SIZE, teacher, float(threshold))
        print(json.dumps(rounded(out)), flush=True)


def thresholds(model, records, longest):
    """{class: [threshold, F1, precision, recall]} where F1 is best, IoU >= .5."""
    scores, right, total = [[] for _ in CLASSES], [[] for _ in CLASSES], np.zeros(len(CLASSES), int)
    for record in records:
        boxes, values, labels = score.detect(model, record.image, longest, low=0.05)
        total += np.bincount(record.labels, minlength=len(CLASSES))
        free = np.ones(len(record.boxes), bool)
        for box, value, label in sorted(zip(boxes, values, labels), key=lambda row: -row[1]):
            fits = [
                (gather.overlap(box, record.boxes[i]), i) for i in np.flatnonzero(free & (record.labels == label))
            ]  # fmt: skip
            best = max(fits, default=(0.0, -1))
            if best[0] >= 0.5:
                free[best[1]] = False
            elif any(one in (gather.ALL, label) and gather.overlap(box, where) > 0.3 for one, where in record.doubtful):
                continue
            scores[label].append(value)
            right[label].append(best[0] >= 0.5)
    out = {}
    for label, name in enumerate(CLASSES):
        if not total[label] or not scores[label]:
            continue
        order = np.argsort(scores[label])[::-1]
        hits = np.cumsum(np.array(right[label])[order])
        precision, recall = hits / np.arange(1, len(hits) + 1), hits / total[label]
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        best = int(f1.argmax())
        out[name] = [float(np.array(scores[label])[order][best]), float(f1[best]), float(precision[best]), float(recall[best])]
    return out


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
