"""Puts scores onto the teacher's scale: what its classes lack is added to the biases of the prediction layers.

Labels of real frames are the mean of the teacher's look at a picture and at its mirror image (`gather.py`), and what only one of them
shows has half its score. A student of these is as sure as the two are together, so less sure than the teacher is alone; the rules
(`open_score_min` and its kin) and thresholds speak of the latter. The order of the scores within a group, and so its AP, stays.
"""

import numpy as np
import torch

import score
from classes import INDEX, VEHICLES
from gather import overlap

GROUPS = {"vehicles": tuple(VEHICLES), "persons": ("person",)}
# The teacher's doubtful boxes say little about its scale, and there are many of them.
TEACHER_MIN, STUDENT_MIN, ALIKE_IOU = 0.35, 0.05, 0.5
# Fewer pairs than this say nothing.
PAIRS_MIN = 100


def logit(p):
    p = np.clip(np.asarray(p, np.float64), 1e-4, 1 - 1e-4)
    return np.log(p / (1 - p))


def lacking(model, records, teacher, longest=640):
    """What to add to the logits, by group: the median over things that both see. `model` as in `score.detect`; `records` frames."""
    pairs = {name: [] for name in GROUPS}
    for record in records:
        ours = score.detect(model, record.image, longest, low=STUDENT_MIN)
        theirs = teacher.seen(record.image)
        for name, members in GROUPS.items():
            classes = [INDEX[m] for m in members]
            mine = [(box, s) for box, s, label in zip(*ours) if label in classes]
            for box, s, label in zip(*theirs):
                if label not in classes or s < TEACHER_MIN:
                    continue
                near = [(overlap(box, b), own) for b, own in mine]
                best = max(near, default=(0.0, 0.0))
                if best[0] >= ALIKE_IOU:
                    pairs[name].append(logit(s) - logit(best[1]))
    out = {}
    for name, differences in pairs.items():
        if len(differences) < PAIRS_MIN:
            raise SystemExit(f"{len(differences)} {name} on {len(records)} frames are too few to calibrate by")
        out[name] = float(np.median(differences))
    return out


@torch.no_grad()
def shift(network, by):
    """Adds to the biases of the prediction layers in place."""
    for name, amount in by.items():
        for head in network.heads:
            head.predict.bias[[INDEX[m] for m in GROUPS[name]]] += amount
