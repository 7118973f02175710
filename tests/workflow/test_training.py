"""Trainings of a project's candidates: real processes on a small project, with a budget of seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from maa.dextr.shelves import find_model
from maa.domain import Conflict, Image, InvalidInput, Project, SplitBy
from maa.domain.library import GENERAL, HELD_BACK, JobKind, JobState, ModelState, TrainingJob
from maa.learning.datasets import objects_of
from maa.workflow import held_back, job_results, jobs, library, training, training_data
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.learning.conftest import draw_set
from tests.workflow.drawn_project import drawn_project, waited_for, workspace_to_train_in

SECOND = 1 / 60
"""A budget, in minutes."""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    yield from workspace_to_train_in(tmp_path / "data", monkeypatch)


@pytest.fixture
def project(ws: Workspace, tmp_path: Path) -> Project:
    return drawn_project(ws, tmp_path / "photos")


def start(ws: Workspace, project: Project, minutes: float = SECOND) -> TrainingJob:
    return training.finetune(ws, project.id, minutes=minutes, batch=2, input_size=32)


def test_a_training_leaves_a_candidate_with_a_card_compared_on_what_it_never_saw(
    ws: Workspace, project: Project
) -> None:
    draw_set(ws.data_dir / "general" / "ellipses", photos=40)
    said: list[str] = []
    job = waited_for(ws, start(ws, project).id, lambda now: said.append(now.phase))
    assert (job.state, job.message) == (JobState.DONE, "")
    assert "training" in said
    entry = library.entry(ws, "drawn-1")
    assert entry.state is ModelState.CANDIDATE
    card = entry.model.card
    assert card["parent"] == find_model("tiny").id
    assert card["classes"] == ["ellipse"]
    own, replayed = card["training_data"]  # type: ignore[misc]
    assert (own["project"], own["images"], own["objects"]) == ("Drawn", job.images, job.objects)
    assert replayed["name"] == "ellipses"
    measured = {(one.measured_on, one.model_id): one for one in entry.measurements}
    here = measured[HELD_BACK, entry.model.id]
    assert (here.objects, here.against) == (job.held_back, find_model("tiny").id)
    assert here.low is not None
    assert here.low <= (here.difference or 0.0)
    assert measured[GENERAL, entry.model.id].objects > 5  # the references, and what is held out of the set
    result = job_results.result(ws, job.id)
    assert result is not None
    assert len(result["sets"]["project"]["each"]) == job.held_back
    assert not (ws.data_dir / "jobs" / str(job.id) / "data").exists()

    compared = waited_for(ws, training.compare(ws, project.id, "tiny", against="drawn-1").id)
    assert (compared.kind, compared.state) == (JobKind.COMPARE, JobState.DONE)
    assert library.entry(ws, "tiny").measurements[-1].against == entry.model.id

    # The next one has a name of its own.
    again = start(ws, project)
    assert again.candidate == "drawn-2"
    jobs.cancel(ws, again.id)


def test_one_training_of_a_project_runs_at_a_time_and_can_be_cancelled(
    ws: Workspace, project: Project
) -> None:
    job = start(ws, project, minutes=30)
    with pytest.raises(Conflict, match="running already"):
        start(ws, project)
    assert jobs.cancel(ws, job.id).state is JobState.CANCELLED
    assert not (ws.data_dir / "jobs" / str(job.id)).exists()
    assert [model.name for model in library.list_models()] == ["tiny", "duo"]
    assert jobs.job(ws, job.id).state is JobState.CANCELLED


def test_one_that_is_cancelled_while_its_data_is_written_did_not_fail(
    ws: Workspace, project: Project
) -> None:
    def cancel(*_: object) -> None:
        for one in jobs.listed(ws, project.id):
            jobs.cancel(ws, one.id)

    ended = training.finetune(ws, project.id, minutes=SECOND, batch=2, input_size=32, on_progress=cancel)
    assert jobs.job(ws, ended.id).state is JobState.CANCELLED


def test_what_is_held_back_is_in_no_training_and_keeps_its_side(ws: Workspace, project: Project) -> None:
    found = training_data.approved(ws, project.id)
    train = {one.image.id for one in found.train}
    aside = {one.image.id for one in found.held_back}
    assert train
    assert aside
    assert not train & aside
    assert len(train | aside) == 16
    assert all(held_back.is_held_back(one.image, SplitBy.IMAGE) for one in found.held_back)


def test_about_a_fifth_is_held_back_and_a_sequence_stays_together(ws: Workspace, project: Project) -> None:
    (one, *_) = training_data.approved(ws, project.id).train

    def image(number: int, sequence: str | None) -> Image:
        return Image(number, 1, "x", 9, 9, "", f"pixels {number}", one.image.created_at, sequence, number)

    lone = [held_back.is_held_back(image(number, None), SplitBy.IMAGE) for number in range(2000)]
    assert 0.17 < sum(lone) / len(lone) < 0.23
    for sequence in ("a_", "b_", "c_"):
        sides = {held_back.is_held_back(image(n, sequence), SplitBy.SEQUENCE) for n in range(50)}
        assert len(sides) == 1
    by_image = {held_back.is_held_back(image(n, "a_"), SplitBy.IMAGE) for n in range(50)}
    assert by_image == {True, False}


def test_how_images_are_held_back_is_fixed_once_something_was_trained(
    ws: Workspace, project: Project
) -> None:
    update_settings(ws, project.id, held_back_by="sequence")
    update_settings(ws, project.id, held_back_by="image")
    jobs.cancel(ws, start(ws, project, minutes=30).id)
    with pytest.raises(InvalidInput, match="cannot change once"):
        update_settings(ws, project.id, held_back_by="sequence")


def test_the_written_set_has_every_object_and_the_clicks_that_were_made(
    ws: Workspace, project: Project, tmp_path: Path
) -> None:
    found = training_data.approved(ws, project.id)
    training_data.write_set(ws, tmp_path / "set", found.train, {"licence": "CC0"}, jobs.no_progress)
    refs = objects_of(tmp_path / "set")
    assert len(refs) == training_data.count_objects(found.train)
    with_clicks = [ref for ref in refs if ref.clicks]
    assert 0 < len(with_clicks) < len(refs)
    for ref in with_clicks:
        x = [point[0] for point in ref.clicks]
        assert abs(min(x) - ref.columns[0]) < 1.5
        assert abs(max(x) - ref.columns[1]) < 1.5
    assert json.loads((tmp_path / "set" / "meta.json").read_text()) == {"licence": "CC0"}


def test_too_little_work_is_said(ws: Workspace, tmp_path: Path) -> None:
    project = drawn_project(ws, tmp_path / "photos", photos=6, labeled=2)
    with pytest.raises(InvalidInput, match="Too little is approved to train on: "):
        start(ws, project)
    assert jobs.listed(ws) == []
