from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.domain import InvalidInput, LabelClass
from maa.geometry import mask_iou, rasterize
from maa.interchange.snapshot import LabeledImage, Snapshot
from maa.interchange.yolo import to_yolo
from tests.interchange.test_coco import HEIGHT, PARTS, RING, SMALL, WHOLE, WIDTH, snapshot


def files_of(taken: Snapshot, *held_back: str) -> dict[str, str]:
    content = to_yolo(taken, lambda image: image.file_name in held_back)
    assert content == to_yolo(taken, lambda image: image.file_name in held_back)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def named(*names: str) -> Snapshot:
    """A snapshot of images with one object each."""
    one = snapshot(SMALL)
    (labeled,) = one.images
    images = tuple(
        LabeledImage(replace(labeled.image, id=number, file_name=name), True, labeled.annotations)
        for number, name in enumerate(names, 1)
    )
    return Snapshot(one.classes, images)


def painted(line: str) -> NDArray[np.bool_]:
    """As Ultralytics paints a line."""
    values = np.array(line.split()[1:], dtype=np.float32).reshape(-1, 2)
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    cv2.fillPoly(mask, [(values * [WIDTH, HEIGHT]).astype(np.int32)], (1,))
    return mask.astype(bool)


BOTH = MultiPolygon([*RING.geoms, PARTS.geoms[0]])


@pytest.mark.parametrize("outline", [WHOLE, RING, PARTS, BOTH], ids=["whole", "hole", "parts", "both"])
def test_a_line_encloses_what_the_outline_does(outline: MultiPolygon) -> None:
    (line,) = files_of(snapshot(outline))["labels/a.txt"].splitlines()
    assert line.startswith("0 0.")
    # It paints what the line touches and cuts off fractions: half a pixel all around.
    assert mask_iou(painted(line), rasterize(outline, (HEIGHT, WIDTH))) > 0.97


def test_every_file_is_where_ultralytics_looks_for_it() -> None:
    files = files_of(named("a.jpg", "drive.mp4/000120.jpg", "train/images/b.v2.PNG", "../c"), "a.jpg")
    assert files["train.txt"].splitlines() == [
        "./images/c.png",
        "./images/drive.mp4/000120.jpg",
        "./images/train/images/b.v2.PNG",
    ]
    assert files["val.txt"] == "./images/a.jpg\n"
    assert set(files) - {"data.yaml", "train.txt", "val.txt"} == {
        "labels/a.txt",
        "labels/c.txt",
        "labels/drive.mp4/000120.txt",
        "images/train/labels/b.v2.txt",
    }


def test_the_classes_are_numbered_from_0_whatever_they_are_called() -> None:
    names = ["car", "a: 'b' # \"c\"", "猫 😀", "no", "\\\\"]
    classes = tuple(LabelClass(7 + n, 1, name, "#3cb44b", n) for n, name in enumerate(names))
    taken = replace(snapshot(SMALL, name="x/1.png"), classes=classes)
    data = yaml.safe_load(files_of(taken)["data.yaml"])
    assert data == {"train": "train.txt", "val": "train.txt", "names": dict(enumerate(names))}


def test_too_few_images_to_divide_are_for_both() -> None:
    data = yaml.safe_load(files_of(snapshot(SMALL), "a.png")["data.yaml"])
    assert (data["train"], data["val"]) == ("val.txt", "val.txt")


def test_an_image_without_objects_is_background() -> None:
    assert files_of(snapshot())["labels/a.txt"] == ""


def test_images_that_would_share_their_labels_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"a\.jpg and a\.png would have the same labels"):
        files_of(named("a.jpg", "a.png"))
