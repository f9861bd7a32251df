"""Trains the street detector: `python train.py --assets DIR --renders DIR... --work DIR [--mix photo=3,frame=3,render=4]`.

Resumable: the state lies in WORK/NAME.pt after every few hundred steps and a second call goes on from it. Deterministic by
`--seed` for the same pictures, numbers of processes and threads, and library versions. Processes of one thread each share the
pictures of a step and average their gradients: much of a step is work that one thread does anyway.
"""

import argparse
import json
import math
import pathlib
import time

import numpy as np
import torch
from torch import distributed

import gather
import net
import score
import weights
from classes import CLASSES
from data import Pictures, collate, fitted
from loss import loss


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--assets", type=pathlib.Path, required=True, help="folder with models/, videos/ and datasets/")
    p.add_argument("--renders", type=pathlib.Path, nargs="*", default=[], help="folders of `curbwatch-lab street set`")
    p.add_argument("--held-out", type=pathlib.Path, nargs="*", default=[], help="folders of held-out renders, scored only")
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--name", default="street")
    p.add_argument("--start", type=pathlib.Path, help="state of another run to start from instead of YOLOX-nano")
    p.add_argument("--mix", default="photo=3,frame=2,render=5", help="shares of the sources")
    p.add_argument("--pictures", type=int, default=60000, help="training pictures in all")
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--swap", type=float, default=0.1, help="share of the run after which SiLU has become ReLU")
    p.add_argument("--teach", type=float, default=0.33, help="share of the run in which the neck is held to YOLOX-nano's")
    p.add_argument("--score-every", type=int, default=800, help="steps")
    p.add_argument("--float32", action="store_true", help="no bfloat16: slower, and for CPUs without it")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--processes", type=int, default=2, help="must divide the batch")
    p.add_argument("--threads", type=int, default=1, help="of each process")
    return p.parse_args()


def main():
    a = arguments()
    if a.batch % a.processes:
        raise SystemExit(f"--batch {a.batch} cannot be shared by {a.processes} processes")
    a.work.mkdir(parents=True, exist_ok=True)
    gather.real(a.assets, a.work)  # once, before several want it
    meeting(a).unlink(missing_ok=True)
    torch.multiprocessing.spawn(train, (a,), a.processes)


def meeting(a):
    """The file by which the processes find one another."""
    return a.work.resolve() / f"{a.name}.meeting"


def train(rank, a):
    """What one of the processes does; the first also keeps the state and reports."""
    distributed.init_process_group("gloo", f"file://{meeting(a)}", rank=rank, world_size=a.processes)
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    mix = {k: float(v) for k, v in (part.split("=") for part in a.mix.split(","))}
    records = gather.real(a.assets, a.work)
    for folder in a.renders:
        records += gather.renders(folder, held_out=False)
    training = [r for r in records if not r.held_out]
    held = [r for r in records if r.held_out]
    unseen = [r for folder in a.held_out for r in gather.renders(folder, held_out=True)]
    network = net.Street(len(CLASSES)).to(memory_format=torch.channels_last)
    teacher = weights.Teacher(a.assets / "models" / "yolox_nano_416.onnx").to(memory_format=torch.channels_last)
    for head in network.heads:
        torch.nn.init.normal_(head.predict.weight, std=0.01)
        torch.nn.init.constant_(head.predict.bias[: len(CLASSES)], -4.6)
    averaged = None
    steps = a.pictures // a.batch
    optimiser = torch.optim.AdamW(weights.groups(network), lr=a.rate, betas=(0.9, 0.99))
    state_file = a.work / f"{a.name}.pt"
    first = 0
    if state_file.exists():
        state = torch.load(state_file, weights_only=False)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        averaged = weights.quiet_copy(network)
        averaged.load_state_dict(state["averaged"])
        first = state["step"]
        print(f"going on from step {first} of {steps}", flush=True)
    elif a.start:
        network.load_state_dict(torch.load(a.start, weights_only=False)["averaged"])
    else:
        rng = np.random.default_rng(a.seed)
        some = [training[i].image for i in rng.choice(len(training), 24, replace=False)]
        pictures = torch.stack([torch.from_numpy(fitted(i, 416, 256)[0].transpose(2, 0, 1)).float() / 255 for i in some])
        weights.inherit(network, teacher, pictures)
    averaged = averaged or weights.quiet_copy(network)
    pictures = Pictures(training, mix, a.pictures, a.batch, a.seed)
    part = a.batch // a.processes
    mine = [step * a.batch + rank * part + i for step in range(first, steps) for i in range(part)]
    rest = torch.utils.data.Subset(pictures, mine)
    loader = torch.utils.data.DataLoader(rest, part, collate_fn=collate, num_workers=1, prefetch_factor=8)
    began, shown = time.monotonic(), {}
    for step, (x, targets) in enumerate(loader, first):
        progress = step / steps
        rate = a.rate * min(1.0, (step + 1) / 150) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        network.train()
        swap = 1.0 if a.start else min(1.0, progress / a.swap)
        network.soften(swap)
        x = x.to(memory_format=torch.channels_last).float().div_(255)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not a.float32):
            features = network.features(x)
            rows = torch.cat([h(f).flatten(2) for h, f in zip(network.heads, features)], 2).transpose(1, 2)
        rows = rows.float()
        cost, parts = loss(rows, targets, x.shape[2:], len(CLASSES))
        likeness = 0.0 if a.start else max(0.0, 1.0 - progress / a.teach)
        if likeness > 0:
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=not a.float32):
                wanted = [f.relu() for f in teacher.features(x)]
            parts["likeness"] = sum(
                (f.float().relu() - t.float()).pow(2).mean() / t.float().pow(2).mean() for f, t in zip(features, wanted)
            )
            cost = cost + likeness * parts["likeness"]
            parts["likeness"] = parts["likeness"].detach()
        optimiser.zero_grad(set_to_none=True)
        cost.backward()
        average_gradients(network, a.processes)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        if rank > 0:
            continue
        follow(averaged, network, min(0.9985, (step + 1) / (step + 20)))
        averaged.soften(swap)
        for k, v in parts.items():
            shown[k] = 0.98 * shown.get(k, float(v)) + 0.02 * float(v)
        done = step + 1
        if done % 50 == 0:
            each = (time.monotonic() - began) / ((done - first) * a.batch)
            text = " ".join(f"{k} {v:.3f}" for k, v in shown.items())
            print(f"{done}/{steps} {text} {1e3 * each:.0f} ms each", flush=True)
        if done % a.score_every == 0 or done == steps:
            state = {"network": network.state_dict(), "averaged": averaged.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save(state | {"step": done}, state_file.with_suffix(".new"))
            state_file.with_suffix(".new").replace(state_file)
            report(a, averaged, held, unseen, done)


def average_gradients(network, processes):
    """Every process goes on with the mean of all gradients."""
    grads = [p.grad for p in network.parameters()]
    flat = torch.cat([g.flatten() for g in grads])
    distributed.all_reduce(flat)
    for g, mean in zip(grads, flat.div_(processes).split([g.numel() for g in grads])):
        g.copy_(mean.view(g.shape))


@torch.no_grad()
def follow(averaged, network, keep):
    """Exponential moving average of weights and statistics."""
    for mine, new in zip(averaged.state_dict().values(), network.state_dict().values()):
        if mine.dtype.is_floating_point:
            mine.lerp_(new, 1 - keep)
        else:
            mine.copy_(new)


def report(a, network, held, unseen, step):
    """Prints held-out scores as one JSON line and appends them to WORK/NAME.scores.jsonl."""
    network.eval()
    model = score.of_torch(network)
    last = step * a.batch >= a.pictures - a.batch
    few = slice(None) if last else slice(None, None, 3)
    out = {"step": step}
    photos = [r for r in held if r.source == "photo"][few]
    out["photos"] = score.average_precision(model, photos, 416, ("garbage", "garbage_bin", "overflow"))
    if unseen:
        out["unseen"] = score.average_precision(model, unseen[few], 640)
    frames = [r for r in held if r.source == "frame"][few]
    teacher = gather.Teacher(a.assets / "models" / "nanodet_plus_m.onnx")
    for threshold in (0.25, 0.35):
        out[f"frames_{threshold}"] = score.agreement(model, frames, 640, teacher, threshold)
    line = json.dumps(out)
    with open(a.work / f"{a.name}.scores.jsonl", "a") as f:
        f.write(line + "\n")
    flat = {k: {c: round(v.get("ap50", v.get("found", 0)), 3) for c, v in part.items()} for k, part in out.items() if k != "step"}
    print(step, json.dumps(flat), flush=True)


if __name__ == "__main__":
    main()
