"""People who work while a model is fine-tuned beside them: what their answers take with and without.

The job is the one that the Models page starts, in a process of its own. It is stopped and let go on in turn
while the people go on, so that both are measured in the same minutes of the same machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from maa.dextr.shelves import find_model
from maa.learning import job_folder
from maa.learning.reference_set import write_reference_set
from tools import bench_canvas_people as people
from tools.bench_canvas_setup import Rig, spread

PEOPLE = 3
TURN = 20.0
"""Seconds with the training, then as many without it, ..."""
TURNS = 8
MARGIN = 1.0
"""Seconds after each change that count for neither."""


def fill(rig: Rig) -> list[people.Worker]:
    """The people's photos, and the order of a training. The app must not run yet."""
    folder = rig.folder / "job"
    write_reference_set(folder / "data" / "project")
    job_folder.write_order(
        folder, job_folder.Order(str(find_model().folder), "beside", 2 * TURN * TURNS / 60)
    )
    return people.fill(rig)[:PEOPLE]


def measure(rig: Rig, workers: list[people.Worker]) -> dict[str, Any]:
    command = [sys.executable, "-m", "maa.learning.job", str(rig.folder / "job")]
    training = subprocess.Popen(command)
    progress = rig.folder / "job" / job_folder.PROGRESS
    while not (progress.exists() and '"samples"' in progress.read_text()):
        if training.poll() is not None:
            raise RuntimeError("The training did not begin.")
        time.sleep(0.2)
    windows: list[tuple[float, float, bool]] = []

    def take_turns() -> None:
        for turn in range(TURNS):
            goes = turn % 2 == 0
            os.kill(training.pid, signal.SIGCONT if goes else signal.SIGSTOP)
            began = time.perf_counter()
            time.sleep(TURN)
            windows.append((began + MARGIN, began + TURN - MARGIN, goes))

    turns = threading.Thread(target=take_turns)
    turns.start()
    try:
        found = people.measure(rig, workers, TURN * TURNS)
    finally:
        turns.join()
        training.kill()
        training.wait()
    timed = [pair for one in workers for pair in zip(one.asked, one.answers, strict=True)]
    parts = {
        name: spread([took for at, took in timed
                      if any(start <= at <= end and goes == wanted for start, end, goes in windows)])
        for name, wanted in (("training", True), ("alone", False))
    }  # fmt: skip
    ratio = round(parts["training"]["p95"] / parts["alone"]["p95"], 2)
    failures = found["ten_people"]["failures"]
    return {"beside_training": {**parts, "ratio": ratio, "people": len(workers), "failures": failures}}
