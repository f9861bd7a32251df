"""Times ONNX models against one another: `python speed.py MODEL.onnx... [--size 416x256] [--rounds 50]`.

One thread, thread CPU time, models taking turns in every round; prints the median and its ratio to the first model. A fixed input
(YOLOX-nano's 416x416) is rewritten to the size in memory. On a shared machine trust the ratios.
"""

import argparse
import pathlib
import statistics
import time

import numpy as np
import onnx
import onnxruntime


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("models", type=pathlib.Path, nargs="+")
    p.add_argument("--size", default="416x256", help="width x height")
    p.add_argument("--rounds", type=int, default=50)
    a = p.parse_args()
    width, height = (int(v) for v in a.size.split("x"))
    x = np.random.default_rng(1).random((1, 3, height, width), dtype=np.float32)
    sessions = [session(path, width, height) for path in a.models]
    took = [[] for _ in sessions]
    for turn in range(a.rounds + 3):
        for times, s in zip(took, sessions):
            began = time.thread_time()
            s.run(None, {s.get_inputs()[0].name: x})
            if turn >= 3:
                times.append(time.thread_time() - began)
    first = statistics.median(took[0])
    for path, times in zip(a.models, took):
        middle = statistics.median(times)
        print(f"{path.name:28s} {1e3 * middle:7.2f} ms  {middle / first:5.2f}")


def session(path, width, height):
    model = onnx.load(str(path))
    dims = model.graph.input[0].type.tensor_type.shape.dim
    if dims[2].dim_value:
        dims[2].dim_value, dims[3].dim_value = height, width
        del model.graph.value_info[:]
        for output in model.graph.output:
            for dim in output.type.tensor_type.shape.dim[1:]:
                dim.Clear()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
