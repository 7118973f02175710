"""One forward pass of the default network, by every way that torch offers, in one run.

.venv/bin/python -m tools.bench_engines [--compile] [--rounds N]

The ways take turns, so that a busy machine slows all alike: compare the ratios. The difference is the largest
of any logit to plain torch's. `--compile` adds torch.compile, which needs a C++ compiler and minutes.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from maa.dextr.engine import compiled
from maa.dextr.library import load_network
from maa.dextr.network import ConvUnit
from maa.dextr.shelves import find_model

Pass = Callable[[], Tensor]


def folded(network: nn.Module) -> nn.Module:
    """A copy with each batch norm folded into the convolution before it."""
    network = copy.deepcopy(network)
    for unit in network.modules():
        if isinstance(unit, ConvUnit):
            convolution, norm = unit[0], unit[1]
            assert isinstance(convolution, nn.Conv2d)
            unit[0], unit[1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return network


def ways(inductor: bool) -> dict[str, Pass]:
    """Each way to run the default model's network once, on the same input."""
    model = find_model(None)
    plain = load_network(model.folder).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    last = copy.deepcopy(plain).to(memory_format=torch.channels_last)
    short = folded(last)
    inputs = torch.randn(1, 7, model.input_size, model.input_size)
    inputs_last = inputs.contiguous(memory_format=torch.channels_last)
    graph = torch.jit.freeze(torch.jit.trace(last, inputs_last, check_trace=False))
    one, two = (compiled(plain, model.input_size, threads) for threads in (1, 2))
    half, inputs_half = copy.deepcopy(short).bfloat16(), inputs_last.bfloat16()
    found: dict[str, Pass] = {
        "eager": lambda: plain(inputs)[0],
        "eager, channels last": lambda: last(inputs_last)[0],
        "and batch norms folded": lambda: short(inputs_last)[0],
        "frozen graph of torch's": lambda: graph(inputs_last)[0],
        "ncnn, one thread": lambda: one(inputs)[0],
        "ncnn, two threads": lambda: two(inputs)[0],
        "bfloat16 (not exact)": lambda: half(inputs_half)[0].float(),
    }
    if inductor:
        fast = torch.compile(short)
        found["torch.compile"] = lambda: fast(inputs_last)[0]
    return found


def compare(inductor: bool = False, rounds: int = 60) -> dict[str, dict[str, float]]:
    """Per way: median milliseconds, the ratio to eager's, and the largest difference of a logit."""
    found = ways(inductor)
    with torch.inference_mode():
        reference = found["eager"]()
        differences = {name: float((run() - reference).abs().max()) for name, run in found.items()}
        taken: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(rounds):
            for name, run in found.items():
                began = time.perf_counter()
                run()
                taken[name].append((time.perf_counter() - began) * 1000)
    medians = {name: float(np.median(times[3:])) for name, times in taken.items()}
    return {
        name: {
            "ms": round(medians[name], 1),
            "ratio": round(medians[name] / medians["eager"], 2),
            "difference": float(f"{differences[name]:.1e}"),
        }
        for name in found
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--rounds", type=int, default=60)
    given = parser.parse_args()
    print("| way | ms | of eager | largest difference of a logit |\n| --- | --- | --- | --- |")
    for name, row in compare(given.compile, given.rounds).items():
        print(f"| {name} | {row['ms']} | {row['ratio']} | {row['difference']} |")


if __name__ == "__main__":
    main()
