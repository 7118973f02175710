"""How fast work is handed out among 100,000 tasks: one at a time, and to 50 people who ask at once."""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from maa.workflow import queue
from maa.workflow.workspace import Workspace
from tools import bulk

TASKS = 100_000
TURNS = 300
CROWD = 50
BURSTS = 5


def measure(tasks: int = TASKS, turns: int = TURNS) -> dict:
    """Milliseconds of one hand-out, and seconds until everybody of a crowd has an image, each another one."""
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace(Path(folder))
        try:
            project = bulk.project_of(ws, tasks)
            crowd = bulk.crowd(ws, project, CROWD)
            alone, processor = [], []
            for turn in range(turns):
                began, used = time.perf_counter(), time.process_time()
                task = queue.claim_next(ws, project.id, crowd[turn % CROWD])
                alone.append(1000 * (time.perf_counter() - began))
                processor.append(1000 * (time.process_time() - used))
                assert task is not None
                queue.skip(ws, task.id, crowd[turn % CROWD], "measured")
            bursts = [_burst(ws, project.id, crowd) for _ in range(BURSTS)]
        finally:
            ws.close()
    return {
        "tasks": tasks,
        "turns": turns,
        "ms_p50": round(float(np.percentile(alone, 50)), 1),
        "ms_p95": round(float(np.percentile(alone, 95)), 1),
        "ms_processor": round(float(np.median(processor)), 1),
        "people": CROWD,
        "burst_s_median": round(float(np.median(bursts)), 2),
        "burst_s_worst": round(max(bursts), 2),
    }


def _burst(ws: Workspace, project_id: int, crowd: list[int]) -> float:
    together = threading.Barrier(len(crowd) + 1)

    def ask(person_id: int) -> int:
        together.wait()
        task = queue.claim_next(ws, project_id, person_id)
        assert task is not None
        return task.id

    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = [pool.submit(ask, person_id) for person_id in crowd]
        together.wait()
        began = time.perf_counter()
        handed_out = [answer.result() for answer in answers]
        taken = time.perf_counter() - began
    assert len(set(handed_out)) == len(crowd), "two people got the same image"
    for person_id, task_id in zip(crowd, handed_out, strict=True):
        queue.skip(ws, task_id, person_id, "measured")
    return taken
