"""A training run's configuration, its schedule, and its state: one optimiser step at a time."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from maa.dextr.library import load_weights
from maa.dextr.network import ARCHITECTURE, INPUT_SCALE, MEAN_RGB, Network
from maa.dextr.shelves import read_model
from maa.domain import InvalidInput
from maa.files import replacing

from .augment import AugmentConfig
from .feeding import SOURCE_SHARES, Batch
from .losses import hard_iou, mask_loss


@dataclass(frozen=True)
class TrainConfig:
    """Everything a run depends on. Give `minutes` or `samples`; the whole schedule is tied to that budget."""

    data: Path
    """A folder of sets, or one set (see `maa.learning.datasets`)."""
    run: Path
    """Where checkpoint and log go; an existing checkpoint there is taken up again."""
    minutes: float | None = None
    samples: int | None = None
    backbone: Path | None = None
    """EfficientNet-Lite2's weights (.pth) to start from; without them the encoder starts at random."""
    detector: Path | None = None
    """NanoDet-m arrays (.npz) for the second encoder."""
    start_from: Path | None = None
    """Folder of a model of the library to start from (its weights instead of the backbone's)."""
    batch: int = 8
    learning_rate: float = 1e-3
    encoder_rate: float = 0.5
    """The first encoder's learning rate as a share of the decoder's, where it is pretrained. With 0 it stays
    as it is, and a step on a processor costs a quarter."""
    semantic_rate: float = 0.0
    """The second encoder's. With 0 a pretrained one stays as it is: it knows far more pictures than there are
    here to learn from, and a step costs less."""
    weight_decay: float = 1e-2
    warm_up: float = 0.03
    """Share of the budget."""
    sizes: tuple[tuple[float, int], ...] = ((0.0, 192), (0.5, 224))
    """Input side from each share of the budget on: small first, because early steps are about what an object
    is."""
    repair_share: float = 0.6
    """Chance that a batch's worse half is used once more, with a click at the largest error of the answer."""
    repairs: int = 3
    """The most times that a batch is used once more."""
    settle: float = 0.5
    """Share of the budget from which on batch norms keep their statistics; 0 for a run that starts from
    trained weights. First questions and repairs differ
    in theirs, and an answer is given with one set for both: the rest of the network must learn with it."""
    precision: str = "auto"
    """Of convolutions: "bfloat16", "float32", or what the device computes faster."""
    average: float = 0.999
    """Decay of the averaged weights, which are what is exported."""
    minimum_area: int = 200
    holdout: float = 0.05
    """Share of photos that are never trained on, to tune by."""
    holdout_limit: int = 400
    check_minutes: float = 10.0
    save_minutes: float = 3.0
    device: str = "cpu"
    threads: int = 1
    workers: int = 0
    """Processes that draw samples; 0 to draw them in this one. With a GPU they are drawn there (`views`)."""
    seed: int = 0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SOURCE_SHARES))
    """How often each source is drawn; one that is not in it, in proportion to its objects."""


def has_bfloat16(device: str) -> bool:
    """Whether a device has instructions for bfloat16."""
    return device.startswith("cuda") or bool(torch.cpu._is_avx512_bf16_supported())


def reduced_precision(config: TrainConfig) -> bool:
    """Whether to compute in bfloat16: where the device has instructions for it, it halves a step's time."""
    if config.precision == "auto":
        return has_bfloat16(config.device)
    return config.precision == "bfloat16"


def size_at(progress: float, sizes: tuple[tuple[float, int], ...]) -> int:
    """The input side of the stage that `progress` (0..1) lies in."""
    return [side for start, side in sizes if progress >= start or start == sizes[0][0]][-1]


def learning_rate_at(progress: float, peak: float, warm_up: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth of the peak."""
    if progress < warm_up:
        return peak * (0.05 + 0.95 * progress / warm_up)
    turn = min(1.0, (progress - warm_up) / (1 - warm_up))
    return peak * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * turn)))


def _check(config: TrainConfig) -> None:
    """`InvalidInput` for a configuration that no run can be made of."""
    if (config.minutes is None) == (config.samples is None):
        raise InvalidInput("Give either --minutes or --samples as the training's budget.")
    if config.minutes is not None and not 0 < config.minutes < math.inf:
        raise InvalidInput("A training must take more than 0 minutes.")
    if not 0 < config.learning_rate < math.inf:
        raise InvalidInput("The learning rate must be a number above 0.")
    for what, number, least in (
        ("number of samples", config.samples, 1), ("batch", config.batch, 1),
        ("number of threads", config.threads, 1), ("seed", config.seed, 0),
    ):  # fmt: skip
        if number is not None and number < least:
            raise InvalidInput(f"The {what} must be at least {least}.")
    try:
        usable = torch.device(config.device).type == "cpu" or torch.cuda.is_available()
    except RuntimeError:
        usable = False
    if not usable:
        raise InvalidInput(
            f"There is no device {config.device!r} here. Use cpu, or cuda where there is a GPU."
        )


def _weights(path: Path) -> dict[str, Tensor]:
    try:
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a file that is none makes the reader stumble over can be anything
        raise InvalidInput(f"{path} cannot be read as weights (a .pth file of PyTorch).") from error
    return weights


class Trainer:
    """The state of a run: network, averaged weights, optimiser, and how far it is."""

    def __init__(self, config: TrainConfig) -> None:
        _check(config)
        self.config = config
        self.device = torch.device(config.device)
        self.reduced = reduced_precision(config)
        torch.manual_seed(config.seed)
        network = Network()
        if config.backbone is not None:
            weights = _weights(config.backbone)
            network.encoder.load_imagenet(weights, MEAN_RGB, INPUT_SCALE)
        if config.start_from is not None:
            network.load_state_dict(load_weights(config.start_from))
        if config.detector is not None:
            with np.load(config.detector) as arrays:
                network.semantic.load_detector(arrays, MEAN_RGB, INPUT_SCALE)
        knows_things = config.detector is not None or config.start_from is not None
        knows_photos = config.backbone is not None or config.start_from is not None
        network.encoder.requires_grad_(not knows_photos or config.encoder_rate > 0)
        network.semantic.requires_grad_(not knows_things or config.semantic_rate > 0)
        self.network: Network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        groups = self._groups(
            config.encoder_rate if knows_photos else 1.0, config.semantic_rate if knows_things else 1.0
        )
        self.optimiser = torch.optim.AdamW(
            list(groups), lr=config.learning_rate, weight_decay=config.weight_decay,
            fused=self.device.type == "cuda",
        )  # fmt: skip
        self.parent = read_model(config.start_from).id if config.start_from is not None else None
        """Id of the model that the run started from, for the card."""
        self.averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.step = 0
        self.fed = 0
        """Samples taken from the stream (a batch used twice counts once)."""
        self.samples = 0
        """Samples learnt from."""
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []

    def _groups(self, encoder_rate: float, semantic_rate: float) -> Iterator[dict[str, Any]]:
        """What the optimiser learns: each encoder's share of the rate, no decay on biases and norms."""
        network = self.network
        encoder, semantic = list(network.encoder.parameters()), list(network.semantic.parameters())
        known = {*encoder, *semantic}
        decoder = [parameter for parameter in network.parameters() if parameter not in known]
        for share, among in ((encoder_rate, encoder), (semantic_rate, semantic), (1.0, decoder)):
            learning = [parameter for parameter in among if parameter.requires_grad]
            if not learning:
                continue
            yield {"params": [p for p in learning if p.ndim > 1], "share": share}
            yield {"params": [p for p in learning if p.ndim == 1], "share": share, "weight_decay": 0.0}

    @property
    def progress(self) -> float:
        config = self.config
        if config.minutes is not None:
            return min(1.0, self.seconds / (60 * config.minutes))
        assert config.samples is not None
        return min(1.0, self.samples / config.samples)

    @property
    def size(self) -> int:
        return size_at(self.progress, self.config.sizes)

    def learn(self, batch: Batch) -> tuple[Tensor, float, float]:
        """One optimiser step; returns the logits (N, S, S), the loss and the mean IoU."""
        rate = learning_rate_at(self.progress, self.config.learning_rate, self.config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group.get("share", 1.0)
        # Which blocks are left out depends on the step alone, so that a resumed run learns the same.
        torch.manual_seed(self.config.seed * 1_000_003 + self.step)
        self.network.train()
        if self.progress >= self.config.settle:
            for layer in self.network.modules():
                if isinstance(layer, torch.nn.BatchNorm2d):
                    layer.eval()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.reduced):
            logits, quality = self.network(batch.inputs.contiguous(memory_format=torch.channels_last))
        logits, quality = logits.float().squeeze(1), quality.float()
        loss = mask_loss(logits, quality, batch.truth, batch.counted, batch.weight)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        self.samples += len(batch.truth)
        self._average()
        with torch.no_grad():
            overlap = hard_iou(logits, batch.truth, batch.counted).mean().item()
        return logits.detach(), loss.item(), overlap

    def _average(self) -> None:
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        now = self.network.state_dict()
        floats = [name for name, value in now.items() if value.dtype.is_floating_point]
        with torch.no_grad():
            torch._foreach_lerp_(
                [self.averaged[name] for name in floats], [now[name] for name in floats], 1 - decay
            )
            for name in now.keys() - set(floats):
                self.averaged[name].copy_(now[name])

    def averaged_network(self) -> Network:
        """A copy on the CPU with the averaged weights, ready to answer."""
        network = Network()
        network.load_state_dict({name: value.cpu() for name, value in self.averaged.items()})
        return network.eval()

    def save(self, path: Path) -> None:
        """Write the checkpoint; a kill at any moment leaves a whole one, this or the one before."""
        state = {
            "architecture": ARCHITECTURE, "network": self.network.state_dict(), "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(), "step": self.step, "fed": self.fed,
            "samples": self.samples, "seconds": self.seconds, "history": self.history, "parent": self.parent,
            "config": _as_json(self.config),
        }  # fmt: skip
        with replacing(path, one_writer=True) as unfinished:
            torch.save(state, unfinished)

    def load(self, path: Path) -> None:
        """Take a checkpoint up again."""
        state = _read(path, self.device)
        if state["architecture"] != ARCHITECTURE:
            raise InvalidInput(
                f"{path} is of architecture {state['architecture']}, this code trains {ARCHITECTURE}."
            )
        self.network.load_state_dict(state["network"])
        self.averaged = state["averaged"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.fed, self.samples = state["step"], state["fed"], state["samples"]
        self.seconds, self.history = state["seconds"], state["history"]
        self.parent = state.get("parent")


def other_settings(checkpoint: Path, config: TrainConfig) -> list[str]:
    """In what a checkpoint's run was begun otherwise than `config` says; its budget may change."""
    begun = json.loads(_read(checkpoint, torch.device("cpu"))["config"])
    wanted = json.loads(_as_json(config))
    for settings in (begun, wanted):
        for place in ("data", "backbone"):  # as it was typed, in older ones
            settings[place] = settings[place] and str(Path(settings[place]).resolve())
        # a model is known by its name: the data folder may have moved
        settings["start_from"] = settings["start_from"] and Path(settings["start_from"]).name
    told = ("data", "backbone", "start_from", "batch", "learning_rate", "seed")
    return [f"{name} was {begun[name]}" for name in told if begun[name] != wanted[name]]


def _as_json(config: TrainConfig) -> str:
    return json.dumps(dataclasses.asdict(config), default=str)


def _read(checkpoint: Path, device: torch.device) -> dict[str, Any]:
    try:
        return torch.load(checkpoint, map_location=device, weights_only=True)
    except (RuntimeError, ValueError, EOFError) as error:
        raise InvalidInput(
            f"{checkpoint} is damaged ({str(error).splitlines()[0]}). Remove {checkpoint.parent} to start "
            "again."
        ) from error
