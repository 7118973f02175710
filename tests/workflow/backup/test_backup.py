from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from maa.dextr.shelves import ModelError, find_model
from maa.domain import (
    Conflict,
    InvalidInput,
    NotAllowed,
    Origin,
    Role,
    TaskState,
)
from maa.domain.library import ChoiceHow, ModelPurpose
from maa.store import micromodels
from maa.workflow import comments, history, images, labeling, people, projects, promotion, queue, review
from maa.workflow.backup import backup, lacking_models, restore
from maa.workflow.exports import export
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.workflow.backup.conftest import BOX
from tests.workflow.backup.forging import rewritten, with_rows
from tests.workflow.pictures import encoded, photo


def test_everything_comes_back_in_another_installation(
    busy: tuple[Workspace, int], file: Path, empty: Workspace
) -> None:
    ws, project_id = busy
    project = restore(empty, file)
    assert (project.name, project.guidelines) == ("Straße 🚗", "Draw *all*.")
    assert export(empty, project.id, status="all").content == export(ws, project_id, status="all").content
    assert export(empty, project.id).content == export(ws, project_id).content
    assert [person.name for person in people.list_people(empty)] == ["Ana", "Ben", "Rita"]
    assert [member.role for member in people.list_members(empty, project.id)] == [
        Role.ANNOTATOR,
        Role.ANNOTATOR,
        Role.REVIEWER,
    ]
    for before, after in zip(
        images.list_images(ws, project_id), images.list_images(empty, project.id), strict=True
    ):
        assert (before.file_name, before.created_at, before.frame) == (
            after.file_name,
            after.created_at,
            after.frame,
        )
        assert np.array_equal(images.load_pixels(ws, before.id), images.load_pixels(empty, after.id))
    states = [task.state for task in queue.list_tasks(empty, project.id)]
    assert states == [TaskState.APPROVED, TaskState.LEASED, TaskState.READY, TaskState.READY]
    old_task, new_task = queue.list_tasks(ws, project_id)[0], queue.list_tasks(empty, project.id)[0]
    for old, new in zip(
        labeling.list_annotations(ws, old_task.id), labeling.list_annotations(empty, new_task.id), strict=True
    ):
        for first, second in zip(
            labeling.revisions(ws, old.id), labeling.revisions(empty, new.id), strict=True
        ):
            assert (
                first.number,
                first.origin,
                first.prompt,
                first.model_id,
                first.effort,
                first.created_at,
                first.correction,
            ) == (
                second.number,
                second.origin,
                second.prompt,
                second.model_id,
                second.effort,
                second.created_at,
                second.correction,
            )
    before, after = review.list_reviews(ws, old_task.id), review.list_reviews(empty, new_task.id)
    assert [(r.verdict, r.reason, r.comment, r.place) for r in after] == [
        (r.verdict, r.reason, r.comment, r.place) for r in before
    ]
    assert [r.place for r in after if r.place] == [(3.25, 4), (5, 6)]
    assert "project_restored" in [event.kind for event in history.events(empty, project_id=project.id)]
    retired = [
        label for label in projects.list_classes(empty, project.id, include_retired=True) if label.retired
    ]
    assert [label.name for label in retired] == ["lorry"]


def test_work_goes_on_in_a_restored_project(empty: Workspace, file: Path) -> None:
    project = restore(empty, file)
    ana = next(person for person in people.list_people(empty) if person.name == "Ana")
    task = queue.claim_next(empty, project.id, ana.id)
    assert task is not None
    (label, *_) = projects.list_classes(empty, project.id)
    labeling.save_annotation(
        empty, task.id, ana.id, labeling.NewRevision(label.id, BOX, Origin.MANUAL), key="once"
    )
    assert labeling.submit(empty, task.id, ana.id).state is TaskState.SUBMITTED
    assert projects.create_project(empty, "Another", ["x"]).id != project.id


def test_beside_the_original_it_gets_a_name_of_its_own_and_shares_people_and_pictures(
    tmp_path: Path,
) -> None:
    ws = Workspace(tmp_path / "data")
    try:
        project = projects.create_project(ws, "P" * 100, ["x"]).id
        images.import_uploads(ws, project, [("a.png", io.BytesIO(encoded(photo())))])
        file = backup(ws, project, tmp_path / "b.zip")
        first, second, third = restore(ws, file), restore(ws, file), restore(ws, file, name="Third")
        assert first.name == "P" * 89 + " (restored)"
        assert second.name == "P" * 87 + " (restored 2)"
        assert third.name == "Third"
        with pytest.raises(InvalidInput, match="already"):
            restore(ws, file, name="third")
        assert len([path for path in ws.images_dir.rglob("*") if path.is_file()]) == 1
        assert len(projects.list_projects(ws)) == 4
    finally:
        ws.close()


def test_an_archived_project_comes_back_in_use(tmp_path: Path) -> None:
    ws = Workspace(tmp_path / "data")
    try:
        project = projects.create_project(ws, "Old", ["x"]).id
        projects.archive_project(ws, project)
        assert restore(ws, backup(ws, project, tmp_path / "b.zip")).archived_at is None
    finally:
        ws.close()


def test_a_backup_from_before_a_column_was_added_is_restored(file: Path, empty: Workspace) -> None:
    older = with_rows(file, "project", "SELECT * EXCLUDE (lease_minutes) FROM t")
    older = with_rows(older, "review", "SELECT * EXCLUDE (x, y) FROM t")
    older = with_rows(older, "revision", "SELECT * EXCLUDE (correction) FROM t")
    project = restore(empty, older)
    assert project.lease_minutes == 30
    task = queue.list_tasks(empty, project.id)[0]
    assert {said.place for said in review.list_reviews(empty, task.id)} == {None}
    (drawn, *_) = labeling.list_annotations(empty, task.id)
    assert {revision.correction for revision in labeling.revisions(empty, drawn.id)} == {False}


def test_a_backup_that_could_not_be_restored_is_not_made(tmp_path: Path) -> None:
    ws = Workspace(tmp_path / "data")
    try:
        project = projects.create_project(ws, "P", ["x"]).id
        images.import_uploads(ws, project, [("a.png", io.BytesIO(encoded(photo())))])
        out = tmp_path / "b.zip"
        out.write_text("the last good one")
        (picture,) = [path for path in ws.images_dir.rglob("*") if path.is_file()]
        picture.write_bytes(picture.read_bytes()[:-200])
        with pytest.raises(Conflict, match=r"a\.png"):
            backup(ws, project, out)
        shutil.rmtree(ws.images_dir)
        with pytest.raises(Conflict, match=r"a\.png"):
            backup(ws, project, out)
        assert out.read_text() == "the last good one"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "data"]
    finally:
        ws.close()


def test_only_managers_back_up_and_restore(busy: tuple[Workspace, int], file: Path, tmp_path: Path) -> None:
    ws, project_id = busy
    rita = next(person for person in people.list_people(ws) if person.name == "Rita")
    with pytest.raises(NotAllowed):
        backup(ws, project_id, tmp_path / "no.zip", by=rita.id)
    with pytest.raises(NotAllowed):
        restore(ws, file, by=rita.id)
    assert not (tmp_path / "no.zip").exists()


def test_comments_approvals_and_settings_come_back(
    busy: tuple[Workspace, int], empty: Workspace, tmp_path: Path
) -> None:
    ws, project_id = busy
    task = queue.list_tasks(ws, project_id)[0]
    person = people.list_people(ws)[0]
    thread = comments.comment(ws, task.id, person.id, "Is it one?")
    comments.answer(ws, thread.id, person.id, "Two.")
    update_settings(ws, project_id, review_stages=2, reasons=("blurred",))
    restored = restore(empty, backup(ws, project_id, tmp_path / "b.zip"))
    assert restored.settings == projects.get_project(ws, project_id).settings
    (back,) = comments.threads(empty, queue.list_tasks(empty, restored.id)[0].id)
    assert [said.text for said in back.comments] == ["Is it one?", "Two."]
    tables = ("approval", "approved_object", "taken_back_approval", "comment")
    for table in tables:
        with ws.store.read() as before, empty.store.read() as after:
            count = f"SELECT count(*) FROM {table}"
            assert after.value(count) == before.value(count) > 0, table


def test_which_models_it_worked_with_comes_along(
    busy: tuple[Workspace, int], empty: Workspace, tmp_path: Path
) -> None:
    ws, project_id = busy
    here, gone = find_model().id, "own@0123456789ab"
    for model in (gone, here):
        with ws.store.write() as tx:
            micromodels.add_choice(
                tx,
                project_id,
                model,
                ModelPurpose.OUTLINES,
                replaced=None,
                how=ChoiceHow.CHOSEN,
                reason="better on lorries",
                person_id=people.list_people(ws)[0].id,
            )
    kept = restore(empty, backup(ws, project_id, tmp_path / "kept.zip"))
    assert [one.model_id for one in promotion.history(empty, kept.id)] == [here, gone]
    assert promotion.history(empty, kept.id)[0].reason == "better on lorries"
    assert lacking_models(empty, kept.id) == []

    with ws.store.write() as tx:
        micromodels.add_choice(
            tx,
            project_id,
            gone,
            ModelPurpose.OUTLINES,
            replaced=here,
            how=ChoiceHow.CHOSEN,
            reason="",
            person_id=None,
        )
    lacking = restore(empty, backup(ws, project_id, tmp_path / "lacking.zip"))
    assert lacking_models(empty, lacking.id) == [gone]
    assert promotion.present_model(empty, lacking.id).id == here, "the default in place of it"
    newest = promotion.history(empty, lacking.id)[0]
    assert (newest.model_id, newest.replaced, newest.how) == (None, gone, ChoiceHow.RESTORED)
    with pytest.raises(ModelError, match="no model named 'own'"):
        promotion.roll_back(empty, lacking.id)


def test_a_backup_of_an_older_version_gets_what_it_lacks(file: Path, empty: Workspace) -> None:
    def first_version(members: dict[str, bytes]) -> None:
        later = {"approval", "approved_object", "comment", "comparison", "compared_object", "member"}
        later |= {"model_choice", "taken_back_review", "taken_back_approval", "taken_back_comparison"}
        for table in later | {"video", "video_frame"}:
            del members[f"tables/{table}.parquet"]
        manifest = json.loads(members["manifest.json"]) | {"schema_version": 1}
        members["manifest.json"] = json.dumps(manifest).encode()

    one_role_for_all = with_rows(file, "person", "SELECT * REPLACE ('reviewer' AS role) FROM t")
    restored = restore(empty, rewritten(one_role_for_all, first_version))
    assert {m.role for m in people.list_members(empty, restored.id)} == {Role.REVIEWER}
    assert projects.progress(empty, restored.id).tasks[TaskState.APPROVED] > 0
    with empty.store.read() as tx:
        approvals = tx.value("SELECT count(*) FROM approval")
        assert approvals == tx.value(
            "SELECT count(*) FROM review WHERE annotation_id IS NULL AND verdict = 'approve'"
        )
        assert approvals > 0
