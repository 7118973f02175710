"""What can go wrong while a model is trained: the library stays whole, and who labels notices nothing."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from maa.dextr.library import check_files
from maa.domain import Origin, Project, Prompt, Role
from maa.domain import Point as Click
from maa.domain.library import ChoiceHow, JobState, TrainingJob
from maa.learning import job_folder as worker
from maa.store.connection import StoreFailed
from maa.workflow import (
    detector_training,
    jobs,
    labeling,
    library,
    people,
    predict,
    projects,
    promotion,
    queue,
    training,
)
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace
from tests.workflow.drawn_project import (
    clicks_on,
    drawn_project,
    ellipses,
    put_untrained_model,
    waited_for,
    workspace_to_train_in,
)

SECOND = 1 / 60
"""A budget, in minutes."""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    yield from workspace_to_train_in(tmp_path / "data", monkeypatch)


@pytest.fixture
def project(ws: Workspace, tmp_path: Path) -> Project:
    return drawn_project(ws, tmp_path / "photos", photos=17, labeled=16)


def start(ws: Workspace, project: Project, minutes: float = SECOND) -> tuple[TrainingJob, Path]:
    job = training.finetune(ws, project.id, minutes=minutes, batch=2, input_size=32)
    return job, ws.data_dir / "jobs" / str(job.id)


def until(condition: str, folder: Path, seconds: float = 90) -> None:
    """Wait for a file of the job's folder (a pattern)."""
    deadline = time.monotonic() + seconds
    while not list(folder.glob(condition)):
        assert time.monotonic() < deadline, f"no {condition} in {sorted(folder.rglob('*'))}"
        time.sleep(0.05)


def test_a_training_that_is_killed_is_started_again_and_ends_well(ws: Workspace, project: Project) -> None:
    job, folder = start(ws, project)
    until("progress.json", folder)
    os.kill(int((folder / worker.LOCK).read_text()), signal.SIGKILL)
    ended = waited_for(ws, job.id)
    assert (ended.state, ended.starts) == (JobState.DONE, 2)
    check_files(library.entry(ws, "drawn-1").model)


def test_a_detector_s_training_that_is_killed_is_started_again_and_ends_well(
    ws: Workspace, tmp_path: Path
) -> None:
    project = drawn_project(ws, tmp_path / "photos", photos=36, labeled=32)
    job = detector_training.train(ws, project.id, minutes=SECOND, input_size=64)
    folder = ws.data_dir / "jobs" / str(job.id)
    until("progress.json", folder)
    os.kill(int((folder / worker.LOCK).read_text()), signal.SIGKILL)
    ended = waited_for(ws, job.id)
    assert (ended.state, ended.starts) == (JobState.DONE, 2)
    entry = library.entry(ws, ended.candidate)
    check_files(entry.model)
    assert [one.job_id for one in entry.detector_measurements] == [job.id], "measured once"


def test_one_that_dies_each_time_is_given_up_and_the_library_is_as_it_was(
    ws: Workspace, project: Project
) -> None:
    job, folder = start(ws, project, minutes=30)
    for _ in range(jobs.MAX_STARTS):
        until("progress.json", folder)
        os.kill(int((folder / worker.LOCK).read_text()), signal.SIGKILL)
        (folder / worker.PROGRESS).unlink(missing_ok=True)
        starts = jobs.job(ws, job.id).starts
        while (settled := jobs.job(ws, job.id)).starts == starts < jobs.MAX_STARTS:
            time.sleep(0.05)
    while settled.state is JobState.RUNNING:
        settled = jobs.job(ws, job.id)
    assert settled.state is JobState.FAILED
    assert "died" in settled.message
    assert [model.name for model in library.list_models()] == ["tiny", "duo"]


def test_a_full_disk_fails_the_training_with_a_sentence(ws: Workspace, project: Project) -> None:
    job, folder = start(ws, project)
    jobs._stop(folder)
    (folder / worker.PROGRESS).unlink(missing_ok=True)
    # No file of it may grow beyond what the progress takes: so fails the first that holds weights.
    limited = ["bash", "-c", 'ulimit -f 195 && exec "$@"', "limited"]
    ran = subprocess.run(
        [*limited, sys.executable, "-m", "maa.learning.job", str(folder)],
        cwd=Path(worker.__file__).parents[2],
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    earlier = time.time() - 3600
    os.utime(folder / worker.FAILED, (earlier, earlier))  # nobody looked for an hour
    ended = jobs.job(ws, job.id)
    assert ended.state is JobState.FAILED
    assert ended.message.startswith("It stopped:")
    assert ended.message in ran.stderr, "the log says why"
    assert ended.ended_at is not None
    assert abs(ended.ended_at.timestamp() - earlier) < 1
    assert [model.name for model in library.list_models()] == ["tiny", "duo"]
    assert not list((ws.data_dir / "models").rglob("*.unfinished"))


def test_a_database_without_room_gets_it_from_the_training_and_hears_of_it_later(
    ws: Workspace, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled, folder = start(ws, project, minutes=30)
    with monkeypatch.context() as full:
        full.setattr(ws.store, "write", Mock(side_effect=StoreFailed("no room")))
        with pytest.raises(StoreFailed):
            jobs.cancel(ws, cancelled.id)
        assert not folder.exists()
    assert jobs.cancel(ws, cancelled.id).state is JobState.CANCELLED

    done, folder = start(ws, project)
    until("result.json", folder)
    with monkeypatch.context() as full:
        full.setattr(
            library, "put_on_shelf", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
        )
        assert jobs.job(ws, done.id).state is JobState.RUNNING
        assert "Make room on the disk" in jobs.progress(ws, done.id).phase
    for refused in (OSError(errno.EACCES, "Permission denied"), shutil.Error([("a", "b", "No space left")])):
        with monkeypatch.context() as closed:
            closed.setattr(library, "put_on_shelf", Mock(side_effect=refused))
            assert jobs.job(ws, done.id).state is JobState.RUNNING, "it can be recorded once that is mended"
    with monkeypatch.context() as full:
        full.setattr(ws.store, "write", Mock(side_effect=StoreFailed("no room")))
        with pytest.raises(StoreFailed):
            jobs.job(ws, done.id)
    assert jobs.job(ws, done.id).state is JobState.DONE
    check_files(library.entry(ws, done.candidate).model)


def test_a_candidate_that_was_damaged_on_the_disk_is_not_taken(ws: Workspace, project: Project) -> None:
    job, folder = start(ws, project)
    until("result.json", folder)
    weights = folder / "candidate" / "drawn-1" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    ended = jobs.job(ws, job.id)
    assert ended.state is JobState.FAILED
    assert "sha256 differs" in ended.message
    assert [model.name for model in library.list_models()] == ["tiny", "duo"]
    assert library.entry(ws, "tiny").measurements == ()


def test_who_labels_notices_no_promotion(ws: Workspace, project: Project) -> None:
    ana = people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR})
    (label,) = projects.list_classes(ws, project.id)
    put_untrained_model(ws, "other")
    task = queue.claim_next(ws, project.id, ana.id)
    assert task is not None
    failures: list[BaseException] = []
    stop = threading.Event()
    answered: set[str] = set()

    def labels() -> None:
        try:
            number = 0
            while not stop.is_set():
                number += 1
                moved = clicks_on(ellipses(16)[number % 2]).points
                prompt = Prompt(points=(*moved[:3], Click(moved[3].x + number % 7, moved[3].y)))
                proposal = predict.propose(ws, task.image_id, prompt)
                answered.add(proposal.prediction.model_id)
                labeling.save_annotation(
                    ws,
                    task.id,
                    ana.id,
                    NewRevision(
                        label.id,
                        proposal.outline,
                        Origin.ASSISTED,
                        prompt=prompt,
                        model_id=proposal.prediction.model_id,
                        model_outline=proposal.outline,
                    ),
                )
        except BaseException as error:
            failures.append(error)

    at_work = threading.Thread(target=labels)
    at_work.start()
    try:
        while not answered:
            time.sleep(0.01)
        choice = promotion.promote(ws, project.id, "other", override=True, reason="to see")
        assert choice.how is ChoiceHow.OVERRIDDEN
        while len(answered) < 2 and not failures:
            time.sleep(0.01)
        promotion.roll_back(ws, project.id)
    finally:
        stop.set()
        at_work.join()
    assert failures == []
    assert {name.split("@")[0] for name in answered} == {"tiny", "other"}
