"""The folder of a simulation that is taken up again: one simulation's, with one set of settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from maa.domain import InvalidInput

from .job_folder import write_json

SETTINGS = "settings.json"


def take(run: Path, simulation: str, settings: Mapping[str, object]) -> None:
    """Make the folder, or take it up again.

    Args:
        simulation: what kind it is, as "loop".
        settings: ready for JSON; with others the results would be those of no run at all.

    Raises:
        InvalidInput: it cannot be made, or holds a run with other settings or something else.
    """
    told = json.loads(json.dumps({"simulation": simulation, **settings}))
    path = run / SETTINGS
    try:
        run.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if json.loads(path.read_text()) != told:
                raise InvalidInput(f"{run} holds a run with other settings. Name another folder.")
        elif any(run.iterdir()):
            raise InvalidInput(f"{run} is not empty, and holds no {simulation} run. Name another folder.")
        else:
            write_json(path, told)
    except OSError as error:
        raise InvalidInput(
            f"{run} cannot be used as the run's folder ({error.strerror or error}). Name another one."
        ) from error
    except ValueError as error:
        raise InvalidInput(f"{path} cannot be read. Name another folder.") from error
