from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from maa.domain import Image
from maa.workflow import image_files, images, people, projects, pyramid, queue
from tests.api.bench import PHOTOS, Bench


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(content)).convert("RGB")).astype(int)


def image_of(bench: Bench, name: str) -> Image:
    return next(image for image in bench.photos if image.file_name == name)


def test_tiles_make_up_the_image(bench: Bench) -> None:
    task, tab = bench.claimed()
    image = images.get_image(bench.ws, task.image_id)
    pixels = images.load_pixels(bench.ws, image.id).astype(int)
    for _ in range(2):  # cut from memory, then read from the file
        rows = []
        for row in range(-(-image.height // 512)):
            answers = [tab.tile(image.id, 0, column, row) for column in range(-(-image.width // 512))]
            assert {answer.status_code for answer in answers} == {200}
            assert {answer.headers["content-type"] for answer in answers} == {"image/jpeg"}
            rows.append(np.concatenate([pixels_of(answer.content) for answer in answers], axis=1))
        whole = np.concatenate(rows)
        assert whole.shape == pixels.shape
        assert np.abs(whole - pixels).mean() < 3
        pyramid.settle()


def test_a_tile_may_be_kept_by_its_browser_only(bench: Bench) -> None:
    task, tab = bench.claimed()
    answer = tab.tile(task.image_id)
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = tab.tile(task.image_id, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert tab.tile(task.image_id, **{"If-None-Match": '"other"'}).status_code == 200


def test_another_image_s_tiles_are_refused(bench: Bench) -> None:
    task, tab = bench.claimed()
    others = [image.id for image in bench.photos if image.id != task.image_id]
    other = projects.create_project(bench.ws, "Other", ["car"])
    (far,) = images.import_paths(bench.ws, other.id, [PHOTOS / "astronaut.png"]).imported
    for image_id in (*others, far.id, 999_999):
        bench.assert_refused(tab.tile(image_id), 404, "not_found", by=bench.office.ana)


def test_tiles_that_are_none_are_refused(bench: Bench) -> None:
    task, tab = bench.claimed()
    for place in ((0, 1, 0), (0, 0, 1), (5, 0, 0), (99, 0, 0), (0, 10**9, 0)):
        bench.assert_refused(tab.tile(task.image_id, *place), 404, "not_found", by=bench.office.ana)
    assert bench.http.get(f"/_maa/images/{task.image_id}/-1/0-0.jpg").status_code == 404


def test_passes_are_checked_for_tiles_as_for_calls(bench: Bench) -> None:
    task, tab = bench.claimed()
    assert tab.tile(task.image_id).status_code == 200
    bench.assert_refused(bench.http.get(f"/_maa/images/{task.image_id}/0/0-0.jpg"), 401, "pass")
    tab.text, good = tab.text[:-1], tab.text
    bench.assert_refused(tab.tile(task.image_id), 401, "pass")
    tab.text = good
    people.set_active(bench.ws, bench.office.ana.id, False, by=bench.office.max.id)
    bench.assert_refused(tab.tile(task.image_id), 403, "not_allowed", by=bench.office.ana)
    people.set_active(bench.ws, bench.office.ana.id, True, by=bench.office.max.id)
    bench.office.clock.advance(hours=13)
    bench.assert_refused(tab.tile(task.image_id), 401, "pass", by=bench.office.ana)


def test_a_reviewer_sees_the_image(bench: Bench) -> None:
    task, tab = bench.in_review()
    assert tab.tile(task.image_id).status_code == 200


def test_a_picture_whose_file_is_gone_is_said(bench: Bench) -> None:
    task, tab = bench.claimed()
    image = images.get_image(bench.ws, task.image_id)
    file = bench.ws.images_dir / image.pixel_hash[:2] / image.pixel_hash
    file.unlink()
    image_files._cache._kept.pop(image.pixel_hash, None)
    assert "is gone" in bench.assert_refused(tab.tile(image.id), 404, "not_found", by=bench.office.ana)


@pytest.mark.parametrize("who", ["ana", "rolf"])
def test_a_tile_needs_no_lease_but_a_pass(bench: Bench, who: str) -> None:
    """Who just lost a task reads on the screen what happened; the picture behind it does not go dark."""
    task = bench.office.claim(bench.office.ana)
    queue.release(bench.ws, task.id, bench.office.ana.id)
    other = bench.tab(getattr(bench.office, who), task)
    assert other.tile(task.image_id).status_code == 200
