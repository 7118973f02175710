"""Our network computed by ncnn instead of torch: the same answers to rounding, in two thirds of the time.

ncnn does 3 x 3 convolutions by Winograd's minimal filtering (Lavin and Gray, CVPR 2016), with less than half
of the multiplications; torch's library has that for few processors. The network is run once on an example,
and each of its steps written down as one of ncnn's: there is no second description of it to keep up.
"""

from __future__ import annotations

import copy
import operator
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ncnn
import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .layers import ConvUnit
from .network import Network

Forward = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Inputs float32 (N, C, S, S) -> logits (N, 1, S, S) and quality logits (N,)."""

MAGIC = 7767517
"""What ncnn's text format begins with."""
CONVOLUTIONS = ("Convolution", "ConvolutionDepthWise")

TRACING = threading.Lock()
"""While torch.fx traces, it replaces `nn.Module.__call__` for all threads: one network at a time, and answers
are given without calling layers."""


MAX_THREADS = 4
RUNNING = Path("/proc/loadavg")
LOOKS, BETWEEN_LOOKS = 5, 0.0005
"""How often it is looked whether others run, and how many seconds lie between."""


def compiled(network: Network, side: int, threads: int | None = None) -> Forward:
    """A network in eval mode as ncnn runs it, for inputs of one side.

    What runs does not change with the network afterwards. Use it from one thread at a time.

    Args:
        threads: to compute with. None: all cores (at most `MAX_THREADS`) when nothing else is running, half
            of them otherwise. All threads wait for the slowest at every step, so one too many on a busy
            machine costs more than it gives on an idle one.
    """
    cores = min(os.cpu_count() or 1, MAX_THREADS)
    network = copy.deepcopy(network)
    network.requires_grad_(False)
    _fold_norms(network)
    described = _described(network, side)
    alone = _load(described, threads or cores)
    # ncnn lays arrays out for a number of threads: one network for each.
    among_others = _load(described, max(cores // 2, 1)) if threads is None and cores > 1 else alone

    def forward(inputs: Tensor) -> tuple[Tensor, Tensor]:
        net = among_others if _others_run() else alone
        rows = []
        for row in inputs.contiguous().numpy():
            extractor = net.create_extractor()
            # A copy of ncnn's own: it works in place where it believes that nobody else holds the memory.
            extractor.input("inputs", ncnn.Mat(row).clone())
            status, found = extractor.extract("logits")
            if status != 0:
                raise RuntimeError(f"ncnn could not run the network (status {status}).")
            rows.append(torch.from_numpy(np.array(found)))
        return network.at_full_size(torch.stack(rows))

    return forward


def on_device(network: nn.Module, device: str) -> Forward:
    """A network in eval mode as torch runs it elsewhere, on a GPU; what goes in and comes out lies here."""
    there = copy.deepcopy(network).requires_grad_(False)
    there = there.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(inputs: Tensor) -> tuple[Tensor, Tensor]:
        logits, quality = there(inputs.to(device))
        return logits.cpu(), quality.cpu()

    return forward


def _others_run() -> bool:
    """Whether anything but this thread is running on the machine; True where it cannot be told.

    The threads that computed the step before stay awake for a millisecond or two: who looks once sees those.
    """
    for look in range(LOOKS):
        if look:
            time.sleep(BETWEEN_LOOKS)
        try:
            running = int(RUNNING.read_text().split()[3].split("/")[0])
        except (OSError, IndexError, ValueError):
            return True
        if running <= 1:
            return False
    return True


def _fold_norms(network: nn.Module) -> None:
    """Put each batch norm into the convolution before it."""
    for unit in network.modules():
        if isinstance(unit, ConvUnit):
            convolution, norm = unit[0], unit[1]
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)  # noqa: PT018
            unit[0], unit[1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()


class _Coarse(nn.Module):
    """The part of the network that ncnn computes, named as it is traced."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        return self.network.coarse(inputs)


@dataclass
class _Layer:
    kind: str
    inputs: list[str]
    outputs: list[str]
    settings: dict[int, object]
    """By ncnn's numbers (its documentation's "operators")."""
    arrays: list[Tensor] = field(default_factory=list)


@dataclass(frozen=True)
class _Activation:
    kind: str
    settings: dict[int, object]
    """Of a layer of its own."""
    within: dict[int, object]
    """Of a convolution that ends with it."""


def _described(network: Network, side: int) -> list[_Layer]:
    with TRACING, torch.no_grad():
        translation = _Translation(fx.symbolic_trace(_Coarse(network)))
        translation.run(torch.zeros(1, network.channels, side, side))
    return _split(translation.layers)


class _Translation(fx.Interpreter):
    """Runs a traced network on an example and writes down the steps that depend on the input."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.layers: list[_Layer] = []
        self.blobs: dict[fx.Node, list[str]] = {}
        """ncnn's names of what a step gave."""

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        sources = [source for source in n.all_input_nodes if source in self.blobs]
        if n.op == "placeholder":
            self._add(n, _Layer("Input", [], ["inputs"], {}))
        elif n.op == "output":
            # Shapes that the network asks for are no steps.
            self.layers[-1].outputs = ["logits"]
        elif sources and isinstance(result[0] if isinstance(result, tuple) else result, Tensor):
            self._write(n, sources, result)
        return result

    def _add(self, node: fx.Node, layer: _Layer) -> None:
        self.layers.append(layer)
        self.blobs[node] = layer.outputs

    def _write(self, node: fx.Node, sources: list[fx.Node], result: Tensor | tuple[Tensor, ...]) -> None:
        args, kwargs = self.fetch_args_kwargs_from_env(node)
        target: Any = self.fetch_attr(str(node.target)) if node.op == "call_module" else node.target
        call = _Call(target, args, kwargs, result)
        step = type(target) if isinstance(target, nn.Module) else target
        if step is nn.Identity:
            self.blobs[node] = self.blobs[sources[0]]
        elif step is nn.ReLU:
            self._activate(node, sources[0], _Activation("ReLU", {0: 0.0}, {9: 1}))
        elif step is nn.ReLU6:
            self._activate(
                node, sources[0], _Activation("Clip", {0: 0.0, 1: 6.0}, {9: 3, -23310: "2,0.0,6.0"})
            )
        elif step is functional.leaky_relu:
            slope = call.given("negative_slope")
            self._activate(node, sources[0], _Activation("ReLU", {0: slope}, {9: 2, -23310: f"1,{slope}"}))
        elif step is operator.getitem and isinstance(args[1], int):
            self.blobs[node] = [self.blobs[sources[0]][args[1]]]
        elif step in _STEPS:
            kind, settings, arrays = _STEPS[step](call)
            inputs = [blob for source in sources for blob in self.blobs[source]]
            outputs = [f"{node.name}_{part}" for part in range(call.parts)]
            self._add(node, _Layer(kind, inputs, outputs, settings, arrays))
        else:
            raise NotImplementedError(f"No step of ncnn's is known for {node.format_node()}")

    def _activate(self, node: fx.Node, source: fx.Node, activation: _Activation) -> None:
        """An activation belongs to the convolutions before it, where nothing else reads what they give."""
        makers = {blob: layer for layer in self.layers for blob in layer.outputs}
        before = [makers[blob] for blob in self.blobs[source]]
        if before[0].kind == "Concat":
            before = [makers[blob] for blob in before[0].inputs]
        read_once = len(source.users) == 1 and all(
            len(reader.users) == 1 for reader in source.all_input_nodes if reader in self.blobs
        )
        if read_once and all(layer.kind in CONVOLUTIONS and 9 not in layer.settings for layer in before):
            for layer in before:
                layer.settings.update(activation.within)
            self.blobs[node] = self.blobs[source]
        else:
            self._add(node, _Layer(activation.kind, self.blobs[source], [node.name], activation.settings))


@dataclass(frozen=True)
class _Call:
    """A step of torch's: what was called with what, and what it gave."""

    target: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any

    def given(self, *names: str) -> Any:
        """The arguments after the input, by name; the names are those that can also be given by place."""
        found = {**self.kwargs, **dict(zip(names, self.args[1:], strict=False))}
        values = [found.get(name) for name in names]
        return values[0] if len(names) == 1 else values

    @property
    def parts(self) -> int:
        return len(self.result) if isinstance(self.result, tuple) else 1


Step = tuple[str, dict[int, object], list[Tensor]]
"""Kind, settings and arrays of a layer of ncnn's."""


def _convolved(call: _Call) -> Step:
    layer = call.target
    return _convolution(layer.weight, layer.bias, layer.stride, layer.padding, layer.dilation, layer.groups)


def _convolved_with(call: _Call) -> Step:
    return _convolution(*call.given("weight", "bias", "stride", "padding", "dilation", "groups"))


def _convolution(
    weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, groups: int | None
) -> Step:
    outputs, _, _, kernel = weight.shape
    settings: dict[int, object] = {
        0: outputs, 1: kernel, 2: _side(dilation or 1), 3: _side(stride or 1), 4: _side(padding or 0),
        5: int(bias is not None), 6: weight.numel(),
    }  # fmt: skip
    arrays = [weight] if bias is None else [weight, bias]
    if groups is None or groups == 1:
        return CONVOLUTIONS[0], settings, arrays
    return CONVOLUTIONS[1], settings | {7: groups}, arrays


def _side(value: Any) -> int:
    """Kernels here are square, so are strides and the rest."""
    return int(value[0] if isinstance(value, tuple) else value)


def _largest(call: _Call) -> Step:
    kernel, stride, padding = call.given("kernel_size", "stride", "padding")
    return "Pooling", {0: 0, 1: kernel, 2: stride or kernel, 3: padding, 5: 1}, []


def _mean(call: _Call) -> Step:
    return "Pooling", {0: 1, 7: 1, 8: call.result.shape[3], 18: call.result.shape[2]}, []


def _resized(call: _Call) -> Step:
    assert call.given("mode") == "bilinear"
    return "Interp", {0: 2, 3: call.result.shape[2], 4: call.result.shape[3], 6: 0}, []


def _channels(call: _Call) -> Step:
    first, _, _ = call.args[1][1].indices(call.args[0].shape[1])
    _, channels, height, width = call.result.shape
    return "Crop", {2: first, 3: width, 4: height, 5: channels}, []


def _chunks(call: _Call) -> Step:
    widths = [part.shape[1] for part in call.result]
    return "Slice", {-23300: ",".join(map(str, [len(widths), *widths])), 1: 0}, []


_STEPS: dict[Any, Callable[[_Call], Step]] = {
    nn.Conv2d: _convolved,
    torch.conv2d: _convolved_with,
    functional.max_pool2d: _largest,
    functional.adaptive_avg_pool2d: _mean,
    functional.interpolate: _resized,
    torch.channel_shuffle: lambda call: ("ShuffleChannel", {0: call.args[1], 1: 0}, []),
    torch.cat: lambda call: ("Concat", {0: 0}, []),
    operator.add: lambda call: ("BinaryOp", {0: 0}, []),
    operator.getitem: _channels,
    "chunk": _chunks,
}
"""What becomes of a step, by module or function."""


def _split(layers: list[_Layer]) -> list[_Layer]:
    """A blob of ncnn's is read once: what is read more often is copied first."""
    readers = [blob for layer in layers for blob in layer.inputs]
    found: list[_Layer] = []
    copies: dict[str, list[str]] = {}
    for layer in layers:
        layer.inputs = [copies[blob].pop() if blob in copies else blob for blob in layer.inputs]
        found.append(layer)
        for blob in layer.outputs:
            if (count := readers.count(blob)) > 1:
                copies[blob] = [f"{blob}_copy{number}" for number in range(count)]
                found.append(_Layer("Split", [blob], list(copies[blob]), {}))
    return found


def _load(layers: list[_Layer], threads: int) -> ncnn.Net:
    net = ncnn.Net()
    net.opt.num_threads = threads
    # Full precision everywhere: weights are kept in half of it, answers are not computed in it.
    for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
        setattr(net.opt, f"use_{option}", False)
    blobs = sum(len(layer.outputs) for layer in layers)
    lines = [str(MAGIC), f"{len(layers)} {blobs}"]
    content = bytearray()
    for number, layer in enumerate(layers):
        settings = [f"{key}={value}" for key, value in layer.settings.items()]
        counts = (str(len(layer.inputs)), str(len(layer.outputs)))
        lines.append(" ".join([layer.kind, str(number), *counts, *layer.inputs, *layer.outputs, *settings]))
        for place, array in enumerate(layer.arrays):
            if place == 0:
                content += bytes(4)  # weights begin with how they are kept: 0, as they are
            content += array.detach().contiguous().numpy().astype("<f4").tobytes()
    with tempfile.TemporaryDirectory() as folder:  # ncnn reads arrays from files only
        path = Path(folder) / "arrays.bin"
        path.write_bytes(content)
        if net.load_param_mem("\n".join(lines) + "\n") != 0 or net.load_model(str(path)) != 0:
            raise RuntimeError("ncnn did not take the network.")
    return net
