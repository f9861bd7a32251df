"""Trains the street detector on a GPU for a given time: `python train_gpu.py --packs FILE... --renders DIR... --start STATE --out STATE`.

For where a GPU is to be had for minutes: pictures come from packs (`pack.py`) and from folders that `curbwatch-lab street set` may
still be writing; both are drawn and spoilt on the GPU (`gpu.py`). The rate falls by the clock, so the last step is always a finished
network. Deterministic by `--seed` as far as the clock and the pictures that arrived in time are.
"""

import argparse
import concurrent.futures
import json
import math
import pathlib
import pickle
import queue
import threading
import time

import numpy as np
import torch

import gather
import net
import pack
from classes import CLASSES
from gpu import Deck
from loss import loss
from weights import groups, quiet_copy

# Network sizes (width, height), how often each is drawn, and pictures a step against `--batch`.
SIZES = (((416, 256), 0.55, 1.0), ((640, 384), 0.3, 0.5), ((416, 416), 0.15, 0.75))
WARM_STEPS = 200


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--packs", type=pathlib.Path, nargs="+", required=True)
    p.add_argument("--renders", type=pathlib.Path, nargs="*", default=[], help="folders of sets, read again as they grow")
    p.add_argument("--start", type=pathlib.Path, required=True, help="state to start from")
    p.add_argument("--out", type=pathlib.Path, required=True, help="state to write, every minute and at the end")
    p.add_argument("--mix", default="photo=3,frame=3,render=6")
    p.add_argument("--seconds", type=float, required=True, help="of training, the reading of packs not counted in")
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--keep", type=float, default=0.999, help="of the moving average, a step")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--device", default="cuda")
    return p.parse_args()


class Arrivals(threading.Thread):
    """Reads the pictures of growing sets in the background."""

    def __init__(self, folders):
        super().__init__(daemon=True)
        self.read, self.ready = {folder: 0 for folder in folders}, queue.Queue()

    def run(self):
        while True:
            for folder, start in self.read.items():
                path = folder / "labels.jsonl"
                text = path.read_bytes()[start:] if path.exists() else b""
                # The last line may be in the writing.
                whole = text[: text.rfind(b"\n") + 1]
                self.read[folder] = start + len(whole)
                for line in whole.splitlines():
                    self.ready.put(gather.render(folder, json.loads(line), held_out=False))
            time.sleep(1.0)

    def take(self):
        out = []
        while not self.ready.empty():
            out.append(self.ready.get())
        return out


def main():
    a = arguments()
    torch.manual_seed(a.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = False  # the search takes longer than it wins in minutes
    arrivals = Arrivals(a.renders)
    arrivals.start()
    mix = {k: float(v) for k, v in (part.split("=") for part in a.mix.split(","))}
    deck = Deck(mix, a.device)
    began = time.monotonic()
    for path in a.packs:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            deck.add(list(pool.map(pack.unpacked, pickle.loads(path.read_bytes()))))
    deck.add(arrivals.take())
    print(f"{len(deck.rows)} pictures read in {time.monotonic() - began:.0f} s", flush=True)
    network = net.Street(len(CLASSES))
    network.load_state_dict(torch.load(a.start, weights_only=False, map_location="cpu")["averaged"])
    network = network.to(a.device, memory_format=torch.channels_last)
    network.soften(1.0)
    network.train()
    averaged = quiet_copy(network)
    mine, theirs = ([t for t in n.state_dict().values() if t.dtype.is_floating_point] for n in (averaged, network))
    optimiser = torch.optim.AdamW(groups(network), lr=a.rate, betas=(0.9, 0.99), fused=a.device != "cpu")
    rng = torch.Generator(a.device).manual_seed(a.seed)
    chance = np.random.default_rng(a.seed)
    step, pictures, shown, began = 0, 0, {}, time.monotonic()
    told = saved = refreshed = began
    while True:
        now = time.monotonic()
        progress = (now - began) / a.seconds
        if progress >= 1:
            break
        rate = a.rate * min(1.0, (step + 1) / WARM_STEPS) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        (width, height), _, share = SIZES[chance.choice(len(SIZES), p=[p for _, p, _ in SIZES])]
        x, targets = deck.batch(max(1, round(a.batch * share)), width, height, rng)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(a.device, dtype=torch.bfloat16):
            rows = network(x)
        cost, parts = loss(rows.float(), targets, (height, width), len(CLASSES))
        optimiser.zero_grad(set_to_none=True)
        cost.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0, foreach=True)
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(mine, theirs, 1 - min(a.keep, (step + 1) / (step + 20)))
        step, pictures = step + 1, pictures + len(x)
        for k, v in parts.items():
            shown[k] = torch.lerp(shown.get(k, v), v, 0.02)
        if now - told > 10:
            told = now
            text = " ".join(f"{k} {float(v):.3f}" for k, v in shown.items())
            print(f"{progress:.2f} step {step} {pictures} pictures of {len(deck.rows)} {text} {pictures / (now - began):.0f}/s", flush=True)
        if now - refreshed > 15:
            refreshed = now
            deck.add(arrivals.take())
        if now - saved > 60:
            saved = now
            save(a.out, averaged, step, pictures, len(deck.rows))
    save(a.out, averaged, step, pictures, len(deck.rows))
    print(f"{step} steps, {pictures} pictures of {len(deck.rows)}", flush=True)


def save(path, averaged, step, pictures, records):
    state = {k: v.cpu() for k, v in averaged.state_dict().items()}
    torch.save({"averaged": state, "step": step, "pictures": pictures, "records": records}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    main()
