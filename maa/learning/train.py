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
from .datasets import ObjectRef, describe, held_out, objects_of, set_folders
from .feeding import REPAIRED, Batch, batches, with_repair_clicks
from .measure import mean_iou, overlaps
from .trainer import TrainConfig, Trainer
from .views import PLAIN, Views

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


def split(config: TrainConfig) -> tuple[list[ObjectRef], list[ObjectRef]]:
    """(training objects, held-out objects) of a run's data."""
    refs = [ref for folder in set_folders(config.data) for ref in objects_of(folder, config.minimum_area)]
    kept = [ref for ref in refs if not held_out(ref, config.holdout)]
    aside = [ref for ref in refs if held_out(ref, config.holdout)]
    return kept, aside


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

    def __init__(self, trainer: Trainer, refs: list[ObjectRef], aside: list[ObjectRef]) -> None:
        config = trainer.config
        self._trainer, self._aside = trainer, aside
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
        """Mean IoU of the averaged network at four clicks on the objects held out."""
        return mean_iou(self._trainer.averaged_network(), self._aside, self._trainer.size)


class _DeviceFeed:
    """Whole batches drawn where they are learnt from: a GPU would wait for one processor core otherwise."""

    def __init__(self, trainer: Trainer, refs: list[ObjectRef], aside: list[ObjectRef]) -> None:
        config = trainer.config
        self._trainer = trainer
        self._views = Views(
            Arena(refs, trainer.device), refs, config.augment, config.shares, config.seed + trainer.fed
        )
        self._aside = (Arena(aside, trainer.device), aside) if aside else None

    def batch(self) -> Batch:
        return self._views.batch(self._trainer.config.batch, self._trainer.size)

    def repaired(self, batch: Batch, logits: Tensor, rng: np.random.Generator, share: float) -> Batch:
        return chains.with_repair_clicks(batch, logits, self._views.random, share)

    def measured(self) -> float:
        """As `_HostFeed.measured`, on the network's grid."""
        assert self._aside is not None, "nothing was held out"
        arena, refs = self._aside
        views = Views(arena, refs, PLAIN, self._trainer.config.shares, seed=0)
        return overlaps(self._trainer.averaged_network().to(self._trainer.device), views, self._trainer.size)[
            0
        ]


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
        on_check: called after each look at the held-out objects (every `check_minutes`) and at the end.

    Returns:
        The finished trainer; `averaged_network()` is the result.

    Raises:
        InvalidInput: the configuration or the data cannot be used.
        NotFound: there is no data.
    """
    trainer = Trainer(config)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)
    for folder in set_folders(config.data):
        describe(folder)  # what the card will say must be readable before the work, not after it
    config.run.mkdir(parents=True, exist_ok=True)
    checkpoint = config.run / CHECKPOINT
    if checkpoint.exists():
        trainer.load(checkpoint)
    refs, aside = split(config)
    chosen = np.random.default_rng(config.seed).permutation(len(aside))[: config.holdout_limit]
    aside = [aside[index] for index in sorted(chosen)]
    feed = _DeviceFeed if trainer.device.type == "cuda" else _HostFeed
    feeding = feed(trainer, refs, aside)
    bar = tqdm(total=100, unit="%", disable=not progress, bar_format="{l_bar}{bar}| {elapsed} {postfix}",
               mininterval=1.0, initial=int(100 * trainer.progress))  # fmt: skip
    smooth_loss, smooth_iou = 0.0, 0.0
    began, before, first = time.monotonic(), trainer.seconds, trainer.step
    saved = checked = trainer.seconds
    while trainer.progress < 1:
        batch = feeding.batch()
        trainer.fed += config.batch
        logits, loss, overlap = trainer.learn(batch)
        rng = np.random.default_rng((config.seed, 1, trainer.fed))
        for again in range(config.repairs):
            if rng.random() >= config.repair_share:
                break
            batch = feeding.repaired(batch, logits, rng, 1.0 if again else REPAIRED)
            logits, _, _ = trainer.learn(batch)
        since = trainer.step - first
        keep = min(0.99, since / (since + 10))
        smooth_loss, smooth_iou = (
            keep * smooth_loss + (1 - keep) * loss,
            keep * smooth_iou + (1 - keep) * overlap,
        )
        trainer.seconds = before + time.monotonic() - began
        bar.n = round(100 * trainer.progress, 1)
        bar.set_postfix_str(
            f"loss {smooth_loss:.3f} IoU {smooth_iou:.3f} size {trainer.size} samples {trainer.samples}",
            refresh=False,
        )
        bar.update(0)
        if on_step is not None:
            on_step(trainer, smooth_loss, smooth_iou)
        done = trainer.progress >= 1
        if done or trainer.seconds - checked > 60 * config.check_minutes:
            checked = trainer.seconds
            row = {
                "minutes": round(trainer.seconds / 60, 2),
                "samples": trainer.samples,
                "size": trainer.size,
                "loss": round(smooth_loss, 4),
                "iou_running": round(smooth_iou, 4),
            }
            if aside:
                row["iou_holdout"] = round(feeding.measured(), 4)
            trainer.history.append(row)
            with (config.run / LOG).open("a") as log:
                log.write(json.dumps(row) + "\n")
            trainer.seconds = before + time.monotonic() - began
            trainer.save(checkpoint)
            if on_check is not None:
                on_check(trainer)
        elif trainer.seconds - saved > 60 * config.save_minutes:
            saved = trainer.seconds
            trainer.save(checkpoint)
    bar.close()
    return trainer


def _stage(text: str) -> tuple[float, int]:
    share, side = text.split(":")
    return float(share), int(side)


def main() -> None:
    """The thin command line; `maa train` offers the same."""
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
