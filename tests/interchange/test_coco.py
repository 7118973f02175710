from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from shapely import MultiPolygon, Point, Polygon, box

from maa.domain import Annotation, Image, InvalidInput, LabelClass, Origin, Revision
from maa.geometry import iou, rasterize, repair
from maa.interchange.coco import from_coco, to_coco
from maa.interchange.coco_shapes import outline_of, segmentation
from maa.interchange.snapshot import LabeledImage, Snapshot

NOW = datetime(2026, 5, 4, tzinfo=UTC)
WIDTH, HEIGHT = 640, 480


def disc(x: float, y: float, radius: float) -> Polygon:
    return Point(x, y).buffer(radius, 24)


WHOLE = MultiPolygon([disc(200.3, 150.7, 80.2)])
RING = MultiPolygon([disc(300.1, 240.9, 90.4).difference(disc(310.2, 250.1, 40.3))])
PARTS = MultiPolygon([disc(100, 100, 60.6), disc(300.5, 300.5, 70.1)])
SMALL = MultiPolygon([Polygon([(10.25, 10), (20, 10.5), (15, 22)])])


def snapshot(*outlines: MultiPolygon, name: str = "a.png", approved: bool = True) -> Snapshot:
    image = Image(1, 1, name, WIDTH, HEIGHT, "f" * 64, "p" * 64, NOW)
    annotations = tuple(
        Annotation(
            id=40 + number,
            task_id=9,
            revision=Revision(40 + number, 1, 7, outline, Origin.MANUAL, None, NOW),
        )
        for number, outline in enumerate(outlines)
    )
    return Snapshot((LabelClass(7, 1, "car", "#3cb44b", 0),), (LabeledImage(image, approved, annotations),))


def loaded(document: dict[str, Any], tmp_path: Path) -> COCO:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(document))
    return COCO(str(path))


def outlines(document: object) -> list[MultiPolygon]:
    read = from_coco(json.loads(json.dumps(document)))
    assert read.problems == []
    return [image.outline(item) for image in read.images for item in image.objects]


def document(**annotation: object) -> dict[str, Any]:
    """A foreign file with one object; `annotation` changes its entry."""
    entry = {"id": 5, "image_id": 3, "category_id": 2, "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]]}
    return {
        "images": [{"id": 3, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 2, "name": "car"}],
        "annotations": [{**entry, **annotation}],
    }


def problems_of(changed: dict[str, Any]) -> list[str]:
    read = from_coco(changed)
    found = [problem.reason for problem in read.problems]
    for image in read.images:
        for item in image.objects:
            try:
                image.outline(item)
            except InvalidInput as error:
                found.append(str(error))
    return found


def test_pycocotools_loads_it_with_exact_areas_and_the_right_kind_of_shape(tmp_path: Path) -> None:
    coco = loaded(to_coco(snapshot(WHOLE, RING, PARTS, SMALL)), tmp_path)
    entries = coco.loadAnns(coco.getAnnIds())
    for entry, outline in zip(entries, (WHOLE, RING, PARTS, SMALL), strict=True):
        assert entry["area"] == outline.area
        assert entry["iscrowd"] == 0
        left, top, width, height = entry["bbox"]
        assert (left, top, left + width, top + height) == pytest.approx(outline.bounds)
        mask = coco.annToMask(entry)
        assert mask.shape == (HEIGHT, WIDTH)
        if outline.area >= 10_000:
            assert mask.sum() == pytest.approx(outline.area, rel=0.005)
        assert (mask & rasterize(outline, (HEIGHT, WIDTH))).sum() / mask.sum() > 0.9
    assert [len(entry["segmentation"]) for entry in entries if isinstance(entry["segmentation"], list)] == [
        1,
        2,
        1,
    ]
    assert isinstance(entries[1]["segmentation"]["counts"], str)
    assert coco.loadCats(coco.getCatIds())[0]["name"] == "car"


def test_outlines_come_back_float_for_float() -> None:
    shapes = (WHOLE, RING, PARTS, SMALL)
    for before, after in zip(shapes, outlines(to_coco(snapshot(*shapes))), strict=True):
        assert shapely.get_coordinates(before).tolist() == shapely.get_coordinates(after).tolist()


def test_an_outline_a_rounding_error_outside_the_image_comes_back_unchanged() -> None:
    outline = MultiPolygon([box(600.5, 10, WIDTH + 1e-9, 40)])
    assert outlines(to_coco(snapshot(outline)))[0].equals_exact(outline, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(101, 300),
    st.floats(101, 300),
    st.floats(20, 60),
    st.floats(20, 60),
    st.sampled_from([0, 0.1, 30, 45]),
    st.booleans(),
)
def test_masks_of_large_objects_have_the_area_even_where_edges_run_along_pixel_rows(
    width: float, height: float, left: float, top: float, degrees: float, hollow: bool
) -> None:
    shape = shapely.affinity.rotate(box(left, top, left + width, top + height), degrees)
    if hollow:
        shape = shape.difference(box(left + 20.4, top + 20.4, left + width - 20.4, top + 45.3))
    outline = repair(shape, (WIDTH, HEIGHT))
    written = segmentation(outline, WIDTH, HEIGHT)
    runs = (
        coco_mask.merge(coco_mask.frPyObjects(written, HEIGHT, WIDTH))
        if isinstance(written, list)
        else written
    )
    assert outline.area < 10_000 or coco_mask.area(runs) == pytest.approx(outline.area, rel=0.005)
    assert coco_mask.toBbox(runs) == pytest.approx(
        [outline.bounds[0], outline.bounds[1], *np.subtract(outline.bounds[2:], outline.bounds[:2])], abs=2.1
    )


def test_long_thin_boxes_between_pixel_rows_keep_their_area() -> None:
    for thickness in (37.4, 40.5, 41.6, 45.49):
        outline = MultiPolygon([box(20.3, 50.5, 420.3, 50.5 + thickness)])
        written = segmentation(outline, WIDTH, HEIGHT)
        assert isinstance(written, list)
        area = coco_mask.area(coco_mask.merge(coco_mask.frPyObjects(written, HEIGHT, WIDTH)))
        assert area == pytest.approx(outline.area, rel=0.005)
        assert (
            np.abs(np.array(written[0]) - np.array(shapely.get_coordinates(outline)[:-1]).ravel()).max() <= 1
        )
        assert outlines(to_coco(snapshot(outline)))[0].equals_exact(outline, 0)


def test_ids_and_order_do_not_depend_on_the_database() -> None:
    first = to_coco(snapshot(WHOLE, RING))
    other = snapshot(WHOLE, RING)
    moved = Snapshot(
        (LabelClass(70, 4, "car", "#3cb44b", 3),),
        tuple(
            LabeledImage(
                Image(55, 4, "a.png", WIDTH, HEIGHT, "0" * 64, "p" * 64, NOW),
                entry.approved,
                tuple(
                    Annotation(
                        a.id + 7, 80, Revision(a.id + 7, 3, 70, a.revision.outline, Origin.IMPORTED, 3, NOW)
                    )
                    for a in entry.annotations
                ),
            )
            for entry in other.images
        ),
    )
    assert to_coco(moved) == first


def test_foreign_polygons_are_united_and_repaired() -> None:
    overlapping = document(segmentation=[[10, 10, 30, 10, 30, 40, 10, 40], [20, 10, 50, 10, 50, 40, 20, 40]])
    assert outlines(overlapping)[0].area == 40 * 30
    bow_tie = document(segmentation=[[0, 0, 10, 10, 10, 0, 0, 10]])
    assert outlines(bow_tie)[0].is_valid
    with_a_line = document(segmentation=[[10, 10, 30, 10, 30, 40], [1, 1, 2, 2, 3, 3]])
    assert outlines(with_a_line)[0].area == 300
    half_outside = document(segmentation=[[-20, 10, 20, 10, 20, 20, -20, 20]])
    assert outlines(half_outside)[0].bounds == (0, 10, 20, 20)


@pytest.mark.parametrize("compressed", [True, False])
def test_foreign_run_lengths_are_read_holes_included(compressed: bool) -> None:
    mask = np.asfortranarray(rasterize(RING, (HEIGHT, WIDTH)).astype(np.uint8))
    runs = coco_mask.encode(mask)
    if compressed:
        counts: object = runs["counts"].decode()
    else:
        flat = mask.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
        assert flat[0] == 0
    (outline,) = outlines(document(segmentation={"size": [HEIGHT, WIDTH], "counts": counts}))
    assert np.array_equal(rasterize(outline, (HEIGHT, WIDTH)), mask.astype(bool))
    assert iou(outline, RING) > 0.98
    assert len(outline.geoms[0].interiors) == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_any_masks_run_lengths_are_read_as_pycocotools_writes_them(
    seed: int, width: int, height: int
) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 0.5
    if mask.any():
        runs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        shape = {"size": [height, width], "counts": runs["counts"].decode()}
        assert np.array_equal(rasterize(outline_of(shape, width, height), (height, width)), mask)


BAD_ANNOTATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no such image": ({"image_id": 9}, "no usable image"),
    "image as a list": ({"image_id": [3]}, "no usable image"),
    "no such class": ({"category_id": None}, "no usable category"),
    "crowd": ({"iscrowd": 1}, "crowd"),
    "no shape": ({"segmentation": None}, "neither"),
    "empty shape": ({"segmentation": []}, "empty"),
    "two points": ({"segmentation": [[1, 2, 3, 4]]}, "three"),
    "odd count": ({"segmentation": [[1, 2, 3, 4, 5, 6, 7]]}, "three"),
    "text": ({"segmentation": [["1", 2, 3, 4, 5, 6]]}, "finite number"),
    "not a number": ({"segmentation": [[float("nan"), 2, 3, 4, 5, 6]]}, "finite number"),
    "larger than any number": ({"segmentation": [[10**400, 2, 3, 4, 5, 6]]}, "finite number"),
    "a line": ({"segmentation": [[1, 1, 2, 2, 3, 3]]}, "no area"),
    "outside": ({"segmentation": [[1000, 1000, 2000, 1000, 2000, 2000]]}, "outside the image"),
    "short runs": ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [5, 5]}}, "add up to 10"),
    "negative runs": ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [-5, 5]}}, "whole numbers"),
    "broken runs": ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "é"}}, "does not belong"),
    "other size": ({"segmentation": {"size": [10, 10], "counts": [100]}}, "size"),
    "empty runs": ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * WIDTH]}}, "no area"),
    "broken rings": ({"maa_rings": [[[[1, 2]]]]}, "three"),
}


@pytest.mark.parametrize("name", BAD_ANNOTATIONS)
def test_a_bad_object_is_named_and_the_others_stay(name: str) -> None:
    change, reason = BAD_ANNOTATIONS[name]
    changed = document()
    changed["annotations"].append({**changed["annotations"][0], "id": 6, **change})
    (found,) = problems_of(changed)
    assert reason in found


def test_bad_images_and_categories_are_named() -> None:
    changed = document()
    changed["images"] += [{"id": 3, "file_name": "b.png", "width": 1, "height": 1}, {"id": 4}, 7]
    changed["images"] += [{"id": 5, "file_name": "c.png", "width": 0, "height": 10}]
    changed["categories"] += [{"id": 8, "name": " "}, {"name": "no id"}]
    read = from_coco(changed)
    assert [image.file_name for image in read.images] == ["a.png"]
    assert list(read.classes) == ["car"]
    assert [problem.place for problem in read.problems] == [
        "category 8",
        "category number 3 of the file",
        "image 3",
        "image 4",
        "image number 4 of the file",
        "image 5",
    ]


@pytest.mark.parametrize("value", [None, [], "coco", {}, {"images": [], "categories": []}, {"images": {}}])
def test_what_is_no_coco_file_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="It is not a COCO"):
        from_coco(value)


def test_a_shape_that_another_tool_edited_wins_over_the_old_exact_rings() -> None:
    written = to_coco(snapshot(WHOLE))
    written["annotations"][0]["segmentation"] = [[10, 10, 60, 10, 60, 60, 10, 60]]
    assert outlines(written)[0].area == 2500
    written = to_coco(snapshot(WHOLE))
    rounded = [[round(value, 1) for value in written["annotations"][0]["segmentation"][0]]]
    written["annotations"][0]["segmentation"] = rounded
    assert outlines(written)[0].equals_exact(WHOLE, 0)
