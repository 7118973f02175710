"""The folder of a training job: what the app writes into it, and what the process at work says there.

Every file is written wholly or not at all. See `maa.learning.job`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from maa.dextr.shelves import find_model
from maa.files import replacing

ORDER, PROGRESS, RESULT, FAILED, LOCK = (
    "order.json",
    "progress.json",
    "result.json",
    "failed.json",
    "lock",
)
MIN_AREA = 100
"""Pixels; smaller objects are neither trained on nor compared."""
TOO_SMALL = (
    f"No held-back object is larger than {MIN_AREA} pixels: there is nothing to measure a detector on. "
    "Approve some images with larger objects."
)
SAY_EVERY = 0.5
"""Seconds between two words on the progress."""


@dataclass(frozen=True)
class DetectorOrder:
    """What more a job on a detector needs to know; its `parent` lends the encoder."""

    classes: tuple[str, ...]
    """To tell apart, in this order."""
    outliner: str
    """Folder of the model that makes outlines of what it finds."""
    present: str | None = None
    """Folder of the detector that the project has, to be measured as well."""


@dataclass(frozen=True)
class Order:
    """What a job is to do: train and compare a model that outlines, or, with `detector`, one that finds
    objects.
    """

    parent: str
    """Folder of the model to start from and to compare with."""
    candidate: str
    """Name of the model to make; without `minutes` the folder of one to compare."""
    minutes: float | None = None
    """Budget of the training; None only compares."""
    threads: int = 1
    seed: int = 0
    batch: int = 8
    input_size: int | None = None
    """Side that is trained at; None for the parent's."""
    card: dict[str, Any] = field(default_factory=dict)
    """Further entries of the candidate's card."""
    detector: DetectorOrder | None = None
    samples: int | None = None
    """Budget of a training that is to be the same on any machine, in place of `minutes`."""


class Busy(Exception):
    """Another process is at this job."""


def write_json(path: Path, content: object) -> None:
    """Wholly or not at all."""
    with replacing(path, one_writer=True) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        json.dump(content, file)


def write_order(folder: Path, order: Order) -> None:
    write_json(folder / ORDER, asdict(order))


def read_order(folder: Path) -> Order:
    """What `write_order` wrote; models that the data folder was moved with are found where they are now.

    Raises:
        ModelError: one of them is gone.
    """
    told = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    told["parent"] = _where(told["parent"])
    if told["minutes"] is None:
        told["candidate"] = _where(told["candidate"])
    if (more := told.pop("detector")) is not None:
        more["classes"] = tuple(more["classes"])
        more["outliner"] = _where(more["outliner"])
        more["present"] = more["present"] and _where(more["present"])
        more = DetectorOrder(**more)
    return Order(**told, detector=more)


def _where(model: str) -> str:
    """The folder of a model, which is called as it is."""
    return model if Path(model).is_dir() else str(find_model(Path(model).name).folder)


@contextlib.contextmanager
def locked(folder: Path, *, claim: bool = True) -> Iterator[IO[str]]:
    """Hold the job's lock, which goes with the process however that ends; in it stands the process' id.

    Args:
        claim: write this process' id into it; else only see whether it is free.

    Raises:
        Busy: another process holds it.
    """
    with (folder / LOCK).open("a+" if claim else "r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy from None
        if claim:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield file


Tell = Callable[[str, float], None]
"""Hears a phase and how much of it is done, 0..1."""


class Progress:
    """Says how far the job is, now and then; a full disk does not stop it, but a folder that is gone does."""

    def __init__(self, folder: Path, tell: Tell | None = None) -> None:
        """`tell`: hears it as well."""
        self._path = folder / PROGRESS
        self._tell = tell
        self._said = 0.0
        self._phase = ""

    def __call__(self, phase: str, share: float, **more: object) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._said < SAY_EVERY:
            return
        self._said, self._phase = now, phase
        if self._tell is not None:
            self._tell(phase, share)
        try:
            write_json(self._path, {"phase": phase, "share": round(share, 4), **more})
        except OSError:
            if not self._path.parent.is_dir():  # nobody waits for this any more
                raise

    def begin(self, phase: str) -> None:
        """A phase begins; one that an earlier process was in stays as far as that had come."""
        share = 0.0
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads(self._path.read_text(encoding="utf-8"))
            share = float(said["share"]) if said["phase"] == phase else 0.0
        self(phase, share)

    def part(self, phase: str) -> Callable[[int, int], None]:
        return lambda done, of: self(phase, done / of)
