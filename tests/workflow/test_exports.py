"""YOLO, and the pictures beside an export; what COCO holds is in `test_exchange`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from shapely import MultiPolygon, box

from maa.domain import InvalidInput, Origin, Role
from maa.workflow import images, labeling, people, projects, queue
from maa.workflow.exports import export, export_project
from maa.workflow.held_back import is_held_back
from maa.workflow.image_files import ImageFiles
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path / "data")
    yield workspace
    workspace.close()


@pytest.fixture
def project(ws: Workspace) -> int:
    """Pictures that are kept as they came, that are to be turned, and that had to be converted."""
    turned = Picture.Exif()
    turned[0x0112] = 6
    uploads = {
        "plain.jpg": encoded(photo(seed=1), "JPEG"),
        "turned.jpg": encoded(photo(seed=2), "JPEG", exif=turned),
        "other.webp": encoded(photo(seed=3), "WEBP", exif=turned),
        "deep/scan.tif": encoded(photo(seed=4), "TIFF"),
        "more/5.png": encoded(photo(seed=5)),
    }
    made = projects.create_project(ws, "Street", ["car"])
    files = [(name, io.BytesIO(data)) for name, data in uploads.items()]
    assert not images.import_uploads(ws, made.id, files).skipped
    return made.id


def write(ws: Workspace, project: int, folder: Path) -> list[tuple[str, str]]:
    exported = export_project(ws, project, out=folder / "x.json", status="all", images=folder / "images")
    return [(item.file, item.reason) for item in exported.skipped]


def test_every_picture_is_written_as_it_was_labeled(ws: Workspace, project: int, tmp_path: Path) -> None:
    assert write(ws, project, tmp_path) == []
    for image in images.list_images(ws, project):
        with Picture.open(tmp_path / "images" / image.file_name) as picture:
            assert picture.size == (image.width, image.height)  # who heeds no EXIF sees it upright, too
            assert np.array_equal(np.asarray(picture.convert("RGB")), images.load_pixels(ws, image.id))
    with Picture.open(tmp_path / "images" / "plain.jpg") as picture:
        assert picture.format == "JPEG"


def test_what_is_there_already_stays(ws: Workspace, project: int, tmp_path: Path) -> None:
    write(ws, project, tmp_path)
    before = (tmp_path / "images" / "plain.jpg").stat()
    (tmp_path / "images" / "more" / "5.png").write_bytes(b"somebody's own")
    ((file, reason),) = write(ws, project, tmp_path)
    assert file == "more/5.png"
    assert "is there already and is another file" in reason
    assert (tmp_path / "images" / "more" / "5.png").read_bytes() == b"somebody's own"
    assert (tmp_path / "images" / "plain.jpg").stat().st_mtime_ns == before.st_mtime_ns


def test_a_picture_that_is_gone_keeps_none_of_the_others_back(
    ws: Workspace, project: int, tmp_path: Path
) -> None:
    lost = next(one for one in images.list_images(ws, project) if one.file_name == "plain.jpg")
    ImageFiles(ws.images_dir).path(lost.pixel_hash).unlink()
    ((file, reason),) = write(ws, project, tmp_path)
    assert file == "plain.jpg"
    assert "is gone" in reason
    assert (tmp_path / "images" / "turned.jpg").exists()


def test_a_damaged_picture_is_not_written_as_a_good_one(ws: Workspace, project: int, tmp_path: Path) -> None:
    damaged = next(one for one in images.list_images(ws, project) if one.file_name == "plain.jpg")
    path = ImageFiles(ws.images_dir).path(damaged.pixel_hash)
    path.write_bytes(path.read_bytes()[:300])
    ((file, reason),) = write(ws, project, tmp_path)
    assert file == "plain.jpg"
    assert "damaged" in reason
    assert not (tmp_path / "images" / "plain.jpg").exists()


def test_a_name_that_the_disk_does_not_take_keeps_no_other_back(
    ws: Workspace, project: int, tmp_path: Path
) -> None:
    images.import_uploads(ws, project, [("x" * 300 + ".png", io.BytesIO(encoded(photo(seed=6))))])
    (tmp_path / "images" / "plain.jpg").mkdir(parents=True)
    said = dict(write(ws, project, tmp_path))
    assert set(said) == {"plain.jpg", "x" * 300 + ".png"}
    assert all("cannot be written" in reason for reason in said.values())
    assert (tmp_path / "images" / "turned.jpg").exists()


def test_where_nothing_can_be_written_is_said(ws: Workspace, project: int, tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(b"a file")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write(ws, project, tmp_path)


def test_an_image_that_nobody_has_looked_at_is_no_background(ws: Workspace, project: int) -> None:
    exported = export(ws, project, "yolo", status="all")
    assert (exported.images, exported.left_out) == (0, 5)
    assert export(ws, project, status="all").images == 5
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert archive.read("train.txt") + archive.read("val.txt") == b""


def test_yolo_validates_on_what_no_training_sees(ws: Workspace, project: int) -> None:
    outline = MultiPolygon([box(10, 10, 30, 30)])
    ana = people.add_person(ws, "Ana", {project: Role.ANNOTATOR}).id
    (car,) = projects.list_classes(ws, project)
    while (task := queue.claim_next(ws, project, ana)) is not None:
        labeling.save_annotation(ws, task.id, ana, labeling.NewRevision(car.id, outline, Origin.MANUAL))
        labeling.submit(ws, task.id, ana)
    settings = projects.list_projects(ws)[0].settings
    with zipfile.ZipFile(io.BytesIO(export(ws, project, "yolo", status="all").content)) as archive:
        listed = {name: archive.read(f"{name}.txt").decode().splitlines() for name in ("train", "val")}
    for image in images.list_images(ws, project):
        there = "val" if is_held_back(image, settings.held_back_by) else "train"
        assert f"./images/{image.file_name}" in listed[there]
    assert sum(map(len, listed.values())) == 5
