"""Which images should be labeled first: an estimate, by labeling in rounds in several orders.

All orders begin with the same photos. After each round a model is trained anew from the parent on all that
was labeled, the same number of samples for every order and round, and measured at four clicks on photos that
no order labels. What comes next is chosen among the photos that are left by what the models make of their
pre-labels (answers to a detector's boxes, as in `loop`): a photo counts by the object that the model is least
sure of, or that it and its parent disagree on most.

A run can be stopped at any moment and goes on where it was: every training and what it was measured at are in
its folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import LibraryModel, find_model
from maa.domain import InvalidInput, Prompt
from maa.geometry import iou

from . import job, run_folder
from .datasets import ObjectRef, read_image, read_mask
from .job_folder import Order, Progress, Tell, write_json
from .loop import link, noisy_box, photos_in_order
from .versus import interval, ious_of

Photo = list[ObjectRef]
RESULT, MADE = "routing.json", "made"
NOT_SETTINGS = ("run", "orders", "rounds", "seeds", "threads")
"""A run may be gone on with others of these."""


class Routing(StrEnum):
    """What comes first."""

    RANDOM = "random"
    LOW_CONFIDENCE = "low confidence"
    DISAGREEMENT = "disagreement"
    HIGH_CONFIDENCE = "high confidence"


@dataclass(frozen=True)
class RoutingConfig:
    """What is simulated."""

    data: Path
    run: Path
    """Folder of the run; what it holds is taken up again."""
    parent: str | None = None
    """A model of the library; None for the default."""
    orders: tuple[Routing, ...] = tuple(Routing)
    rounds: int = 3
    objects: int = 50
    """At least so many are labeled a round, by whole photos."""
    samples: int = 800
    """Of each training."""
    test_photos: int = 60
    pool: int = 200
    """The most photos that are chosen from."""
    min_area: int = 600
    seeds: int = 1
    """Repeats, each with other photos."""
    threads: int = 1


def simulate_routing(
    config: RoutingConfig, progress: Callable[[str], None] = lambda _: None, tell: Tell | None = None
) -> dict[str, Any]:
    """Simulate what is not done yet. Ready for JSON. `progress` hears what begins, `tell` how far a training
    is.

    Returns: `parent_iou`; `orders`, each with its `rounds`: `labels` (mean over the repeats), `iou` at four
    clicks on photos that nobody labeled, `gain` over the parent with its `interval` (resampled by photo,
    repeats together); and `labels_for_random`: how many labels the order needs for what random order reaches
    in the end, None where it does not get there, or where random order gained nothing (`random_gained`).

    Raises:
        InvalidInput: the data are too few, or an argument is out of range.
    """
    counts = (config.rounds, config.objects, config.samples, config.test_photos, config.seeds, config.threads)
    if min(counts) < 1:
        raise InvalidInput("Rounds, objects, samples, photos, seeds and threads must be above 0.")
    parent = find_model(config.parent)
    told = {k: str(v) for k, v in asdict(config).items() if k not in NOT_SETTINGS} | {"parent": parent.id}
    run_folder.take(config.run, "routing", told)
    path = config.run / RESULT
    done: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"config": told, "steps": {}}
    steps: dict[str, Any] = done["steps"]
    for seed in range(config.seeds):
        photos = list(photos_in_order(config.data, config.min_area, seed))
        test = [ref for photo in photos[: config.test_photos] for ref in photo]
        pool = photos[config.test_photos : config.test_photos + config.pool]
        if sum(map(len, pool)) < config.rounds * config.objects:
            raise InvalidInput(
                f"{len(photos)} photos are too few for {config.rounds} rounds beside the test."
            )
        if f"parent {seed}" not in steps:
            progress(f"repeat {seed + 1}: {parent.id} on {len(test)} objects of {config.test_photos} photos")
            steps[f"parent {seed}"] = {"ious": ious_of(parent.folder, test)}
            write_json(path, done)
        for order in config.orders:
            labeled: list[int] = []
            for number in range(config.rounds):
                # The first round is the same for all.
                key = f"{order} {seed} {number}" if number else f"first {seed}"
                if key not in steps:
                    candidate = config.run / _slug(
                        f"{order} {seed} {number - 1}" if number > 1 else f"first {seed}"
                    )
                    progress(f"repeat {seed + 1}, {order}, round {number + 1}: choosing")
                    left = [index for index in range(len(pool)) if index not in labeled]
                    left = _ordered(order if number else Routing.RANDOM, pool, left, parent, candidate, seed)
                    chosen = _first(pool, left, config.objects)
                    refs = [ref for index in [*labeled, *chosen] for ref in pool[index]]
                    progress(
                        f"repeat {seed + 1}, {order}, round {number + 1}: training on {len(refs)} objects"
                    )
                    made = _train(config, parent, refs, config.run / _slug(key), seed, tell)
                    ious = ious_of(made.folder, test)
                    steps[key] = {"chosen": chosen, "objects": len(refs), "ious": ious}
                    write_json(path, done)
                labeled += steps[key]["chosen"]
    return _report(config, parent, steps)


def _ordered(
    order: Routing, pool: Sequence[Photo], left: list[int], parent: LibraryModel, candidate: Path, seed: int
) -> list[int]:
    """The photos that are left, in the order in which they would be handed out."""
    drawn = [left[index] for index in np.random.default_rng((seed, len(left))).permutation(len(left))]
    if order is Routing.RANDOM:
        return drawn
    model = Predictor(_made(candidate), cache_size=0)
    other = Predictor(parent.folder, cache_size=0) if order is Routing.DISAGREEMENT else None
    worth = {index: _doubt(pool[index], model, other, (seed, index)) for index in drawn}
    sign = 1 if order is Routing.HIGH_CONFIDENCE else -1
    return sorted(drawn, key=lambda index: sign * worth[index])


def _doubt(photo: Photo, model: Predictor, other: Predictor | None, seed: tuple[int, int]) -> float:
    """1 minus the confidence of a photo's least sure pre-label, or minus the least IoU of two models'."""
    rng = np.random.default_rng(seed)
    image = read_image(photo[0].image)
    doubts = []
    for ref in photo:
        prompt = Prompt(box=noisy_box(read_mask(ref.mask) == ref.id, rng))
        try:
            first = model.predict(image, prompt)
            if other is None:
                doubts.append(1 - first.confidence)
            else:
                outlines = outline_of(first), outline_of(other.predict(image, prompt))
                doubts.append(0.0 if all(one.is_empty for one in outlines) else 1 - iou(*outlines))
        except InvalidInput:  # a speck of which the box says nothing
            continue
    return max(doubts, default=0.0)


def _first(pool: Sequence[Photo], left: Sequence[int], objects: int) -> list[int]:
    counts = np.cumsum([len(pool[index]) for index in left])
    return list(left[: int(np.searchsorted(counts, objects)) + 1])


def _train(
    config: RoutingConfig,
    parent: LibraryModel,
    refs: Sequence[ObjectRef],
    folder: Path,
    seed: int,
    tell: Tell | None,
) -> LibraryModel:
    for ref in refs:
        link(ref, folder / "data" / "project")
    order = Order(str(parent.folder), MADE, None, config.threads, seed, samples=config.samples)
    made = job.finetune(folder, order, Progress(folder, tell))
    for bulky in ("data", "run"):
        rmtree(folder / bulky)
    return made


def _made(folder: Path) -> Path:
    return folder / "candidate" / MADE


def _slug(key: str) -> str:
    return key.replace(" ", "-")


def _report(config: RoutingConfig, parent: LibraryModel, steps: dict[str, Any]) -> dict[str, Any]:
    by_order: dict[str, list[dict[str, Any]]] = {}
    before = {seed: np.array(steps[f"parent {seed}"]["ious"]) for seed in range(config.seeds)}
    for order in config.orders:
        for number in range(config.rounds):
            found = [
                steps[f"{order} {seed} {number}" if number else f"first {seed}"]
                for seed in range(config.seeds)
            ]
            sums, counts = [], []
            for seed, one in enumerate(found):
                gains = np.array(one["ious"]) - before[seed]
                at = 0
                for photo in list(photos_in_order(config.data, config.min_area, seed))[: config.test_photos]:
                    sums.append(float(gains[at : at + len(photo)].sum()))
                    counts.append(len(photo))
                    at += len(photo)
            gain, low, high = interval(sums, counts)
            by_order.setdefault(order, []).append(
                {
                    "labels": round(float(np.mean([one["objects"] for one in found])), 1),
                    "iou": round(float(np.mean(np.concatenate([one["ious"] for one in found]))), 4),
                    "gain": round(gain, 4),
                    "interval": [round(low, 4), round(high, 4)],
                }
            )
    parent_iou = round(float(np.mean(np.concatenate(list(before.values())))), 4)
    random = by_order.get(Routing.RANDOM)
    # What random order has not learnt, no order can learn with fewer labels.
    final = random[-1]["iou"] if random and random[-1]["iou"] > parent_iou else None
    return {
        "data": str(config.data),
        "parent": parent.id,
        "parent_iou": parent_iou,
        "random_gained": final is not None,
        "test_objects": sum(map(len, before.values())),
        "samples": config.samples,
        "repeats": config.seeds,
        "orders": [
            {"order": order, "rounds": rounds, "labels_for_random": _labels_for(final, rounds)}
            for order, rounds in by_order.items()
        ],
    }


def _labels_for(iou_wanted: float | None, rounds: Sequence[dict[str, Any]]) -> float | None:
    """Labels with which an order reaches an IoU, between its rounds in a straight line."""
    if iou_wanted is None:
        return None
    if rounds[0]["iou"] >= iou_wanted:
        return float(rounds[0]["labels"])
    for before, after in pairwise(rounds):
        if after["iou"] >= iou_wanted:
            share = (iou_wanted - before["iou"]) / (after["iou"] - before["iou"])
            return round(float(before["labels"] + share * (after["labels"] - before["labels"])), 1)
    return None
