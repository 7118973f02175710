from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from shapely import MultiPolygon, Point

from maa.api import commands
from maa.geometry import rasterize, to_rings
from tests.cli.conftest import Maa, MaaJson
from tests.workflow.filming import video
from tests.workflow.pictures import encoded, photo, write, zipped

WIDTH, HEIGHT = 400, 300
DONUT = MultiPolygon([Point(150.3, 150.7).buffer(110).difference(Point(150, 150).buffer(50.5))])
PARTS = MultiPolygon([Point(90.1, 90.2).buffer(70.3), Point(290.9, 180.4).buffer(82.7)])


def photos(folder: Path) -> Path:
    for name in ("a", "b"):
        write(folder / "photos" / f"{name}.png", encoded(photo(WIDTH, HEIGHT, seed=ord(name))))
    return folder / "photos"


def foreign_coco(path: Path) -> Path:
    """A COCO file as another tool would write it: one object with a hole, one of two parts."""
    runs = coco_mask.encode(np.asfortranarray(rasterize(DONUT, (HEIGHT, WIDTH)).astype(np.uint8)))
    shape = {"size": runs["size"], "counts": runs["counts"].decode()}
    parts = [[value for point in part[0] for value in point] for part in to_rings(PARTS)]
    document = {
        "images": [{"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "ring"}, {"id": 2, "name": "pair"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "iscrowd": 0, "segmentation": shape},
            {"id": 2, "image_id": 7, "category_id": 2, "iscrowd": 0, "segmentation": parts},
            {"id": 3, "image_id": 7, "category_id": 2, "iscrowd": 0, "segmentation": []},
        ],
    }
    path.write_text(json.dumps(document))
    return path


def test_ctrl_c_says_what_is_kept_and_exits_as_shells_expect(
    maa: Maa, maa_json: MaaJson, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maa_json("project", "create", "street", "--classes", "car")
    monkeypatch.setattr("maa.api.client.commands.run", Mock(side_effect=KeyboardInterrupt))
    stopped = maa("prelabel", "sequence", "a b")
    assert stopped.exit_code == 130
    assert "Stopped. What has been made is kept: maa prelabel list 'a b'" in stopped.output
    assert maa_json("import", "street", folder)["error"].startswith("Stopped. What was imported is kept")


def test_who_imports_numbered_photos_hears_that_they_count_as_frames(
    maa: Maa, maa_json: MaaJson, tmp_path: Path
) -> None:
    for number, width in ((1, 64), (2, 64), (3, 80)):
        write(tmp_path / "photos" / f"img_{number}.png", encoded(photo(width, 48, seed=number)))
    for name in ("One", "Other", "Third"):
        maa_json("project", "create", name, "--classes", "car")
    assert "numbered_are_frames=false" in maa("import", "One", str(tmp_path / "photos")).stdout
    sizes = (str(tmp_path / "photos" / f"img_{number}.png") for number in (1, 3))
    assert maa_json("import", "Other", *sizes)["numbered_frames"] is False, "of two sizes"
    maa_json("project", "set", "Third", "numbered_are_frames=false")
    assert maa_json("import", "Third", tmp_path / "photos")["numbered_frames"] is False


def test_a_project_is_made_listed_and_not_made_twice(maa: Maa, maa_json: MaaJson) -> None:
    assert maa("project", "list").stdout.startswith("There is no project yet.")
    made = maa_json("project", "create", "Straße", "--classes", "car, Fußgänger,cat ,")
    assert (made["name"], made["classes"]) == ("Straße", ["car", "Fußgänger", "cat"])
    again = maa("project", "create", "straße", "--classes", "car")
    assert again.exit_code == 1
    assert again.stdout == ""
    assert again.stderr.startswith("Error: There is a project 'Straße' already.")
    assert again.stderr.count("\n") == 1
    assert [project["name"] for project in maa_json("project", "list")] == ["Straße"]
    assert "Straße: 0 images, 0 objects, 0% approved" in maa("project", "list").stdout


def test_good_and_bad_files_are_imported_and_explained(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    maa("project", "create", "P", "--classes", "x")
    photos(folder)
    write(folder / "photos" / "cut.jpg", encoded(photo(200, 200), "JPEG")[:900])
    write(folder / "photos" / "empty.png", b"")
    write(folder / "z.zip", zipped([("../evil.png", encoded(photo())), ("猫.png", encoded(photo(seed=1)))]))
    report = maa_json("import", "P", "photos", "z.zip", "missing.png")
    assert report["imported"] == 3
    reasons = {item["file"]: item["reason"] for item in report["skipped"]}
    assert set(reasons) == {"cut.jpg", "empty.png", "z.zip/../evil.png", "missing.png"}
    assert all(reasons.values())
    text = maa("import", "P", "photos").stdout
    assert text.startswith("0 images imported.")
    assert "skipped a.png: The same picture is already in the project" in text


def test_a_video_is_taken_apart_at_the_step_that_is_asked_for(
    maa: Maa, maa_json: MaaJson, folder: Path
) -> None:
    clip = write(folder / "clip.mp4", video())
    maa("project", "create", "P", "--classes", "x")
    assert maa_json("import", "P", str(clip), "--every", "10")["imported"] == 3
    again = maa_json("import", "P", str(clip), "--per-second", "1")
    assert again["skipped"] == [{"file": "clip.mp4", "reason": "frames that the project already has: 3"}]
    wrong = maa("import", "P", str(clip), "--every", "0")
    assert (wrong.exit_code, "at least 1" in wrong.stderr) == (1, True)


def test_an_export_with_holes_and_parts_is_true_and_comes_back_equal(
    maa: Maa, maa_json: MaaJson, folder: Path
) -> None:
    for name in ("First", "Second"):
        maa("project", "create", name, "--classes", "ring,pair")
        assert maa_json("import", name, photos(folder))["imported"] == 2
    report = maa_json("import", "First", "--coco", foreign_coco(folder / "foreign.json"))
    assert report["imported"] == 2
    assert report["skipped"] == [{"file": "a.png: annotation 3", "reason": "its segmentation is empty"}]
    exported = maa_json("export", "First", "--format", "coco", "--out", "one.json", "--status", "all")
    assert exported == {
        "file": str(folder / "one.json"),
        "status": "all",
        "images": 2,
        "objects": 2,
        "left_out": 0,
        "skipped": [],
    }
    said = maa(
        "export", "First", "--format", "yolo", "--out", "y.zip", "--status", "all", "--images", "images"
    )
    assert (
        said.stdout
        == f"{folder / 'y.zip'}: 1 image, 2 objects. Left out: 1 image that nobody has labeled yet.\n"
    )
    assert sorted(path.name for path in (folder / "images").iterdir()) == ["a.png"]
    coco = COCO("one.json")
    ring, pair = coco.loadAnns(coco.getAnnIds())
    assert isinstance(ring["segmentation"]["counts"], str)
    assert (ring["iscrowd"], pair["iscrowd"], len(pair["segmentation"])) == (0, 0, 2)
    for entry, outline in ((ring, DONUT), (pair, PARTS)):
        assert entry["area"] == pytest.approx(outline.area, rel=0.002)
        assert coco.annToMask(entry).sum() == pytest.approx(entry["area"], rel=0.005)
        exact = MultiPolygon([shapely.Polygon(part[0], part[1:]) for part in entry["maa_rings"]])
        assert exact.area == entry["area"]
    assert maa_json("import", "Second", "--coco", "one.json")["skipped"] == []
    maa("export", "Second", "--out", "two.json", "--status", "all")
    assert Path("two.json").read_bytes() == Path("one.json").read_bytes()


def test_images_and_their_objects_come_in_by_one_command(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    maa("project", "create", "P", "--classes", "ring")
    report = maa_json("import", "P", photos(folder), "--coco", foreign_coco(folder / "foreign.json"))
    assert (report["imported"], report["images"], report["objects"]) == (2, 2, 2)
    text = maa("import", "P", "--coco", "foreign.json").stdout
    assert "0 objects added, 2 were already there" in text
    assert maa_json("project", "list")[0]["objects"] == 2


def test_a_file_that_is_no_coco_is_refused_before_any_image_comes_in(
    maa: Maa, maa_json: MaaJson, folder: Path
) -> None:
    maa("project", "create", "P", "--classes", "ring")
    broken = folder / "broken.json"
    broken.write_text(Path(foreign_coco(folder / "foreign.json")).read_text()[:-40])
    refused = maa("import", "P", photos(folder), "--coco", str(broken))
    assert refused.exit_code == 1
    assert "it is not JSON" in refused.output
    assert maa_json("project", "list")[0]["images"] == 0


def test_an_export_of_nothing_says_how_to_get_something(maa: Maa, folder: Path) -> None:
    maa("demo")
    assert "--status all" in maa("export", "Demo: from the kitchen to space", "--out", "x.json").stdout
    assert COCO("x.json").imgs == {}


def test_a_backup_is_restored_beside_its_project(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    maa("demo")
    assert maa_json("backup", "Demo: from the kitchen to space", "--out", "demo.zip")["bytes"] > 1_000_000
    assert maa_json("restore", "demo.zip")["name"] == "Demo: from the kitchen to space (restored)"
    assert maa_json("restore", "demo.zip", "--name", "Mine")["images"] == 5
    (folder / "cut.zip").write_bytes((folder / "demo.zip").read_bytes()[:-100])
    assert "cut short" in maa_json("restore", "cut.zip")["error"]


def test_the_demo_is_made_once_and_status_shows_it(maa: Maa, maa_json: MaaJson, folder: Path) -> None:
    assert maa_json("demo") == maa_json("demo")
    found = maa_json("status")
    assert found["app"] == {"running": False, "url": None}
    assert found["people"] == 4
    assert found["data_dir"] == str(folder.parent / "data")
    assert [project["tasks"]["ready"] for project in found["projects"]] == [5]
    text = maa("status").stdout
    assert "The app is not running." in text
    assert "(5 ready)" in text
    write(folder.parent / "data" / "models" / "cut" / "card.json", b"{")
    (problem,) = maa_json("status")["damaged_models"].values()
    assert f"\nDamaged model: {problem}\n" in maa("status").stdout


BAD = {
    "no such project": (("export", "Nowhere", "--out", "x.json"), "no project 'Nowhere'"),
    "no such format": (("export", "P", "--out", "x.json", "--format", "voc"), "no format 'voc'"),
    "no such status": (("export", "P", "--out", "x.json", "--status", "some"), "no status 'some'"),
    "no such folder": (("export", "P", "--out", "no/x.json"), "cannot be written"),
    "nothing to import": (("import", "P"), "--coco"),
    "no such picture": (("import", "P", "nope.jpg"), "There is no nope.jpg"),
    "no such COCO file": (("import", "P", "--coco", "none.json"), "cannot be read"),
    "no classes": (("project", "create", "Q", "--classes", " , "), "at least one class"),
    "a name of two lines": (("project", "create", "a\nb", "--classes", "x"), "line breaks"),
    "no such backup": (("restore", "none.zip"), "No such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_get_one_clear_line(name: str, maa: Maa, maa_json: MaaJson) -> None:
    arguments, reason = BAD[name]
    maa("project", "create", "P", "--classes", "x")
    answer = maa(*arguments)
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("Error: ")
    assert reason in answer.stderr
    as_json = maa(*arguments, "--json")
    assert as_json.exit_code == 1
    assert list(json.loads(as_json.stdout)) == ["error"]
    assert reason in json.loads(as_json.stdout)["error"]


def test_a_damaged_database_is_named_and_left_alone(maa: Maa, folder: Path) -> None:
    database = write(folder.parent / "data" / "maa.duckdb", b"this is no database" * 1000)
    answer = maa("status")
    assert answer.exit_code == 1
    assert "maa.duckdb" in answer.stderr
    assert database.read_bytes() == b"this is no database" * 1000


def test_a_fault_of_ours_is_owned_and_its_details_are_kept(
    maa: Maa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "demo", lambda ws, _: 1 / 0)
    answer = maa("demo")
    assert answer.exit_code == 1
    assert "fault of MAA" in answer.stderr
    assert "ZeroDivisionError" in (folder.parent / "data" / "last-error.txt").read_text()


@pytest.mark.parametrize(
    ("number", "help_"), [(errno.ENOSPC, "Make room on the disk"), (errno.EACCES, "needs permission")]
)
def test_what_the_system_refuses_is_no_fault_of_ours(
    maa: Maa, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, help_: str
) -> None:
    refused = OSError(number, os.strerror(number), "/srv/x")
    monkeypatch.setitem(commands.COMMANDS, "demo", Mock(side_effect=refused))
    answer = maa("demo")
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"Error: {os.strerror(number)}: /srv/x. ")
    assert help_ in answer.stderr
    assert "fault of MAA" not in answer.stderr
    assert not (folder.parent / "data" / "last-error.txt").exists()


def test_status_needs_no_torch_and_a_narrow_terminal_shows_any_name(folder: Path) -> None:
    code = r"""
import sys
from maa.cli import app
try:
    app(["project", "create", "\u732b", "--classes", "x"])
except SystemExit as end:
    assert not end.code
try:
    app(["status"])
except SystemExit as end:
    assert not end.code
assert "torch" not in sys.modules and "streamlit" not in sys.modules
"""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert "\\u732b" in ran.stdout


def test_settings_and_priorities_are_given_from_the_command_line(
    tmp_path: Path, maa: Maa, maa_json: MaaJson
) -> None:
    maa("project", "create", "street", "--classes", "car")
    assert maa_json("project", "set", "street")["paused"] is False
    assert maa_json("project", "set", "street", "paused=true")["paused"] is True
    refused = maa("project", "set", "street", "paused=perhaps")
    assert (refused.exit_code, "true or false" in refused.stderr) == (1, True)
    assert maa("project", "set", "street", "paused").exit_code == 1
    assert maa_json("import", "street", str(photos(tmp_path)), "--priority", "7")["imported"] == 2
    too_high = maa("import", "street", str(photos(tmp_path)), "--priority", "700")
    assert "from -100 to 100" in too_high.stderr
