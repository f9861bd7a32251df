"""Which anchor answers for which box, and what a wrong answer costs.

Assignment is task-aligned (TOOD, Feng et al. 2021); classes learn the overlap they reach (Generalized Focal Loss, Li et al. 2020),
sides learn distributions of distances (same) and the GIoU of the box they make. Where a picture's source does not say
whether a class is there, nothing is asked.

Targets of a batch are a dict of padded tensors: `boxes` N x K x 4 (pixels, corners), `labels` N x K (-1: no box), `scores` N x K (a
teacher's, nan where a box is certain), `where` N x D x 4 and `what` N x D x classes (which classes are not asked in which area).
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

import net

ANCHORS_PER_BOX = 10
# Aligned = score ** ALPHA * overlap ** BETA.
ALPHA, BETA = 0.5, 4.0
# An anchor may answer for a box when it lies in it, or this many strides around its middle.
REACH = 1.5
WEIGHT_CLASS, WEIGHT_BOX, WEIGHT_SIDES = 1.0, 2.0, 0.25


def boxes_of(sides, points, strides):
    """Corners from side logits: ... x A x (4 * BINS) and anchors in pixels."""
    bins = torch.arange(net.BINS, dtype=sides.dtype, device=sides.device)
    mean = (sides.reshape(*sides.shape[:-1], 4, net.BINS).softmax(-1) * bins).sum(-1) * strides[:, None]
    return torch.cat([points - mean[..., :2], points + mean[..., 2:]], -1)


def overlaps(a, b):
    """IoU of every a (... x n x 4) with every b (... x m x 4)."""
    a, b = a.unsqueeze(-2), b.unsqueeze(-3)
    wide = (torch.minimum(a[..., 2], b[..., 2]) - torch.maximum(a[..., 0], b[..., 0])).clamp_min(0)
    high = (torch.minimum(a[..., 3], b[..., 3]) - torch.maximum(a[..., 1], b[..., 1])).clamp_min(0)
    both = wide * high
    return both / (area(a) + area(b) - both).clamp_min(1e-6)


def area(boxes):
    return (boxes[..., 2] - boxes[..., 0]).clamp_min(0) * (boxes[..., 3] - boxes[..., 1]).clamp_min(0)


def giou(a, b):
    """Generalised IoU of pairs."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp_min(0).prod(-1)
    either = area(a) + area(b) - both
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp_min(0).prod(-1)
    return both / either.clamp_min(1e-6) - (hull - either) / hull.clamp_min(1e-6)


@torch.no_grad()
def assign(scores, boxes, targets, points, strides):
    """For each anchor (N x A) the box it answers for (-1: none) and how well aligned it is, 0..1: of a box's anchors the best one has
    the overlap it reaches, or where the box is a teacher's (its score is no nan) the teacher's score. `scores` N x A x classes,
    `boxes` N x A x 4."""
    gt, labels, taught = targets["boxes"], targets["labels"], targets["scores"]
    if gt.shape[1] == 0:
        return torch.full(boxes.shape[:2], -1, device=boxes.device), boxes.new_zeros(boxes.shape[:2])
    iou = overlaps(gt, boxes)
    x, y = points.unbind(-1)
    left, top, right, bottom = (side[..., None] for side in gt.unbind(-1))
    nearest = torch.minimum(torch.minimum(x - left, right - x), torch.minimum(y - top, bottom - y))
    farthest = torch.maximum(torch.maximum(x - left, right - x), torch.maximum(y - top, bottom - y))
    off = torch.maximum((x - (left + right) / 2).abs(), (y - (top + bottom) / 2).abs())
    # A side must fit the bins: a box larger than they reach belongs to a coarser level.
    fits = (farthest < (net.BINS - 1) * strides * 1.15) | (strides == net.STRIDES[-1])
    allowed = ((nearest > 0) | (off < REACH * strides)) & fits & (labels >= 0)[..., None]
    own = scores.transpose(1, 2).gather(1, labels.clamp_min(0)[..., None].expand(-1, -1, len(points)))
    # A little closeness decides while nothing overlaps yet.
    aligned = own.pow(ALPHA) * iou.pow(BETA) + 1e-6 / (1 + off / strides)
    aligned = torch.where(allowed, aligned, torch.zeros((), device=gt.device))
    top = aligned.topk(min(ANCHORS_PER_BOX, aligned.shape[-1]), -1)
    chosen = torch.zeros_like(aligned, dtype=torch.bool).scatter_(-1, top.indices, top.values > 0)
    best, owner = torch.where(chosen, iou + 1e-3 * aligned, -1.0).max(1)
    taken = best >= 0
    owner = torch.where(taken, owner, -1)
    mine = chosen & (torch.arange(gt.shape[1], device=gt.device)[:, None] == owner[:, None])
    most = torch.where(mine, aligned, 0.0).amax(-1, keepdim=True).clamp_min(1e-9)
    reached = torch.where(mine, iou, 0.0).amax(-1, keepdim=True)
    reached = torch.where(taught.isnan()[..., None], reached, taught.nan_to_num()[..., None])
    return owner, torch.where(mine, aligned / most * reached, 0.0).amax(1).clamp(0, 1)


def asked_of(targets, points, owner, classes):
    """N x A x classes: whether an anchor is asked for a class."""
    where, what = targets["where"], targets["what"]
    x, y = points.unbind(-1)
    left, top, right, bottom = (side[..., None] for side in where.unbind(-1))
    within = (x >= left - 4) & (x <= right + 4) & (y >= top - 4) & (y <= bottom + 4)
    asked = torch.bmm(within.transpose(1, 2).to(what.dtype), what) == 0
    label = targets["labels"].gather(1, owner.clamp_min(0)) if targets["labels"].shape[1] else owner
    own = torch.nn.functional.one_hot(label.clamp_min(0), classes).bool() & (owner >= 0)[..., None]
    return asked | own, own


def loss(rows, targets, size, classes):
    """Mean loss of a batch and its parts (tensors). `rows`: N x A x (classes + 4 * BINS) logits; `size`: height and width."""
    points, strides = net.anchors(*size, device=rows.device)
    logits, sides = rows[..., :classes], rows[..., classes:]
    boxes = boxes_of(sides, points, strides)
    owner, worth = assign(logits.detach().sigmoid(), boxes.detach(), targets, points, strides)
    asked, own = asked_of(targets, points, owner, classes)
    wanted = own * worth[..., None]
    p = logits.detach().sigmoid()
    cost = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focus = torch.where(wanted > 0, (wanted - p).abs().pow(1.5).clamp_min(0.05), 0.75 * p.pow(2.0))
    total_class = (cost * focus * asked).sum()
    picture, anchor = (owner >= 0).nonzero(as_tuple=True)
    w = worth[picture, anchor].clamp_min(0.05)
    gt = targets["boxes"][picture, owner[picture, anchor]]
    total_box = ((1 - giou(boxes[picture, anchor], gt)) * w).sum()
    at = points[anchor]
    away = torch.cat([at - gt[:, :2], gt[:, 2:] - at], 1) / strides[anchor, None]
    away = away.clamp(0, net.BINS - 1 - 1e-3)
    low = away.long()
    up = away - low
    each = sides[picture, anchor].reshape(-1, net.BINS)
    d = cross_entropy(each, low.reshape(-1), reduction="none") * (1 - up.reshape(-1))
    d = d + cross_entropy(each, low.reshape(-1) + 1, reduction="none") * up.reshape(-1)
    total_sides = (d.reshape(-1, 4).mean(1) * w).sum()
    scale = 1.0 / w.sum().clamp_min(len(rows) * 0.5)
    parts = {"class": total_class * scale, "box": total_box * scale, "sides": total_sides * scale}
    whole = WEIGHT_CLASS * parts["class"] + WEIGHT_BOX * parts["box"] + WEIGHT_SIDES * parts["sides"]
    return whole, {k: v.detach() for k, v in parts.items()}
