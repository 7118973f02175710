from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from shapely import MultiPolygon, Point, box

from maa.domain import Image, InvalidInput, NotAllowed, NotFound, Origin, Role, TaskState, Verdict
from maa.workflow import history, images, labeling, people, projects, queue, review
from maa.workflow.exchange import import_coco, read_coco
from maa.workflow.exports import Status, export, export_project
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo

DONUT = MultiPolygon([Point(150.3, 120.7).buffer(100).difference(Point(150, 120).buffer(50.5))])
PARTS = MultiPolygon([Point(80.1, 80.2).buffer(60.3), Point(230.9, 150.4).buffer(62.7)])
BOX = MultiPolygon([box(10.5, 20.25, 60.75, 90.125)])


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path / "data")
    yield workspace
    workspace.close()


class Team:
    """A project with three images: one approved, one submitted, one untouched."""

    def __init__(self, ws: Workspace, name: str) -> None:
        self.ws = ws
        self.project = projects.create_project(ws, name, ["car", ("cup", "#123456"), "cat"]).id
        self.ana = people.add_person(ws, "Ana", {self.project: Role.ANNOTATOR}).id
        self.rita = people.add_person(ws, "Rita", {self.project: Role.REVIEWER}).id
        self.max = people.add_person(ws, "Max", {self.project: Role.MANAGER}).id
        self.classes = {label.name: label.id for label in projects.list_classes(ws, self.project)}
        self.images = import_photos(ws, self.project)
        self.label({"car": DONUT, "cup": PARTS}, approve=True)
        self.label({"cat": BOX}, approve=False)

    def label(self, objects: dict[str, MultiPolygon], *, approve: bool) -> None:
        task = queue.claim_next(self.ws, self.project, self.ana)
        assert task is not None
        for name, outline in objects.items():
            new = labeling.NewRevision(self.classes[name], outline, Origin.MANUAL)
            labeling.save_annotation(self.ws, task.id, self.ana, new)
        labeling.submit(self.ws, task.id, self.ana)
        if approve:
            assert review.claim_next_review(self.ws, self.project, self.rita) is not None
            review.decide(self.ws, task.id, self.rita, Verdict.APPROVE)


def import_photos(ws: Workspace, project: int, order: tuple[int, ...] = (1, 2, 3)) -> list[Image]:
    uploads = [(f"{n}.png", io.BytesIO(encoded(photo(300, 240, seed=n)))) for n in order]
    return images.import_uploads(ws, project, uploads).imported


@pytest.fixture
def team(ws: Workspace) -> Team:
    return Team(ws, "Street")


def states(ws: Workspace, project: int) -> dict[str, TaskState]:
    by_image = {task.image_id: task.state for task in queue.list_tasks(ws, project)}
    return {image.file_name: by_image[image.id] for image in images.list_images(ws, project)}


def test_a_real_project_loads_in_pycocotools_with_true_areas(
    ws: Workspace, team: Team, tmp_path: Path
) -> None:
    out = tmp_path / "all.json"
    exported = export_project(ws, team.project, out=out, status="all")
    assert (exported.images, exported.objects) == (3, 3)
    coco = COCO(str(out))
    assert [category["name"] for category in coco.dataset["categories"]] == ["car", "cup", "cat"]
    areas = {entry["id"]: entry["area"] for entry in coco.loadAnns(coco.getAnnIds())}
    assert areas == {1: DONUT.area, 2: PARTS.area, 3: BOX.area}
    for entry in coco.loadAnns([1, 2]):
        assert entry["area"] > 10_000
        assert coco.annToMask(entry).sum() == pytest.approx(entry["area"], rel=0.005)
    assert isinstance(coco.anns[1]["segmentation"], dict)
    assert len(coco.anns[2]["segmentation"]) == 2
    assert out.read_bytes() == exported.content == export(ws, team.project, status="all").content


def test_only_approved_images_unless_all_are_asked_for(ws: Workspace, team: Team) -> None:
    document = json.loads(export(ws, team.project).content)
    assert [entry["file_name"] for entry in document["images"]] == ["1.png"]
    assert len(document["annotations"]) == 2


@pytest.mark.parametrize("status", ["approved", "all"])
def test_another_project_that_reads_an_export_exports_the_very_same_bytes(
    ws: Workspace, team: Team, tmp_path: Path, status: Status
) -> None:
    out = tmp_path / "out.json"
    first = export_project(ws, team.project, out=out, status=status).content
    other = projects.create_project(ws, "Other", ["car"]).id
    import_photos(ws, other, order=(3, 1, 2))
    report = import_coco(ws, other, read_coco(out))
    assert report.skipped == []
    assert report.approved == 1
    assert export(ws, other, status=status).content == first
    assert states(ws, other)["1.png"] is TaskState.APPROVED
    assert states(ws, other)["2.png"] is TaskState.READY


@pytest.mark.parametrize("status", ["approved", "all"])
def test_reading_an_export_back_into_its_own_project_changes_nothing(
    ws: Workspace, team: Team, tmp_path: Path, status: Status
) -> None:
    out = tmp_path / "out.json"
    first = export_project(ws, team.project, out=out, status=status).content
    before = states(ws, team.project)
    report = import_coco(ws, team.project, read_coco(out))
    assert (report.objects, report.approved, report.skipped) == (0, 0, [])
    assert report.present == (3 if status == "all" else 2)
    assert export(ws, team.project, status=status).content == first
    assert states(ws, team.project) == before


def test_imported_objects_are_nobodys_work_and_wait_in_the_queue(
    ws: Workspace, team: Team, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    export_project(ws, team.project, out=out, status="all")
    other = projects.create_project(ws, "Other", ["car"]).id
    people.set_role(ws, team.max, other, Role.MANAGER)
    people.set_role(ws, team.ana, other, Role.ANNOTATOR)
    import_photos(ws, other)
    import_coco(ws, other, read_coco(out), by=team.max)
    task = queue.claim_next(ws, other, team.ana)
    assert task is not None
    (annotation,) = labeling.list_annotations(ws, task.id)
    assert annotation.revision.origin is Origin.IMPORTED
    assert annotation.revision.author_id is None
    assert annotation.revision.outline is not None
    assert annotation.revision.outline.equals_exact(BOX, 0)
    labels = {label.name: label.color for label in projects.list_classes(ws, other)}
    assert labels["cup"] == "#123456"
    kinds = [event.kind for event in history.events(ws, project_id=other)]
    assert kinds.count("objects_imported") == 2
    assert kinds.count("approved_by_import") == 1


def foreign(**changes: object) -> dict[str, object]:
    document: dict[str, object] = {
        "images": [
            {"id": 1, "file_name": "train/3.png", "width": 300, "height": 240},
            {"id": 2, "file_name": "unknown.png", "width": 300, "height": 240},
            {"id": 3, "file_name": "2.png", "width": 640, "height": 480},
        ],
        "categories": [{"id": 1, "name": "Car"}, {"id": 2, "name": "tree"}, {"id": 3, "name": "bad\nname"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[10, 10, 50, 10, 50, 50, 10, 50]]},
            {"id": 2, "image_id": 1, "category_id": 2, "segmentation": [[100, 10, 150, 10, 150, 50]]},
            {"id": 3, "image_id": 1, "category_id": 3, "segmentation": [[100, 10, 150, 10, 150, 50]]},
            {"id": 4, "image_id": 1, "category_id": 1, "segmentation": [[1, 1]]},
            {"id": 5, "image_id": 2, "category_id": 1, "segmentation": [[10, 10, 50, 10, 50, 50]]},
            {"id": 6, "image_id": 3, "category_id": 1, "segmentation": [[10, 10, 50, 10, 50, 50]]},
        ],
    }
    return {**document, **changes}


def test_a_foreign_file_gives_what_it_can_and_says_what_it_could_not(
    ws: Workspace, team: Team, tmp_path: Path
) -> None:
    file = tmp_path / "foreign.json"
    file.write_text(json.dumps(foreign()))
    report = import_coco(ws, team.project, read_coco(file))
    assert (report.objects, report.approved) == (2, 0)
    said = {skipped.file: skipped.reason for skipped in report.skipped}
    assert "line breaks" in said["class bad_name"]
    assert "class cannot be used" in said["train/3.png: annotation 3"]
    assert "three" in said["train/3.png: annotation 4"]
    assert "no image of this name" in said["unknown.png"]
    assert "1 object left out" in said["unknown.png"]
    assert "640 x 480" in said["2.png"]
    assert len(said) == 5
    assert [label.name for label in projects.list_classes(ws, team.project)] == ["car", "cup", "cat", "tree"]
    assert states(ws, team.project)["3.png"] is TaskState.READY
    again = import_coco(ws, team.project, read_coco(file))
    assert (again.objects, again.present) == (0, 2)


def test_work_in_progress_and_finished_work_is_left_alone(ws: Workspace, team: Team, tmp_path: Path) -> None:
    file = tmp_path / "foreign.json"
    entries = [{"id": n, "file_name": f"{n}.png", "width": 300, "height": 240} for n in (1, 2, 3)]
    shapes = [
        {"id": n, "image_id": n, "category_id": 1, "segmentation": [[10, 10, 50, 10, 50, 50]]}
        for n in (1, 2, 3)
    ]
    file.write_text(json.dumps(foreign(images=entries, annotations=shapes)))
    assert queue.claim_next(ws, team.project, team.ana) is not None
    before = export(ws, team.project, status="all").content
    report = import_coco(ws, team.project, read_coco(file))
    said = {skipped.file: skipped.reason for skipped in report.skipped}
    assert "approved" in said["1.png"]
    assert "submitted" in said["2.png"]
    assert "being labeled" in said["3.png"]
    assert (
        json.loads(export(ws, team.project, status="all").content)["annotations"]
        == json.loads(before)["annotations"]
    )


def test_retired_and_merged_classes_are_followed(ws: Workspace, team: Team, tmp_path: Path) -> None:
    projects.retire_class(ws, team.classes["cat"])
    projects.merge_class(ws, team.classes["cup"], team.classes["car"])
    document = json.loads(export(ws, team.project, status="all").content)
    assert [category["name"] for category in document["categories"]] == ["car", "cat"]
    assert [entry["category_id"] for entry in document["annotations"]] == [1, 1, 2]
    file = tmp_path / "foreign.json"
    categories = [{"id": 1, "name": "CUP"}, {"id": 2, "name": "cat"}]
    file.write_text(json.dumps(foreign(categories=categories)))
    report = import_coco(ws, team.project, read_coco(file))
    assert report.objects == 1
    assert any("'cat' is not in use" in skipped.reason for skipped in report.skipped)
    task = next(task for task in queue.list_tasks(ws, team.project) if task.image_id == team.images[2].id)
    (annotation,) = labeling.list_annotations(ws, task.id)
    assert annotation.revision.class_id == team.classes["car"]


def test_a_failed_export_leaves_the_old_file_and_nothing_else(
    ws: Workspace, team: Team, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    out.write_text("old")
    with pytest.raises(NotFound):
        export_project(ws, 999, out=out)
    with pytest.raises(InvalidInput, match="no format"):
        export_project(ws, team.project, "voc", out=out)
    with pytest.raises(InvalidInput, match="cannot be written"):
        export_project(ws, team.project, out=tmp_path / "no folder" / "out.json")
    with pytest.raises(InvalidInput, match="is a folder"):
        export_project(ws, team.project, out=tmp_path)
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b'{"images": 3}'])
def test_what_is_no_coco_file_is_refused_whole(
    ws: Workspace, team: Team, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a COCO"):
        import_coco(ws, team.project, read_coco(file))
    with pytest.raises(InvalidInput, match="cannot be read"):
        import_coco(ws, team.project, read_coco(tmp_path / "none.json"))


def test_only_managers_bring_annotations_in(ws: Workspace, team: Team, tmp_path: Path) -> None:
    file = tmp_path / "foreign.json"
    file.write_text(json.dumps(foreign()))
    with pytest.raises(NotAllowed):
        import_coco(ws, team.project, read_coco(file), by=team.rita)


def test_half_a_sign_in_a_name_stops_nothing(ws: Workspace, team: Team, tmp_path: Path) -> None:
    file = tmp_path / "foreign.json"
    whole = foreign()
    assert isinstance(whole["categories"], list)
    assert isinstance(whole["images"], list)
    more = {
        "categories": [*whole["categories"], {"id": 77, "name": "\ud800"}],
        "images": [*whole["images"], {"id": 78, "file_name": "\ud800.png", "width": 300, "height": 240}],
    }
    file.write_text(json.dumps(foreign(**more)))
    report = import_coco(ws, team.project, read_coco(file))
    places = " ".join(skipped.file for skipped in report.skipped)
    assert "class \ufffd" in places
    assert "\ufffd.png" in places
    assert report.objects


def test_strange_names_survive_the_round_trip(ws: Workspace, tmp_path: Path) -> None:
    project = projects.create_project(ws, "Names", ["猫 🐈", "<b>&amp;"]).id
    name = "<script>猫 \n🐈.png"
    images.import_uploads(ws, project, [(name, io.BytesIO(encoded(photo())))])
    out = tmp_path / "out.json"
    content = export_project(ws, project, out=out, status="all").content
    content.decode("ascii")
    assert COCO(str(out)).dataset["images"][0]["file_name"] == "<script>猫 _🐈.png"
    assert np.array_equal([c["name"] for c in COCO(str(out)).dataset["categories"]], ["猫 🐈", "<b>&amp;"])
    assert import_coco(ws, project, read_coco(out)).skipped == []
