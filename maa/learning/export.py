"""From a training run to a model of the library.

`python -m maa.learning.export --run RUN --to MODELS/NAME`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from maa.dextr.library import save_model
from maa.dextr.shelves import LibraryModel
from maa.domain import NotFound

from .datasets import describe, set_folders
from .train import CHECKPOINT

PLACES = ("data", "run", "backbone", "detector", "start_from")
"""Entries of a run's configuration that name folders of the machine it ran on: not for a card."""


def export(
    run: Path, to: Path, *, input_size: int = 192, default: bool = False, **more: object
) -> LibraryModel:
    """Write a run's averaged weights with a card to the folder `to`, whose name becomes the model's.

    Args:
        run: folder with a checkpoint, finished or not.
        input_size: side of the network's input when it answers.
        default: whether the library uses this model when none is named.
        more: further entries of the card (licence, metrics, limits ...).

    Raises:
        NotFound: the run has no checkpoint.
    """
    path = run / CHECKPOINT
    if not path.exists():
        raise NotFound(f"{run} holds no {CHECKPOINT}: nothing was trained there.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    config = json.loads(state["config"])
    data = Path(config["data"])
    sets = [describe(folder) for folder in set_folders(data)] if data.is_dir() else []
    recipe = {key: value for key, value in config.items() if key not in PLACES}
    training = {
        "samples": state["samples"],
        "steps": state["step"],
        "minutes": round(state["seconds"] / 60, 1),
        "recipe": recipe,
        "history": state["history"],
    }
    card = {
        "input_size": input_size,
        "default": default,
        "parent": state.get("parent"),
        **more,
        "training": training,
        "training_data": sets,
    }
    return save_model(to, state["averaged"], card)


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a training run as a model of the library.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--input-size", type=int, default=192)
    parser.add_argument("--default", action="store_true")
    parser.add_argument("--card", type=Path, help="JSON file with further entries of the card")
    arguments = parser.parse_args()
    more = json.loads(arguments.card.read_text()) if arguments.card else {}
    model = export(
        arguments.run, arguments.to, input_size=arguments.input_size, default=arguments.default, **more
    )
    print(model.id)


if __name__ == "__main__":
    main()
