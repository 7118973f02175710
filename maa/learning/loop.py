"""The more is labeled, the less is clicked: an estimate, by simulating rounds of labeling and training.

Each round a simulated annotator labels the objects of some more photos with the model there is; a candidate
is trained on everything labeled so far and takes the model's place when it is better on the share of these
photos that is held back. From the second round on, the photos open with pre-labels: the model's answers to
the boxes of a detector that finds every object, its box off by up to `BOX_NOISE` of its size a side. What
each action takes is fixed (`simulate_report.Seconds`).

A run can be stopped at any moment and goes on where it was: finished rounds are in its folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shapely import MultiPolygon

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import find_model, read_model
from maa.domain import Box, InvalidInput, Prompt
from maa.domain.library import above_zero
from maa.geometry import mask_iou, rasterize

from . import job, job_folder, run_folder
from .clicks import BoolMask
from .datasets import IGNORE, ObjectRef, objects_of, photo_held_back, read_image, read_mask, set_folders
from .reference_set import write_reference_set
from .simulate import hand_vertices
from .simulate_assisted import Action, Step, repairs, steps
from .simulate_report import Seconds, by_hand, outcome

BOX_NOISE = 0.05
WORTH_REPAIRING = 0.6
"""IoU of a pre-label below which the annotator deletes it and begins anew."""
HELD_BACK = 0.2
ROUNDS = "rounds.json"


@dataclass(frozen=True)
class LoopConfig:
    """What is simulated."""

    data: Path
    run: Path
    """Folder of the run; what it holds is taken up again."""
    parent: str | None = None
    """A model of the library; None for the default."""
    rounds: int = 5
    objects: int = 50
    """At least so many objects are labeled a round, by whole photos."""
    minutes: float = 10.0
    """Budget of each training."""
    target: float = 0.9
    jitter: float = 2.0
    min_area: int = 600
    seed: int = 0
    threads: int = 1


def loop(
    config: LoopConfig, progress: Callable[[str], None] = lambda _: None, tell: job_folder.Tell | None = None
) -> dict[str, Any]:
    """Simulate the rounds that are not done yet; returns all of them. Ready for JSON. `progress` hears what
    begins, `tell` how far it is.

    Each round: `objects` labeled, `model` that helped, mean seconds an object `by_hand` (fewest vertices),
    `clicks` (four clicks and repairs) and `prelabels` (None in the first round), and what the training after
    it found (`difference` on the held-back share with its interval, `taken_up`).

    Raises:
        InvalidInput: the data are too few for a round, or an argument is out of range.
        ModelError: the parent cannot be used.
    """
    least = min(config.rounds, config.objects, config.threads)
    if least < 1 or config.minutes <= 0 or not 0 < config.target < 1:
        raise InvalidInput(
            "Rounds, objects, threads and minutes must be above 0, the target between 0 and 1."
        )
    parent = find_model(config.parent)
    photos = list(photos_in_order(config.data, config.min_area, config.seed))
    run_folder.take(config.run, "loop", _told(config))
    done: list[dict[str, Any]] = _read(config)
    model = Path(done[-1]["next"]) if done else parent.folder
    labeled = [ref for one in _parts(photos, config.objects)[: len(done)] for ref in one]
    for number, refs in enumerate(_parts(photos, config.objects)[: config.rounds]):
        if number < len(done):
            continue
        progress(f"round {number + 1}: labeling {len(refs)} objects with {read_model(model).id}")
        figures = _label(config, model, refs, number, tell)
        labeled += refs
        progress(f"round {number + 1}: training on {len(labeled)} objects")
        found = _train(config, model, labeled, number, tell)
        model = Path(found.pop("folder"))
        done.append({"round": number + 1, **figures, **found, "next": str(model)})
        job_folder.write_json(config.run / ROUNDS, {"config": _told(config), "rounds": done})
    rounds = [{key: value for key, value in one.items() if key != "next"} for one in done]
    return {"data": str(config.data), "parent": parent.id, "config": _told(config), "rounds": rounds}


def _told(config: LoopConfig) -> dict[str, Any]:
    """What makes a run another one."""
    kept = asdict(config) | {"data": str(config.data), "parent": find_model(config.parent).id}
    return {key: value for key, value in kept.items() if key not in ("run", "rounds", "threads")}


def _read(config: LoopConfig) -> list[dict[str, Any]]:
    path = config.run / ROUNDS
    if not path.exists():
        return []
    return list(json.loads(path.read_text())["rounds"])


def photos_in_order(data: Path, min_area: int, seed: int) -> Iterator[list[ObjectRef]]:
    """The photos of sets as their objects, in an order drawn by `seed`."""
    by_photo: dict[Path, list[ObjectRef]] = {}
    for folder in set_folders(data):
        for ref in objects_of(folder, min_area):
            if ref.mask.parent.name == "masks":  # further layers show the same photo's objects once more
                by_photo.setdefault(ref.image, []).append(ref)
    photos = list(by_photo.values())
    for index in np.random.default_rng(seed).permutation(len(photos)):
        yield photos[index]


def link(ref: ObjectRef, to: Path) -> None:
    """Have a set contain an object's photo and mask."""
    for path, part in ((ref.image, "images"), (ref.mask, "masks")):
        (to / part).mkdir(parents=True, exist_ok=True)
        there = to / part / path.name
        if not there.is_symlink():
            os.symlink(path.resolve(), there)


def _parts(photos: Sequence[list[ObjectRef]], least: int) -> list[list[ObjectRef]]:
    """Whole photos, `least` objects or more together; what is left over at the end is left out."""
    parts: list[list[ObjectRef]] = []
    present: list[ObjectRef] = []
    for refs in photos:
        present += refs
        if len(present) >= least:
            parts.append(present)
            present = []
    if not parts:
        raise InvalidInput(f"The data have only {len(present)} objects, too few for a round of {least}.")
    return parts


def _label(
    config: LoopConfig,
    model: Path,
    refs: Sequence[ObjectRef],
    number: int,
    tell: job_folder.Tell | None = None,
) -> dict[str, Any]:
    """What it takes to label objects: by hand, by clicks, and from pre-labels."""
    predictor = Predictor(model, cache_size=8)
    weights = Seconds().weights
    took: dict[str, list[float]] = {"by_hand": [], "clicks": [], "prelabels": []}
    as_they_were = 0
    for index, ref in enumerate(refs):
        if tell is not None:
            tell("labeling", index / len(refs))
        found = hand_vertices(ref, (config.target,))
        if found is None:
            continue  # not even its own outline reaches the target
        (fewest,) = found.fewest
        image, ids = read_image(ref.image), read_mask(ref.mask)
        truth, ignore = ids == ref.id, ids == IGNORE
        rng = np.random.default_rng((config.seed, number, index))
        clicked = list(
            steps(predictor, image, truth, ignore, rng, config.jitter, config.target, image_key=f"{index}")
        )
        took["by_hand"].append(float(by_hand(fewest) @ weights))
        took["clicks"].append(float(outcome(clicked, config.target, fewest).counts @ weights))
        if number > 0:
            made = _prelabel(predictor, image, truth, rng)
            seen = mask_iou(rasterize(made, truth.shape), truth, ignore)
            if seen < WORTH_REPAIRING:  # one click deletes it
                after = [Step(Action.CLICK, seen, 0.0), *clicked]
            else:
                after = list(
                    repairs(
                        predictor, image, truth, ignore, rng, made, config.jitter, config.target,
                        image_key=f"{index} pre-labeled",
                    )
                )  # fmt: skip
            took["prelabels"].append(float(outcome(after, config.target, fewest).counts @ weights))
            as_they_were += seen >= config.target
    means = {way: round(float(np.mean(values)), 2) if values else None for way, values in took.items()}
    measured = len(took["by_hand"])
    return {
        "objects": measured,
        "photos": len({ref.image for ref in refs}),
        "model": read_model(model).id,
        **means,
        "accepted_as_they_were": round(as_they_were / measured, 3) if number > 0 and measured else None,
    }


def _prelabel(predictor: Predictor, image: Any, truth: Any, rng: np.random.Generator) -> MultiPolygon:
    """The model's outline for a detector's box; empty where it has none."""
    try:
        return outline_of(predictor.predict(image, Prompt(box=noisy_box(truth, rng))))
    except InvalidInput:
        return MultiPolygon()


def noisy_box(truth: BoolMask, rng: np.random.Generator) -> Box:
    """What a detector would have said of an object: its box, each side off by up to `BOX_NOISE`."""
    rows, columns = np.nonzero(truth)
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    width, height = right - left, bottom - top
    off = rng.uniform(-BOX_NOISE, BOX_NOISE, 4) * (width, height, width, height)
    return Box(left + off[0], top + off[1], right + off[2], bottom + off[3])


def _train(
    config: LoopConfig,
    model: Path,
    labeled: Sequence[ObjectRef],
    number: int,
    tell: job_folder.Tell | None = None,
) -> dict[str, Any]:
    """Train a candidate on what was labeled; it takes the model's place when it is better."""
    folder = config.run / f"round-{number + 1}"
    result = folder / job_folder.RESULT
    if not result.exists():
        if not (folder / job_folder.ORDER).exists():
            _lay_out(folder, labeled)
            name = f"{config.data.name}-{number + 1}"
            job_folder.write_order(
                folder,
                job_folder.Order(str(model), name, config.minutes, config.threads, seed=config.seed),
            )
        job.run(folder, tell)
    found = json.loads(result.read_text())
    here = found["sets"].get("project")
    better = here is not None and above_zero(here["low"])
    candidate = folder / "candidate" / f"{config.data.name}-{number + 1}"
    return {
        "held_back": here["objects"] if here else 0,
        "difference": round(here["difference"], 4) if here else None,
        "interval": [round(here["low"], 4), round(here["high"], 4)] if here else None,
        "taken_up": better,
        "folder": str(candidate if better else model),
    }


def _lay_out(folder: Path, labeled: Sequence[ObjectRef]) -> None:
    for ref in labeled:
        held_back = photo_held_back(ref, HELD_BACK)
        link(ref, folder / ("check/project" if held_back else "data/project"))
    if not (folder / "check" / "general").exists():
        write_reference_set(folder / "check" / "general" / "references")
