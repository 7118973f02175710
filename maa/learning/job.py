"""A training job in a process of its own: `python -m maa.learning.job FOLDER`.

The folder is all that it knows and writes to; it opens no database. `order.json` says what to do (`Order`),
`data/` holds sets to train on, `check/project` and `check/general` those to compare on. It leaves
`progress.json` while it works, the candidate in `candidate/`, and in the end `result.json` or `failed.json`,
each written wholly or not at all. Killed at any moment and started again, it goes on from its last
checkpoint.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from shutil import rmtree
from typing import Any

import torch

from maa.dextr.library import load_weights, save_model
from maa.dextr.shelves import LibraryModel, read_model
from maa.domain import MaaError
from maa.geometry import to_rings

from . import detector_job
from .datasets import ObjectRef, objects_of, set_folders
from .job_folder import (
    FAILED,
    MIN_AREA,
    RESULT,
    Busy,
    Order,
    Progress,
    Tell,
    locked,
    read_order,
    write_json,
)
from .train import train
from .trainer import TrainConfig, Trainer
from .versus import Pair, difference, versus

PROJECT_SHARE = 0.7
"""Of the samples, where there is general data to replay."""
LEARNING_RATE = 2e-4
"""A fifth of what a model is trained with from the start: it is to become better, not another."""
NICENESS = 19


def run(folder: Path, tell: Tell | None = None) -> None:
    """Do what the folder's order says. `tell` hears of its progress, as the folder does."""
    order = read_order(folder)
    say = Progress(folder, tell)
    if order.detector is not None:
        result = detector_job.run(folder, order, order.detector, say)
    else:
        result = _outlines(folder, order, say)
    # Before the result is there: who sees that may take the folder. The candidate needs neither.
    for bulky in ("run", "data"):
        rmtree(folder / bulky, ignore_errors=True)
    write_json(folder / RESULT, result)


def _outlines(folder: Path, order: Order, say: Progress) -> dict[str, Any]:
    """Train a candidate that outlines, and compare it with its parent."""
    parent = Path(order.parent)
    if order.minutes is None:
        candidate = read_model(Path(order.candidate))
    else:
        trained = folder / "candidate" / order.candidate
        candidate = read_model(trained) if (trained / "card.json").exists() else finetune(folder, order, say)
    result: dict[str, Any] = {"candidate": candidate.id, "parent": read_model(parent).id, "sets": {}}
    for name in ("project", "general"):
        refs = _objects(folder / "check" / name)
        if refs:
            pairs = versus(parent, candidate.folder, refs, say.part(f"comparing: {name}"))
            result["sets"][name] = _compared(pairs)
    return result


def _objects(root: Path) -> list[ObjectRef]:
    if not root.is_dir():
        return []
    return [ref for folder in set_folders(root) for ref in objects_of(folder, MIN_AREA)]


def finetune(folder: Path, order: Order, say: Progress) -> LibraryModel:
    """Train a candidate on the sets in `data` of a folder; it comes into `candidate` there."""
    parent = read_model(Path(order.parent))
    size = order.input_size or parent.input_size
    config = TrainConfig(
        data=folder / "data",
        run=folder / "run",
        minutes=order.minutes,
        samples=order.samples,
        start_from=parent.folder,
        batch=order.batch,
        learning_rate=LEARNING_RATE,
        sizes=((0.0, size),),
        encoder_rate=0.0,  # what it sees serves any use; what is made of that is learnt four times as fast
        settle=0.0,  # trained weights have statistics to keep
        minimum_area=MIN_AREA,
        holdout=0.0,  # what is held back is not in the folder at all
        check_minutes=1e9,
        save_minutes=1.0,
        threads=order.threads,
        seed=order.seed,
        shares=shares(folder / "data"),
    )
    # Reading the folder and the first step may take a while.
    say.begin("training")

    def told(trainer: Trainer, loss: float, overlap: float) -> None:
        say("training", trainer.progress, loss=round(loss, 4), iou=round(overlap, 4), samples=trainer.samples)

    trainer = train(config, progress=False, on_step=told)
    state = dict(trainer.averaged)
    # Its guess at its own quality was fitted to objects that it had not seen; here it has seen all.
    fitted = load_weights(parent.folder)
    state |= {name: value for name, value in fitted.items() if name.startswith("quality.")}
    training = {
        "samples": trainer.samples,
        "steps": trainer.step,
        "minutes": round(trainer.seconds / 60, 2),
        "learning_rate": config.learning_rate,
        "batch": config.batch,
        "seed": config.seed,
        "shares": dict(config.shares),
    }
    card = {
        "input_size": parent.input_size,
        "threshold": parent.threshold,
        "default": False,
        "parent": parent.id,
        **order.card,
        "training": training,
    }
    return save_model(folder / "candidate" / order.candidate, state, card)


def shares(data: Path) -> dict[str, float]:
    """How often each source is drawn: the project's objects most of the time, general ones against
    forgetting, each in proportion to its objects within its part."""
    counts: dict[str, int] = {}
    for folder in set_folders(data):
        for ref in objects_of(folder, MIN_AREA):
            counts[ref.source] = counts.get(ref.source, 0) + 1
    own = {source for source in counts if source.split("/")[0] == "project"}
    found: dict[str, float] = {}
    for part, share in ((own, PROJECT_SHARE), (set(counts) - own, 1 - PROJECT_SHARE)):
        total = sum(counts[source] for source in part)
        found |= {source: share * counts[source] / total for source in part}
    return found


def _compared(pairs: list[Pair]) -> dict[str, Any]:
    mean, low, high = difference(pairs)
    return {
        "images": len({pair.ref.image for pair in pairs}),
        "objects": len(pairs),
        "parent": _figures([pair.first for pair in pairs]),
        "candidate": _figures([pair.second for pair in pairs]),
        "difference": mean,
        "low": low,
        "high": high,
        "each": [
            {
                "image": pair.ref.image.name,
                "mask": f"{pair.ref.mask.parent.name}/{pair.ref.mask.name}",
                "id": pair.ref.id,
                "parent": round(pair.first, 4),
                "candidate": round(pair.second, 4),
                "outlines": [to_rings(outline) for outline in pair.outlines],
            }
            for pair in pairs
        ],
    }


def _figures(ious: list[float]) -> dict[str, float]:
    over = sum(iou >= 0.85 for iou in ious)
    return {"iou_mean": sum(ious) / len(ious), "iou_over_085": over / len(ious)}


def main(folder: Path) -> int:
    """0: done. 1: it cannot be done, and `failed.json` says why. 2: another process is at it."""
    _step_back()
    try:
        with locked(folder):
            try:
                run(folder)
            except MaaError as error:
                return _failed(folder, str(error))
            # torch reports a full disk as a RuntimeError; a sum that fails would fail with each start.
            except (OSError, RuntimeError, ArithmeticError, ValueError) as error:
                return _failed(folder, f"It stopped: {' '.join(str(error).split())[:300]}")
        return 0
    except Busy:
        return 2


def _step_back() -> None:
    """Give way to whoever clicks: to the processes beside this one, and to other sessions where Linux groups
    processes by these."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def _failed(folder: Path, message: str) -> int:
    print(message, file=sys.stderr)
    with contextlib.suppress(OSError):  # then it is found dead, and started again
        write_json(folder / FAILED, {"message": message})
    return 1


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main(Path(sys.argv[1])))
