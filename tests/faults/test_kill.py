"""A process is killed right after it said "saved": what it said is on disk."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maa.domain import Revision
from maa.store import annotations
from maa.store.connection import StoreDamaged
from maa.workflow import labeling, queue
from maa.workflow.workspace import Workspace

SAVER = Path(__file__).with_name("saver.py")
REPOSITORY = SAVER.parents[2]

Saved = tuple[int, int, int]
"""annotation id, revision number, the saver's own count"""


OFTEN, NEVER = "200KB", "1GB"
"""When the log is worked into the file: often, so that some kills fall into that; or not during the test."""


def save_and_be_killed(
    folder: Path, *, threads: int, corners: int, saves: int, seed: int, checkpoint: str = OFTEN
) -> list[Saved]:
    """What a saver acknowledged before it was killed, a random moment after its `saves`-th save."""
    process = subprocess.Popen(
        [sys.executable, str(SAVER), str(folder), str(threads), str(corners), checkpoint],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if len(said) == saves:
            time.sleep(random.Random(seed).uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(said) >= saves
    # the kill may cut the last line: that one was not said
    return [
        (int(words[1]), int(words[2]), int(words[3]))
        for line in said
        if line.endswith("\n") and (words := line.split())
    ]


def stored(ws: Workspace) -> dict[tuple[int, int], Revision]:
    """Every revision in the database by annotation id and number."""
    with ws.store.read() as tx:
        (count,) = (tx.value("SELECT coalesce(max(id), 0) FROM annotation"),)
        return {
            (revision.annotation_id, revision.number): revision
            for annotation_id in range(1, count + 1)
            for revision in annotations.revisions(tx, annotation_id)
        }


def check_all_there(folder: Path, said: list[Saved], *, threads: int, corners: int) -> None:
    ws = Workspace(folder)
    try:
        found = stored(ws)
        for annotation_id, number, count in said:
            revision = found[annotation_id, number]
            assert revision.effort.clicks == count
            assert revision.outline is not None
            radius = 100 + count / 7
            area = corners / 2 * radius**2 * math.sin(2 * math.pi / corners)
            assert revision.outline.area == pytest.approx(area, rel=1e-9)
    finally:
        ws.close()


@pytest.mark.parametrize(("threads", "corners", "saves"), [(1, 8, 60), (4, 60, 80), (2, 600, 40)])
def test_nothing_that_was_acknowledged_is_lost_by_a_kill(
    tmp_path: Path, threads: int, corners: int, saves: int
) -> None:
    said: list[Saved] = []
    for turn in range(2):
        said += save_and_be_killed(tmp_path, threads=threads, corners=corners, saves=saves, seed=turn)
        check_all_there(tmp_path, said, threads=threads, corners=corners)


def test_nothing_half_saved_is_there_after_a_kill(tmp_path: Path) -> None:
    said = save_and_be_killed(tmp_path, threads=3, corners=30, saves=80, seed=5)
    ws = Workspace(tmp_path)
    found = stored(ws)
    # at most one save a thread can have reached the disk without having been said
    assert len(said) <= len(found) <= len(said) + 3
    (project,) = (task.project_id for task in queue.list_tasks(ws, 1)[:1])
    for task in queue.list_tasks(ws, project):
        for annotation in labeling.list_annotations(ws, task.id):
            history = labeling.revisions(ws, annotation.id)
            assert [revision.number for revision in history] == list(range(1, len(history) + 1))
    with ws.store.read() as tx:
        events = tx.value("SELECT count(*) FROM event WHERE kind = 'saved'")
        without = tx.value(
            "SELECT count(*) FROM annotation WHERE id NOT IN (SELECT annotation_id FROM revision)"
        )
    assert events == len(found), "a revision and its event are one"
    assert without == 0
    ws.close()


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_a_log_cut_in_its_last_entry_loses_at_most_that_entry(tmp_path: Path, cut: int) -> None:
    """A power cut can leave the end of the log half written; everything before it must still be there."""
    folder = tmp_path / "data"
    said = save_and_be_killed(folder, threads=1, corners=30, saves=40, seed=cut, checkpoint=NEVER)
    log = folder / "maa.duckdb.wal"
    kept = tmp_path / "before"
    shutil.copytree(folder, kept)
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - cut)
    whole = Workspace(kept)
    expected = stored(whole)
    whole.close()
    ws = Workspace(folder)
    found = stored(ws)
    ws.close()
    assert found.keys() <= expected.keys()
    assert len(found) >= len(expected) - 1
    assert len(expected) >= len(said)


def test_a_log_damaged_in_its_middle_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Not what a crash does; opening it in silence would drop the good entries behind the damage."""
    save_and_be_killed(tmp_path, threads=1, corners=30, saves=40, seed=1, checkpoint=NEVER)
    log = tmp_path / "maa.duckdb.wal"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF
    log.write_bytes(content)
    with pytest.raises(StoreDamaged, match="Corrupt WAL"):
        Workspace(tmp_path)
    assert log.read_bytes() == content
