"""Packs what is trained on, to be carried to another machine: `python pack.py --assets DIR --work DIR --renders DIR... --out DIR`.

Writes OUT/pack-N.pickle, each of at most `--most` MiB: records as `gather` makes them with their pictures as WebP. `unpacked` reads
them again. Held-out pictures stay here.
"""

import argparse
import pathlib
import pickle

import cv2
import numpy as np

import gather

LONGEST = 720


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--assets", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--renders", type=pathlib.Path, nargs="*", default=[])
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--quality", type=int, default=80)
    p.add_argument("--most", type=float, default=60.0, help="MiB of a pack")
    return p.parse_args()


def packed(record, quality):
    """A record with its picture as WebP, not larger than any network sees it."""
    image, scale = record.image, min(1.0, LONGEST / max(record.image.shape[:2]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, code = cv2.imencode(".webp", image[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, quality])
    out = dict(vars(record))
    out.pop("sure", None)
    out["image"] = code.tobytes()
    out["boxes"] = (record.boxes * scale).astype(np.float32)
    out["doubtful"] = [(label, np.float32(box) * scale) for label, box in record.doubtful]
    return out


def unpacked(row):
    """The record of a row of a pack."""
    image = cv2.imdecode(np.frombuffer(row["image"], np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].copy()
    return gather.Record(**(row | {"image": image}))


def main():
    a = arguments()
    a.out.mkdir(parents=True, exist_ok=True)
    records = gather.real(a.assets, a.work)
    for folder in a.renders:
        records += gather.renders(folder, held_out=False)
    rows = [packed(r, a.quality) for r in records if not r.held_out]
    number, size, part = 0, 0, []
    for row in rows + [None]:
        if row is None or size + len(row["image"]) > a.most * 2**20:
            path = a.out / f"pack-{number}.pickle"
            path.write_bytes(pickle.dumps(part, protocol=4))
            print(f"{path}: {len(part)} pictures, {path.stat().st_size / 2**20:.1f} MiB")
            number, size, part = number + 1, 0, []
        if row is not None:
            size += len(row["image"])
            part.append(row)


if __name__ == "__main__":
    main()
