"""What a micromodel gains on a narrow domain that its parent has never seen, and what that saves.

.venv/bin/python -m tools.bench_micromodels --data DIR --parent MODEL --domains feralcat ccp animals \
    [--replay coco_small_train ...] [--run FOLDER] [--docs]

DIR holds sets (`maa.learning.datasets`). From each domain a fixed share of photos is held back; of the others
so many are drawn, with each seed, that 200 objects are together. A candidate is fine-tuned on these by the
job that a project's fine-tuning runs (`maa.learning.job`), then both models answer four clicks on the
held-back objects, and a simulated annotator brings some of them to IoU 0.90 with each. Stopped runs go on
where they were.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from maa.dextr.shelves import find_model, read_model
from maa.learning import job, job_folder
from maa.learning.datasets import ObjectRef, objects_of, photo_held_back
from maa.learning.reference_set import write_reference_set
from maa.learning.simulate import simulate

HELD_BACK = 0.2
CHECKED = 120
"""Objects that two models are compared on, about; whole photos."""
TARGET = 0.9
MIN_AREA = 600


@dataclass(frozen=True)
class Demonstration:
    """One domain, one seed."""

    data: Path
    domain: str
    parent: Path
    replay: tuple[str, ...]
    objects: int
    minutes: float
    seed: int
    simulated: int
    """Held-back objects that the simulated annotator labels."""


def demonstrate(given: Demonstration, folder: Path) -> dict:
    """Fine-tune once and measure; what is done already is read from `folder`."""
    kept = folder / "found.json"
    if kept.exists():
        return json.loads(kept.read_text())
    if not (folder / job_folder.ORDER).exists():
        _lay_out(given, folder)
        name = f"{given.domain}-{given.seed}"
        job_folder.write_order(
            folder, job_folder.Order(str(given.parent), name, given.minutes, seed=given.seed)
        )
    if not (folder / job_folder.RESULT).exists():
        job.run(folder)
    result = json.loads((folder / job_folder.RESULT).read_text())
    candidate = folder / "candidate" / f"{given.domain}-{given.seed}"
    here = result["sets"]["project"]
    seconds = {
        name: simulate(folder / "check" / "project", (TARGET,), model, given.simulated, min_area=MIN_AREA)
        for name, model in (("parent", given.parent), ("candidate", candidate))
    }
    found = {
        **{key: str(value) if isinstance(value, Path) else value for key, value in asdict(given).items()},
        "candidate": read_model(candidate).id,
        "samples": read_model(candidate).card["training"]["samples"],
        "held_back": {"objects": here["objects"], "images": here["images"]},
        "iou": {name: here[name]["iou_mean"] for name in ("parent", "candidate")},
        "gain": [here["difference"], here["low"], here["high"]],
        "general": [result["sets"]["general"][key] for key in ("difference", "low", "high")],
        "seconds": {name: one["seconds_mean"]["assisted"] for name, one in seconds.items()},
    }
    job_folder.write_json(kept, found)
    return found


def _lay_out(given: Demonstration, folder: Path) -> None:
    photos: dict[Path, list[ObjectRef]] = {}
    for ref in objects_of(given.data / given.domain, MIN_AREA):
        if ref.mask.parent.name == "masks":
            photos.setdefault(ref.image, []).append(ref)
    held_back = {photo: refs for photo, refs in photos.items() if photo_held_back(refs[0], HELD_BACK)}
    _link(_drawn(list(held_back.values()), CHECKED, seed=0), folder / "check" / "project")
    training = [refs for photo, refs in photos.items() if photo not in held_back]
    _link(_drawn(training, given.objects, given.seed), folder / "data" / "project")
    for name in given.replay:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        os.symlink((given.data / name).resolve(), folder / "data" / name)
    write_reference_set(folder / "check" / "general" / "references")


def _drawn(photos: Sequence[list[ObjectRef]], objects: int, seed: int) -> list[ObjectRef]:
    """Whole photos in a random order until so many objects are together."""
    drawn: list[ObjectRef] = []
    for index in np.random.default_rng(seed).permutation(len(photos)):
        if len(drawn) >= objects:
            break
        drawn += photos[index]
    return drawn


def _link(refs: Sequence[ObjectRef], to: Path) -> None:
    for path in dict.fromkeys(path for ref in refs for path in (ref.image, ref.mask)):
        place = to / ("images" if path.parent.name == "images" else "masks") / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(path.resolve(), place)


def table(found: Sequence[dict]) -> str:
    """Markdown, a row for each domain and seed and one for each domain's mean."""
    rows = [
        "| domain | seed | held-back objects | parent, IoU at four clicks | micromodel | gain (95 %) "
        "| general photos | seconds an object to IoU 0.90, parent | micromodel |",
        "| --- " * 9 + "|",
    ]
    for one in found:
        gain, low, high = one["gain"]
        rows.append(
            f"| {one['domain']} | {one['seed']} | {one['held_back']['objects']} "
            f"| {one['iou']['parent']:.3f} | {one['iou']['candidate']:.3f} "
            f"| {gain:+.3f} ({low:+.3f} to {high:+.3f}) | {one['general'][0]:+.3f} "
            f"| {one['seconds']['parent']:.1f} | {one['seconds']['candidate']:.1f} |"
        )
    for domain in dict.fromkeys(one["domain"] for one in found):
        own = [one for one in found if one["domain"] == domain]
        gains = [one["gain"][0] for one in own]
        saved = [one["seconds"]["parent"] - one["seconds"]["candidate"] for one in own]
        rows.append(
            f"| **{domain}** | {len(own)} seeds | | | | **{np.mean(gains):+.3f}** (seeds: "
            f"{min(gains):+.3f} to {max(gains):+.3f}) | | saved: **{np.mean(saved):.1f}** | |"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parent", required=True, help="a model of the library, or its folder")
    parser.add_argument("--domains", nargs="+", required=True)
    parser.add_argument("--replay", nargs="*", default=[])
    parser.add_argument("--run", type=Path, default=Path("build/bench/micromodels"))
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--simulated", type=int, default=40)
    given = parser.parse_args()
    parent = Path(given.parent) if Path(given.parent).is_dir() else find_model(given.parent).folder
    found = []
    for seed in range(given.seeds):
        for domain in given.domains:
            one = Demonstration(
                given.data, domain, parent, tuple(given.replay), given.objects, given.minutes, seed,
                given.simulated,
            )  # fmt: skip
            found.append(demonstrate(one, given.run / f"{domain}-{seed}"))
            print(json.dumps(found[-1]), flush=True)
    print(table(sorted(found, key=lambda one: (given.domains.index(one["domain"]), one["seed"]))))


if __name__ == "__main__":
    main()
