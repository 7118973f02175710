"""From a training run to a model of the library.

`python -m maa.learning.export --run RUN --to MODELS/NAME [--calibrate]`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from maa.dextr.library import save_model
from maa.dextr.network import Network
from maa.dextr.shelves import LibraryModel
from maa.domain import InvalidInput, NotFound

from .datasets import describe, objects_of, photo_held_back, set_folders
from .measure import answers, calibrated
from .train import CHECKPOINT

PLACES = ("data", "run", "backbone", "detector", "start_from")
"""Entries of a run's configuration that name folders of the machine it ran on: not for a card."""


CALIBRATED_ON = 400
"""The most held-out objects that the quality guess is fitted to."""


def export(
    run: Path,
    to: Path,
    *,
    input_size: int = 192,
    default: bool = False,
    calibrate: bool = False,
    mix: tuple[Path, float] | None = None,
    **more: object,
) -> LibraryModel:
    """Write a run's averaged weights with a card to the folder `to`, whose name becomes the model's.

    Args:
        run: folder with a checkpoint, finished or not.
        input_size: side of the network's input when it answers.
        default: whether the library uses this model when none is named.
        calibrate: fit the quality guess to the objects that the run held out.
        mix: another run from the same start, and its share (0..1) in the weights (Wortsman et al., "Model
            soups", ICML 2022).
        more: further entries of the card (licence, metrics, limits ...).

    Raises:
        NotFound: a run has no checkpoint.
        InvalidInput: too few objects were held out to calibrate with.
    """
    state, config = _checkpoint(run)
    data = Path(config["data"])
    sets = [describe(folder) for folder in set_folders(data)] if data.is_dir() else []
    averaged = state["averaged"]
    if mix is not None:
        other, share = mix
        beside, its_config = _checkpoint(other)
        averaged = {
            name: torch.lerp(value, beside["averaged"][name], share) if value.is_floating_point() else value
            for name, value in averaged.items()
        }
        more["mixed_with"] = {"share": share, **_told(beside, its_config)}
    fitted: dict[str, object] = {}
    if calibrate:
        averaged, fitted["quality_fitted_to"] = _calibrated(averaged, data, config, input_size)
    card = {
        "input_size": input_size,
        "default": default,
        "parent": state.get("parent"),
        **more,
        **fitted,
        "training": _told(state, config),
        "training_data": sets,
    }
    return save_model(to, averaged, card)


def _checkpoint(run: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's state, and its configuration."""
    path = run / CHECKPOINT
    if not path.exists():
        raise NotFound(f"{run} holds no {CHECKPOINT}: nothing was trained there.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state, json.loads(state["config"])


def _told(state: dict[str, Any], config: dict[str, Any]) -> dict[str, object]:
    """What a card says of a run."""
    return {
        "samples": state["samples"],
        "steps": state["step"],
        "minutes": round(state["seconds"] / 60, 1),
        "recipe": {key: value for key, value in config.items() if key not in PLACES},
        "history": state["history"],
    }


def _calibrated(
    state: dict[str, Tensor], data: Path, config: dict[str, Any], input_size: int
) -> tuple[dict[str, Tensor], str]:
    """Weights whose quality guess is fitted to held-out objects, and a sentence on what those are."""
    refs = [
        ref
        for folder in set_folders(data)
        for ref in objects_of(folder, config["minimum_area"])
        if photo_held_back(ref, config["holdout"])
    ]
    if len(refs) < 10:
        raise InvalidInput(f"{len(refs)} objects were held out, too few to fit the quality guess to.")
    chosen = np.random.default_rng(config["seed"]).permutation(len(refs))[:CALIBRATED_ON]
    network = Network()
    network.load_state_dict(state)
    found = answers(network.eval(), [refs[index] for index in sorted(chosen)], input_size)
    slope, offset = calibrated(network, found)
    fitted = {"quality.weight": torch.full((1, 1), slope), "quality.bias": torch.full((1,), offset)}
    return {**state, **fitted}, f"four clicks on {len(found)} objects of held-out training photos"


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a training run as a model of the library.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--input-size", type=int, default=192)
    parser.add_argument("--default", action="store_true")
    parser.add_argument("--calibrate", action="store_true", help="fit the quality guess to held-out objects")
    parser.add_argument("--mix", metavar="RUN:SHARE", help="another run from the same start, and its share")
    parser.add_argument("--card", type=Path, help="JSON file with further entries of the card")
    arguments = parser.parse_args()
    more = json.loads(arguments.card.read_text()) if arguments.card else {}
    other, _, share = (arguments.mix or "").rpartition(":")
    model = export(
        arguments.run, arguments.to, input_size=arguments.input_size, default=arguments.default,
        calibrate=arguments.calibrate, mix=(Path(other), float(share)) if other else None, **more,
    )  # fmt: skip
    print(model.id)


if __name__ == "__main__":
    main()
