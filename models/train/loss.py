"""Which anchor answers for which box, and what a wrong answer costs.

Assignment is task-aligned (TOOD, Feng et al. 2021); classes learn the overlap they reach (Generalized Focal Loss, Li et al. 2020),
sides learn distributions of distances (same) and the GIoU of the box they make. Where a picture's source does not say
whether a class is there, nothing is asked.
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
    """Corners from side logits: A x (4 * BINS) and anchors in pixels."""
    bins = torch.arange(net.BINS, dtype=sides.dtype, device=sides.device)
    mean = (sides.reshape(*sides.shape[:-1], 4, net.BINS).softmax(-1) * bins).sum(-1) * strides[:, None]
    return torch.cat([points - mean[..., :2], points + mean[..., 2:]], -1)


def overlaps(a, b):
    """IoU of every a (n x 4) with every b (m x 4)."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    both = (high - low).clamp_min(0).prod(-1)
    area = lambda x: (x[:, 2:] - x[:, :2]).clamp_min(0).prod(-1)
    return both / (area(a)[:, None] + area(b)[None] - both).clamp_min(1e-6)


def giou(a, b):
    """Generalised IoU of pairs."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp_min(0).prod(-1)
    area = (a[:, 2:] - a[:, :2]).clamp_min(0).prod(-1) + (b[:, 2:] - b[:, :2]).clamp_min(0).prod(-1) - both
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp_min(0).prod(-1)
    return both / area.clamp_min(1e-6) - (hull - area) / hull.clamp_min(1e-6)


@torch.no_grad()
def assign(scores, boxes, gt, labels, taught, points, strides):
    """For each anchor the box it answers for (-1: none) and how well aligned it is, 0..1: of a box's anchors the best one has the
    overlap it reaches, or where the box is a teacher's (`taught` is no nan) the teacher's score."""
    owner = torch.full((len(points),), -1, dtype=torch.long)
    worth = torch.zeros(len(points))
    if len(gt) == 0:
        return owner, worth
    iou = overlaps(gt, boxes)
    inside = (points[None] > gt[:, None, :2]).all(-1) & (points[None] < gt[:, None, 2:]).all(-1)
    middle = (gt[:, :2] + gt[:, 2:]) / 2
    near = ((points[None] - middle[:, None]).abs().amax(-1) < REACH * strides[None])
    # A side must fit the bins: a box larger than they reach belongs to a coarser level.
    reach = torch.maximum(points[None] - gt[:, None, :2], gt[:, None, 2:] - points[None]).amax(-1)
    fits = (reach < (net.BINS - 1) * strides[None] * 1.15) | (strides[None] == net.STRIDES[-1])
    allowed = (inside | near) & fits
    aligned = scores[:, labels].T.pow(ALPHA) * iou.pow(BETA)
    # A little closeness decides while nothing overlaps yet.
    close = 1e-6 / (1 + (points[None] - middle[:, None]).norm(dim=-1) / strides[None])
    aligned = torch.where(allowed, aligned + close, torch.zeros(()))
    top = aligned.topk(min(ANCHORS_PER_BOX, aligned.shape[1]), 1)
    chosen = torch.zeros_like(aligned, dtype=torch.bool).scatter_(1, top.indices, top.values > 0)
    value = torch.where(chosen, iou + 1e-3 * aligned, torch.full((), -1.0))
    best, which = value.max(0)
    taken = best >= 0
    owner[taken] = which[taken]
    mine = torch.where(chosen & (torch.arange(len(gt))[:, None] == owner[None]), aligned, torch.zeros(()))
    most = mine.amax(1, keepdim=True).clamp_min(1e-9)
    reached = torch.where(mine > 0, iou, torch.zeros(())).amax(1, keepdim=True)
    reached = torch.where(taught.isnan()[:, None], reached, taught.nan_to_num()[:, None])
    worth = (mine / most * reached).amax(0)
    return owner, worth.clamp(0, 1)


def loss(rows, targets, size, classes):
    """Mean loss of a batch. `rows`: N x A x (classes + 4 * BINS) logits; `targets`: dicts with boxes, labels, known and doubtful (m x 4 areas, m x classes: which are not asked there)."""
    points, strides = net.anchors(*size)
    total_class = total_box = total_sides = rows.new_zeros(())
    weights = rows.new_zeros(())
    for row, target in zip(rows, targets):
        logits, sides = row[:, :classes], row[:, classes:]
        boxes = boxes_of(sides, points, strides)
        gt, labels = target["boxes"], target["labels"]
        owner, worth = assign(logits.detach().sigmoid(), boxes.detach(), gt, labels, target["scores"], points, strides)
        wanted = torch.zeros_like(logits)
        asked = target["known"][None].expand_as(logits).clone()
        where, what = target["doubtful"]
        if len(where):
            within = ((points[None] >= where[:, None, :2] - 4) & (points[None] <= where[:, None, 2:] + 4)).all(-1)
            asked &= (within.T.float() @ what.float()) == 0
        mine = owner >= 0
        index = owner[mine]
        wanted[mine, labels[index]] = worth[mine]
        asked[mine, labels[index]] = True
        p = logits.sigmoid()
        cost = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        focus = torch.where(wanted > 0, (wanted - p).abs().pow(1.5).clamp_min(0.05), 0.75 * p.pow(2.0))
        total_class = total_class + (cost * focus.detach() * asked).sum()
        if mine.any():
            w = worth[mine].clamp_min(0.05)
            total_box = total_box + ((1 - giou(boxes[mine], gt[index])) * w).sum()
            away = torch.cat([points[mine] - gt[index, :2], gt[index, 2:] - points[mine]], 1) / strides[mine, None]
            away = away.clamp(0, net.BINS - 1 - 1e-3)
            low = away.long()
            up = away - low
            logits4 = sides[mine].reshape(-1, net.BINS)
            d = cross_entropy(logits4, low.reshape(-1), reduction="none") * (1 - up.reshape(-1))
            d = d + cross_entropy(logits4, low.reshape(-1) + 1, reduction="none") * up.reshape(-1)
            total_sides = total_sides + (d.reshape(-1, 4).mean(1) * w).sum()
            weights = weights + w.sum()
    scale = 1.0 / weights.clamp_min(len(rows) * 0.5)
    parts = {"class": total_class * scale, "box": total_box * scale, "sides": total_sides * scale}
    whole = WEIGHT_CLASS * parts["class"] + WEIGHT_BOX * parts["box"] + WEIGHT_SIDES * parts["sides"]
    return whole, {k: float(v.detach()) for k, v in parts.items()}
