from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from shapely import MultiPolygon, Point, box

from maa.domain import (
    Box,
    Conflict,
    Effort,
    InvalidInput,
    NotAllowed,
    Origin,
    Prompt,
    Role,
    TaskState,
    Verdict,
)
from maa.domain import Point as Click
from maa.workflow import comments, history, images, labeling, people, projects, queue, review, taking_back
from maa.workflow.backup import backup, restore
from maa.workflow.exchange import export
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo

DONUT = MultiPolygon([Point(60.3, 50.7).buffer(40).difference(Point(60, 50).buffer(10.5))])
BOX = MultiPolygon([box(10.5, 20.25, 60.75, 90.125)])


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, int]]:
    """A project in the middle of everything: revisions, deletions, reviews, merges, a lease."""
    ws = Workspace(tmp_path_factory.mktemp("busy") / "data")
    other = projects.create_project(ws, "Filler, so that ids differ", ["x"]).id
    images.import_uploads(ws, other, [("filler.png", io.BytesIO(encoded(photo(seed=99))))])
    project = projects.create_project(ws, "Straße 🚗", ["car", "lorry", "cat"], guidelines="Draw *all*.").id
    ana, ben = (people.add_person(ws, name, {project: Role.ANNOTATOR}).id for name in ("Ana", "Ben"))
    rita = people.add_person(ws, "Rita", {project: Role.REVIEWER}).id
    people.add_person(ws, "Max, who has no role here", {other: Role.MANAGER}, admin=True)
    uploads = [(f"cam_{n}.png", io.BytesIO(encoded(photo(120, 100, seed=n)))) for n in range(4)]
    images.import_uploads(ws, project, uploads)
    car, lorry, cat = (label.id for label in projects.list_classes(ws, project))
    task = queue.claim_next(ws, project, ana)
    assert task is not None
    prompt = Prompt((Click(1, 2), Click(3.5, 4), Click(5, 6), Click(7, 8)), crop=Box(-5, 0, 50, 60))
    draft = labeling.Draft(lorry, DONUT, Origin.ASSISTED, prompt, "net@abc", BOX, 0.75, Effort(3.5, 4, 1, 2))
    saved = labeling.save_annotation(ws, task.id, ana, draft, key="once")
    labeling.save_annotation(
        ws, task.id, ana, labeling.Draft(car, BOX, Origin.MANUAL), annotation_id=saved.id
    )
    gone = labeling.save_annotation(ws, task.id, ana, labeling.Draft(cat, BOX, Origin.MANUAL))
    labeling.delete_annotation(ws, task.id, ana, gone.id)
    labeling.save_annotation(ws, task.id, ana, labeling.Draft(lorry, DONUT, Origin.MANUAL))
    labeling.submit(ws, task.id, ana)
    assert review.claim_next_review(ws, project, rita)
    verdicts = {saved.id: ObjectVerdict(Verdict.SEND_BACK, "loose outline", "tighter")}
    pins = [Pin(3.25, 4, "one more here"), Pin(5, 6, "this one", saved.id)]
    review.decide(ws, task.id, rita, Verdict.SEND_BACK, objects=verdicts, pins=pins)
    again = queue.claim_next(ws, project, ana)
    assert again is not None
    labeling.submit(ws, again.id, ana)
    assert review.claim_next_review(ws, project, rita)
    corrected = labeling.Draft(car, BOX, Origin.MANUAL)
    review.save_correction(ws, task.id, rita, corrected, annotation_id=saved.id)
    for _ in range(2):
        review.decide(ws, task.id, rita, Verdict.APPROVE)
        taking_back.take_back(ws, task.id, rita)
    review.decide(ws, task.id, rita, Verdict.APPROVE)
    projects.merge_class(ws, lorry, car)
    assert queue.claim_next(ws, project, ben)
    yield ws, project
    ws.close()


@pytest.fixture
def file(busy: tuple[Workspace, int], tmp_path: Path) -> Path:
    return backup(*busy, tmp_path / "street.maa.zip")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    ws = Workspace(tmp_path / "elsewhere")
    yield ws
    ws.close()


def counts(ws: Workspace) -> dict[str, int]:
    with ws.store.read() as tx:
        tables = (
            "person",
            "project",
            "label_class",
            "image",
            "task",
            "annotation",
            "revision",
            "review",
            "taken_back_review",
            "approval",
            "taken_back_approval",
            "event",
        )
        return {table: tx.value(f"SELECT count(*) FROM {table}") for table in tables}


def assert_untouched(ws: Workspace) -> None:
    assert set(counts(ws).values()) == {0}
    assert [path for path in ws.images_dir.rglob("*") if path.is_file()] == []


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None], *, sign: bool = True) -> Path:
    """The backup with its members changed; `sign` writes the hashes anew, as a forger would."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if sign:
        manifest = json.loads(members.pop("manifest.json"))
        manifest["members"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in members.items()
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    out = file.with_name("changed.zip")
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out


def with_rows(file: Path, table: str, sql: str) -> Path:
    """The backup with a table replaced by what `sql` makes of it (as `t`)."""
    path = file.with_name("table.parquet")

    def change(members: dict[str, bytes]) -> None:
        path.write_bytes(members[f"tables/{table}.parquet"])
        changed = sql.replace("FROM t", f"FROM read_parquet('{path}') t")
        duckdb.sql(f"COPY ({changed}) TO '{path}.new' (FORMAT parquet)")
        members[f"tables/{table}.parquet"] = Path(f"{path}.new").read_bytes()

    return rewritten(file, change)


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
    labeling.save_annotation(empty, task.id, ana.id, labeling.Draft(label.id, BOX, Origin.MANUAL), key="once")
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


def test_a_file_cut_anywhere_is_refused_and_changes_nothing(file: Path, empty: Workspace) -> None:
    content = file.read_bytes()
    for share in (0.0, 0.01, 0.3, 0.6, 0.9, 0.999):
        cut = file.with_name("cut.zip")
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(InvalidInput, match="not a backup, or it was cut short"):
            restore(empty, cut)
    assert_untouched(empty)


def test_a_byte_changed_anywhere_is_noticed(file: Path, empty: Workspace) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        places = [entry.header_offset + 60 + entry.file_size // 2 for entry in archive.infolist()]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 0x20
        altered = file.with_name("altered.zip")
        altered.write_bytes(changed)
        with pytest.raises(InvalidInput):
            restore(empty, altered)
    assert_untouched(empty)


def remove_picture(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("images/"))]


def swap_picture(members: dict[str, bytes]) -> None:
    members[next(name for name in members if name.startswith("images/"))] = encoded(photo(seed=77))


def spoil_picture(members: dict[str, bytes]) -> None:
    members[next(name for name in members if name.startswith("images/"))] = b"no picture"


def add_member(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: b"x"})


def remove_table(members: dict[str, bytes]) -> None:
    del members["tables/review.parquet"]


def spoil_table(members: dict[str, bytes]) -> None:
    members["tables/review.parquet"] = b"PAR1 no table PAR1"


def newer(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "schema_version": 999}).encode()


def no_manifest(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b"[]"


FORGED = {
    "a picture removed": (remove_picture, True, "pictures"),
    "a picture swapped": (swap_picture, True, "another picture"),
    "a picture spoiled": (spoil_picture, True, "usable picture"),
    "a picture changed under its hash": (swap_picture, False, "altered"),
    "a table removed": (remove_table, True, "tables"),
    "a table spoiled": (spoil_table, True, "cannot be read"),
    "a path out of the folder": (add_member("../../evil"), True, "do not belong"),
    "an absolute path": (add_member("/etc/evil"), True, "do not belong"),
    "an extra table": (add_member("tables/evil.parquet"), True, "tables"),
    "an unlisted member": (add_member("images/" + "0" * 64), False, "manifest"),
    "a newer version": (newer, True, "newer MAA"),
    "no manifest": (no_manifest, False, "manifest"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_members_are_refused_and_change_nothing(name: str, file: Path, empty: Workspace) -> None:
    change, sign, reason = FORGED[name]
    with pytest.raises(InvalidInput, match=reason):
        restore(empty, rewritten(file, change, sign=sign))
    assert_untouched(empty)


FORGED_ROWS = {
    "classes merged in a circle": ("label_class", "SELECT * REPLACE (id AS merged_into) FROM t", "circle"),
    "a task of no image": ("task", "SELECT * REPLACE (9999 AS image_id) FROM t", "name a image"),
    "a missing person": ("person", "SELECT * FROM t WHERE false", "name a person"),
    "two projects": ("project", "SELECT * FROM t UNION ALL SELECT * REPLACE (77 AS id) FROM t", "2 projects"),
    "a state of no meaning": ("task", "SELECT * REPLACE ('lost' AS state) FROM t", "accepted task"),
    "a role of no meaning": ("member", "SELECT * REPLACE ('king' AS role) FROM t", "king"),
    "an outline outside": (
        "revision",
        "SELECT * REPLACE (CAST('[[[[0,0],[900,0],[900,900]]]]' AS JSON) AS outline) FROM t",
        "leaves the image",
    ),
    "an outline of no numbers": (
        "revision",
        "SELECT * REPLACE (CAST('[[[[0,0],[\"x\",0],[900,900]]]]' AS JSON) AS outline) FROM t",
        "pair of numbers",
    ),
    "a missing column": ("image", "SELECT * EXCLUDE (pixel_hash) FROM t", "rule of the database"),
    "a column of another type": ("image", "SELECT * REPLACE ('x' AS width) FROM t", "do not fit"),
    "an unknown column": ("image", "SELECT *, 1 AS evil FROM t", "do not fit"),
    "a doubled id": ("image", "SELECT * REPLACE (min(id) OVER () AS id) FROM t", "an id twice"),
    "a colour that is markup": ("label_class", "SELECT * REPLACE ('<b>' AS color) FROM t", "not a colour"),
    "a name of two lines": (
        "label_class",
        "SELECT * REPLACE (name || chr(10) AS name) FROM t",
        "line breaks",
    ),
    "a file name of two lines": ("image", "SELECT * REPLACE (chr(10) AS file_name) FROM t", "file names"),
    "another size": ("image", "SELECT * REPLACE (7 AS width) FROM t", "pictures"),
    "no accepted task": ("task", "SELECT * REPLACE (false AS accepted) FROM t", "accepted task"),
    "a remark outside": (
        "review",
        "SELECT * REPLACE (CAST(9e9 AS DOUBLE) AS x, CAST(1 AS DOUBLE) AS y) FROM t",
        "outside its image",
    ),
    "a remark nowhere": (
        "review",
        "SELECT * REPLACE (CAST('nan' AS DOUBLE) AS x, CAST(1 AS DOUBLE) AS y) FROM t",
        "outside its image",
    ),
    "a verdict of no meaning": ("review", "SELECT * REPLACE ('maybe' AS verdict) FROM t", "maybe"),
}


@pytest.mark.parametrize("name", FORGED_ROWS)
def test_forged_rows_are_refused_and_change_nothing(name: str, file: Path, empty: Workspace) -> None:
    table, sql, reason = FORGED_ROWS[name]
    with pytest.raises(InvalidInput, match=reason):
        restore(empty, with_rows(file, table, sql))
    assert_untouched(empty)


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


def test_what_is_no_backup_is_refused(tmp_path: Path, empty: Workspace) -> None:
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(InvalidInput, match="no manifest"):
        restore(empty, plain)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", " " * 10_000_000)
    with pytest.raises(InvalidInput, match="compressed"):
        restore(empty, packed)
    with pytest.raises(InvalidInput, match="No such file"):
        restore(empty, tmp_path / "none.zip")
    with pytest.raises(InvalidInput, match="Is a directory"):
        restore(empty, tmp_path)


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


def test_a_backup_of_an_older_version_gets_what_it_lacks(file: Path, empty: Workspace) -> None:
    def first_version(members: dict[str, bytes]) -> None:
        later = {"approval", "approved_object", "comment", "comparison", "compared_object", "member"}
        for table in later | {"video", "video_frame", "taken_back_review", "taken_back_approval"}:
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


def test_a_backup_that_lacks_a_table_of_its_version_is_refused(file: Path, empty: Workspace) -> None:
    with pytest.raises(InvalidInput, match="exactly the tables"):
        restore(empty, rewritten(file, lambda members: members.pop("tables/comment.parquet")))
    assert_untouched(empty)


@pytest.mark.parametrize("settings", ['{"review_share": 5}', '{"reasons": "x"}', "[1]", "null"])
def test_settings_that_make_no_sense_are_refused(file: Path, empty: Workspace, settings: str) -> None:
    forged = with_rows(file, "project", f"SELECT * REPLACE (CAST('{settings}' AS JSON) AS settings) FROM t")
    with pytest.raises(InvalidInput):
        restore(empty, forged)
    assert_untouched(empty)
