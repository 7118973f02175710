"""A project of drawn photos whose objects are all approved, to train on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from shapely import MultiPolygon, Point, affinity

from maa.dextr.library import save_model
from maa.dextr.network import Network
from maa.domain import Origin, Project, Prompt, Role
from maa.domain import Point as Click
from maa.domain.library import JobState, TrainingJob
from maa.workflow import images, jobs, labeling, people, predict, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace


def ellipses(number: int) -> list[MultiPolygon]:
    """The two objects of photo `number`, which is 120 x 90 pixels."""
    rng = np.random.default_rng(number)
    found = []
    for x in (32.0, 88.0):
        round_ = Point(x, rng.uniform(38, 52)).buffer(1)
        found.append(MultiPolygon([affinity.scale(round_, rng.uniform(14, 24), rng.uniform(14, 26))]))
    return found


def draw_photo(path: Path, number: int) -> Path:
    rng = np.random.default_rng(1000 + number)
    pixels = rng.integers(0, 60, (90, 120, 3), dtype=np.uint8)
    for outline in ellipses(number):
        ring = np.array(outline.geoms[0].exterior.coords)
        cv2.fillPoly(pixels, [np.round(ring).astype(np.int32)], (150, 180, 60 + number))
    cv2.imwrite(str(path), pixels)
    return path


def clicks_on(outline: MultiPolygon) -> Prompt:
    """What an annotator would have clicked: the middles of the four sides."""
    left, top, right, bottom = outline.bounds
    x, y = (left + right) / 2, (top + bottom) / 2
    return Prompt(points=(Click(left, y), Click(x, top), Click(right, y), Click(x, bottom)))


def drawn_project(
    ws: Workspace,
    folder: Path,
    photos: int = 16,
    labeled: int | None = None,
    name: str = "Drawn",
    label: str = "ellipse",
) -> Project:
    """A project whose first `labeled` photos (all, by default) are approved; even ones have real clicks."""
    folder.mkdir(exist_ok=True)
    project = projects.create_project(ws, name, [label])
    update_settings(ws, project.id, review_share=0.0, review_newcomers=0)
    paths = [
        draw_photo(folder / f"photo {chr(97 + number % 26)}{number // 26 or ''}.png", number)
        for number in range(photos)
    ]
    images.import_paths(ws, project.id, paths)
    (class_,) = projects.list_classes(ws, project.id)
    ana = people.add_person(ws, f"Ana of {name}", {project.id: Role.ANNOTATOR})
    for number in range(photos if labeled is None else labeled):
        task = queue.claim_next(ws, project.id, ana.id)
        assert task is not None
        for outline in ellipses(number):
            prompt = clicks_on(outline) if number % 2 == 0 else None
            labeling.save_annotation(
                ws, task.id, ana.id, NewRevision(class_.id, outline, Origin.MANUAL, prompt=prompt)
            )
        labeling.submit(ws, task.id, ana.id)
    return project


def put_untrained_model(ws: Workspace, name: str = "tiny") -> None:
    """An untrained model that answers at 64 x 64, on the shelf of the data folder."""
    torch.manual_seed(0)
    state = Network().state_dict()
    state["mask.bias"] += 0.2  # some of the crop, not nothing
    save_model(ws.data_dir / "models" / name, state, {"input_size": 64, "classes": []})


def workspace_to_train_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose default model is small and untrained; what still trains at the end is cancelled."""
    monkeypatch.setenv("MAA_DATA_DIR", str(folder))
    monkeypatch.setenv("MAA_MODEL", "tiny")
    monkeypatch.delenv("MAA_GENERAL_DATA", raising=False)
    monkeypatch.setattr(predict, "_loaded", {})
    torch.set_num_threads(1)
    ws = Workspace(folder)
    put_untrained_model(ws)
    yield ws
    for job in jobs.listed(ws):
        jobs.cancel(ws, job.id)
    ws.close()


def waited_for(
    ws: Workspace, job_id: int, tell: Callable[[jobs.JobProgress], None] = lambda _: None
) -> TrainingJob:
    """A job once it has ended; `tell` hears of its progress."""
    while (found := jobs.job(ws, job_id)).state is JobState.RUNNING:
        tell(jobs.progress(ws, job_id))
        time.sleep(0.5)
    return found
