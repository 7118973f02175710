"""Train a network, resumably: `python -m maa.learning.train --data FOLDER --run FOLDER --minutes 60`."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from . import chains
from .arena import Arena
from .datasets import ObjectRef, describe, objects_of, photo_held_back, set_folders
from .feeding import REPAIRED, Batch, batches, with_repair_clicks
from .measure import mean_iou, overlaps
from .trainer import TrainConfig, Trainer
from .views import PLAIN, Views

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


def split(config: TrainConfig) -> tuple[list[ObjectRef], list[ObjectRef]]:
    """(objects to train on, objects held back) of a run's data."""
    refs = [ref for folder in set_folders(config.data) for ref in objects_of(folder, config.minimum_area)]
    kept = [ref for ref in refs if not photo_held_back(ref, config.holdout)]
    held_back = [ref for ref in refs if photo_held_back(ref, config.holdout)]
    return kept, held_back


@contextmanager
def _flushing_denormals() -> Iterator[None]:
    """Denormal numbers slow a CPU many times over; afterwards the process has its usual arithmetic back."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


class _HostFeed:
    """Samples drawn by numpy and OpenCV, one at a time: for a processor."""

    def __init__(self, trainer: Trainer, refs: list[ObjectRef], held_back: list[ObjectRef]) -> None:
        config = trainer.config
        self._trainer, self._held_back = trainer, held_back
        self._stream = batches(
            refs, config.augment, size=lambda: trainer.size, batch=config.batch, seed=config.seed,
            start=trainer.fed, workers=config.workers, shares=config.shares,
        )  # fmt: skip

    def batch(self) -> Batch:
        drawn = next(self._stream)
        parts = (drawn.inputs, drawn.truth, drawn.counted, drawn.weight)
        return Batch(*(part.to(self._trainer.device, non_blocking=True) for part in parts))

    def repaired(self, batch: Batch, logits: Tensor, rng: np.random.Generator, share: float) -> Batch:
        return with_repair_clicks(batch, logits, rng, share)

    def measured(self) -> float:
        """Mean IoU of the averaged network at four clicks on the objects held back."""
        return mean_iou(self._trainer.averaged_network(), self._held_back, self._trainer.size)


class _DeviceFeed:
    """Whole batches drawn where they are learnt from: a GPU would wait for one processor core otherwise."""

    def __init__(self, trainer: Trainer, refs: list[ObjectRef], held_back: list[ObjectRef]) -> None:
        config = trainer.config
        self._trainer = trainer
        self._views = Views(
            Arena(refs, trainer.device), refs, config.augment, config.shares, config.seed + trainer.fed
        )
        self._held_back = (Arena(held_back, trainer.device), held_back) if held_back else None

    def batch(self) -> Batch:
        return self._views.batch(self._trainer.config.batch, self._trainer.size)

    def repaired(self, batch: Batch, logits: Tensor, rng: np.random.Generator, share: float) -> Batch:
        return chains.with_repair_clicks(batch, logits, self._views.random, share)

    def measured(self) -> float:
        """As `_HostFeed.measured`, on the network's grid."""
        assert self._held_back is not None, "nothing was held back"
        arena, refs = self._held_back
        views = Views(arena, refs, PLAIN, self._trainer.config.shares, seed=0)
        return overlaps(self._trainer.averaged_network().to(self._trainer.device), views, self._trainer.size)[
            0
        ]


Feed = _HostFeed | _DeviceFeed


class _Running:
    """Loss and IoU of the last hundred steps or so, the latest ones counting most."""

    def __init__(self) -> None:
        self.loss, self.iou = 0.0, 0.0

    def add(self, loss: float, iou: float, steps: int) -> None:
        """`steps`: how many there were until now; of the first few all count alike."""
        keep = min(0.99, steps / (steps + 10))
        self.loss = keep * self.loss + (1 - keep) * loss
        self.iou = keep * self.iou + (1 - keep) * iou


@_flushing_denormals()
def train(
    config: TrainConfig,
    *,
    progress: bool = True,
    on_check: Callable[[Trainer], None] | None = None,
    on_step: Callable[[Trainer, float, float], None] | None = None,
) -> Trainer:
    """Train to the end of the budget, from a checkpoint in `config.run` if there is one.

    Args:
        progress: whether to draw a bar with loss and running IoU.
        on_step: called after each step with the running loss and IoU.
        on_check: called after each look at the objects held back (every `check_minutes`) and at the end.

    Returns:
        The finished trainer; `averaged_network()` is the result.

    Raises:
        InvalidInput: the configuration or the data cannot be used.
        NotFound: there is no data.
    """
    trainer = _begun(config)
    checkpoint = config.run / CHECKPOINT
    refs, held_back = split(config)
    chosen = np.random.default_rng(config.seed).permutation(len(held_back))[: config.holdout_limit]
    held_back = [held_back[index] for index in sorted(chosen)]
    feeding: Feed = (_DeviceFeed if trainer.device.type == "cuda" else _HostFeed)(trainer, refs, held_back)
    bar = tqdm(total=100, unit="%", disable=not progress, bar_format="{l_bar}{bar}| {elapsed} {postfix}",
               mininterval=1.0, initial=int(100 * trainer.progress))  # fmt: skip
    running = _Running()
    began, before, first = time.monotonic(), trainer.seconds, trainer.step
    saved = checked = trainer.seconds
    while trainer.progress < 1:
        loss, overlap = _step(trainer, feeding)
        running.add(loss, overlap, trainer.step - first)
        trainer.seconds = before + time.monotonic() - began
        bar.n = round(100 * trainer.progress, 1)
        bar.set_postfix_str(
            f"loss {running.loss:.3f} IoU {running.iou:.3f} size {trainer.size} samples {trainer.samples}",
            refresh=False,
        )
        bar.update(0)
        if on_step is not None:
            on_step(trainer, running.loss, running.iou)
        if trainer.progress >= 1 or trainer.seconds - checked > 60 * config.check_minutes:
            checked = trainer.seconds
            _note(trainer, running, feeding.measured() if held_back else None)
            trainer.seconds = before + time.monotonic() - began
            trainer.save(checkpoint)
            if on_check is not None:
                on_check(trainer)
        elif trainer.seconds - saved > 60 * config.save_minutes:
            saved = trainer.seconds
            trainer.save(checkpoint)
    bar.close()
    return trainer


def _begun(config: TrainConfig) -> Trainer:
    """The trainer of a run, as it was left if it was begun before."""
    trainer = Trainer(config)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)
    for folder in set_folders(config.data):
        describe(folder)  # what the card will say must be readable before the work, not after it
    config.run.mkdir(parents=True, exist_ok=True)
    checkpoint = config.run / CHECKPOINT
    if checkpoint.exists():
        trainer.load(checkpoint)
    return trainer


def _step(trainer: Trainer, feeding: Feed) -> tuple[float, float]:
    """Learn from one batch, and from it again with repairing clicks; loss and IoU of the first time."""
    config = trainer.config
    batch = feeding.batch()
    trainer.fed += config.batch
    logits, loss, overlap = trainer.learn(batch)
    rng = np.random.default_rng((config.seed, 1, trainer.fed))
    for again in range(config.repairs):
        if rng.random() >= config.repair_share:
            break
        batch = feeding.repaired(batch, logits, rng, 1.0 if again else REPAIRED)
        logits, _, _ = trainer.learn(batch)
    return loss, overlap


def _note(trainer: Trainer, running: _Running, measured: float | None) -> None:
    """Write down how far the run is. `measured`: IoU on the objects held back, if there are any."""
    row = {
        "minutes": round(trainer.seconds / 60, 2),
        "samples": trainer.samples,
        "size": trainer.size,
        "loss": round(running.loss, 4),
        "iou_running": round(running.iou, 4),
    }
    if measured is not None:
        row["iou_holdout"] = round(measured, 4)
    trainer.history.append(row)
    with (trainer.config.run / LOG).open("a") as log:
        log.write(json.dumps(row) + "\n")


def _stage(text: str) -> tuple[float, int]:
    share, side = text.split(":")
    return float(share), int(side)


def main() -> None:
    """The command line of whoever trains a base model; `maa train` is for everybody, with fewer options."""
    parser = argparse.ArgumentParser(description="Train a network that answers extreme clicks with a mask.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the checkpoint; resumes if it has one"
    )
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--samples", type=int)
    parser.add_argument("--backbone", type=Path)
    parser.add_argument("--detector", type=Path)
    parser.add_argument("--start-from", type=Path)
    parser.add_argument("--sizes", nargs="+", metavar="SHARE:SIDE", type=_stage, default=TrainConfig.sizes,
                        help="the input side from each share of the budget on, as 0:192 0.5:256")  # fmt: skip
    parser.add_argument("--batch", type=int, default=TrainConfig.batch)
    parser.add_argument("--learning-rate", type=float, default=TrainConfig.learning_rate)
    parser.add_argument("--encoder-rate", type=float, default=TrainConfig.encoder_rate)
    parser.add_argument("--semantic-rate", type=float, default=TrainConfig.semantic_rate)
    parser.add_argument("--repair-share", type=float, default=TrainConfig.repair_share)
    parser.add_argument("--settle", type=float, default=TrainConfig.settle)
    parser.add_argument("--average", type=float, default=TrainConfig.average)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=TrainConfig.threads)
    parser.add_argument("--workers", type=int, default=TrainConfig.workers)
    parser.add_argument("--check-minutes", type=float, default=TrainConfig.check_minutes)
    parser.add_argument("--weight-decay", type=float, default=TrainConfig.weight_decay)
    parser.add_argument("--seed", type=int, default=TrainConfig.seed)
    given = vars(parser.parse_args())
    given["sizes"] = tuple(given["sizes"])
    trainer = train(TrainConfig(**given))
    print(json.dumps(trainer.history[-1] if trainer.history else {}))


if __name__ == "__main__":
    main()
