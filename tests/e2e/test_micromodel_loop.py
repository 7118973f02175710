"""The more is labeled, the less is clicked: from a detector's boxes to the next model's pre-labels."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import RunningApp
from tests.e2e.reviewing import Review
from tests.e2e.screens import PATIENCE
from tests.e2e.signing_in import sign_in
from tests.e2e.workbench import Workbench
from tests.workflow.drawn_project import draw_photo, ellipses

PHOTOS, APPROVED = 20, 17


@pytest.fixture
def drawn(app: RunningApp, tmp_path: Path) -> str:
    """A project of drawn photos; all but three are approved."""
    name = "Loop"
    photos = [draw_photo(tmp_path / f"photo {chr(97 + n)}.png", n) for n in range(PHOTOS)]
    app.new_project(name, ["ellipse"], [str(path) for path in photos])
    done = {
        "categories": [{"id": 1, "name": "ellipse"}],
        "images": [
            {
                "id": number + 1,
                "file_name": photos[number].name,
                "width": 120,
                "height": 90,
                "maa_approved": True,
            }
            for number in range(APPROVED)
        ],
        "annotations": [
            {
                "id": 2 * number + which,
                "image_id": number + 1,
                "category_id": 1,
                "segmentation": [[xy for point in outline.geoms[0].exterior.coords for xy in point]],
            }
            for number in range(APPROVED)
            for which, outline in enumerate(ellipses(number), 1)
        ],
    }
    (tmp_path / "approved.json").write_text(json.dumps(done))
    app.call(
        "import", project=name, paths=[str(path) for path in photos], coco=str(tmp_path / "approved.json")
    )
    return name


def boxes(path: Path, photos: range) -> Path:
    """What a detector found, with the numbers of the project's export."""
    found = []
    for number in photos:
        for left, top, right, bottom in (outline.bounds for outline in ellipses(number)):
            box = [left, top, right - left, bottom - top]
            found.append({"image_id": number + 1, "category_id": 1, "bbox": box, "score": 0.9})
    path.write_text(json.dumps(found))
    return path


def ended(app: RunningApp, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 240
    while job["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.5)
        job = app.call("models job", number=job["job"])
    return job


def test_boxes_become_pre_labels_become_a_better_model_s_pre_labels(
    app: RunningApp, drawn: str, page: Page, tmp_path: Path
) -> None:
    # A manager takes a detector's boxes in.
    sign_in(page.context, app.url, "Max")
    page.goto(f"{app.url}/projects?project={drawn}")
    page.get_by_role("tab", name="Pre-labels").click()
    files = page.locator(".st-key-prelabels_file input[type=file]")
    files.set_input_files(boxes(tmp_path / "boxes.json", range(APPROVED, APPROVED + 2)))
    expect(page.locator(".st-key-prelabels_file")).to_contain_text("boxes.json", timeout=PATIENCE)
    page.get_by_role("button", name="Pre-label", exact=True).click()
    done = page.get_by_text("done: 4 objects on 2 of 2 images")
    expect(done).to_be_visible(timeout=PATIENCE)

    # The annotator accepts one, repairs one by a click, deletes one, and lets one go with its image.
    desk = Workbench(page, app.url, "Ana", drawn)
    desk.sees("photo r.png", "image")
    desk.sees("2 pre-labels to decide", "prelabels")
    desk.press("n")
    desk.sees("A pre-label", "status")
    desk.press("Enter")
    desk.sees("1 pre-label to decide", "prelabels")
    desk.sees("A pre-label", "status")  # the next one has opened
    desk.click([(ellipses(APPROVED)[1].bounds[2] + 3, ellipses(APPROVED)[1].centroid.y)])
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(2)
    expect(desk.named("prelabels")).to_be_hidden()
    desk.press("Shift+Enter")
    desk.sees("photo s.png", "image")
    desk.ready()
    desk.sees("2 pre-labels to decide", "prelabels")
    desk.press("n")
    desk.sees("A pre-label", "status")
    desk.press("d")
    desk.has_objects(1)
    page.wait_for_timeout(900)  # a press so soon after the image came would be a second one of the last
    desk.press("Shift+Enter")
    desk.sees("photo t.png", "image")

    # The reviewer approves both.
    review = Review(page, app.url, "Rita", drawn)
    for photo in ("photo r.png", "photo s.png"):
        review.shows(photo)
        page.wait_for_timeout(900)  # an image that has only just come is not approved
        review.named("approve").click()
    review.has_nothing()

    # A model is trained on what was approved, compared, and taken up.
    job = ended(
        app,
        app.call("models finetune", project=drawn, minutes=0.05, parent=None, threads=1, seed=0),
    )
    assert job["state"] == "done", job
    assert {one["set"] for one in job["metrics"]} == {"held back", "general"}
    sign_in(page.context, app.url, "Max")
    page.goto(f"{app.url}/models?project={drawn}")
    candidate = page.locator(".st-key-candidate")
    expect(candidate).to_contain_text("held-back objects", timeout=PATIENCE)
    candidate.get_by_role("textbox").fill("the first of its own")
    candidate.get_by_role("textbox").press("Enter")
    page.locator(".st-key-promote button").click()
    present = page.locator(".st-key-present_model")
    expect(present).to_contain_text("the first of its own", timeout=PATIENCE)
    assert job["model"] in present.inner_text().replace("\u2060", "")  # where a link could have begun

    # What is pre-labeled next, the new model has drawn.
    made = app.call(
        "prelabel detections",
        project=drawn,
        file=str(boxes(tmp_path / "more.json", range(PHOTOS - 1, PHOTOS))),
        coco=None,
        least_score=0.0,
        least_confidence=0.0,
    )
    assert made["model"] == job["model"]
