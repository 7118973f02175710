"""From four clicks to an approved polygon in an export, as three people would go."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from pycocotools.coco import COCO
from shapely import Polygon

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import Annotate, Dashboard, Review

PROJECT = "street"


@pytest.fixture
def street(app: RunningApp) -> RunningApp:
    """A project with the cup's and the astronaut's photo, made by the command line while the app runs."""
    app.maa("project", "create", PROJECT, "--classes", "cup,person")
    app.maa("import", PROJECT, str(references.photo("cup")), str(references.photo("person")))
    return app


def exported(app: RunningApp, status: str) -> dict:
    out = app.data_dir.parent / f"{status}.json"
    app.maa("export", PROJECT, "--format", "coco", "--out", str(out), "--status", status)
    return json.loads(out.read_text())


def outlines(coco: dict, name: str) -> list[Polygon]:
    """Exteriors of a class's objects."""
    (class_id,) = [c["id"] for c in coco["categories"] if c["name"] == name]
    found = [a for a in coco["annotations"] if a["category_id"] == class_id]
    return [Polygon(a["maa_rings"][0][0]) for a in found]


def test_four_clicks_become_an_approved_polygon_in_the_export(street: RunningApp, page: Page) -> None:
    desk = Annotate(page, street.url, "Ana", PROJECT)
    desk.click(references.extreme_clicks("cup"))
    desk.has_points(4)
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    (first,) = outlines(exported(street, "all"), "cup")
    assert references.iou(first, references.outline("cup")) >= 0.8

    # A fifth click on the true boundary repairs the saved object; it stays one object.
    desk.key("annotate_objects").get_by_role("button").first.click()
    desk.sees("Opened", "annotate_status")
    desk.settle()
    desk.click([far_boundary_point(first, references.outline("cup"))])
    desk.has_points(5)
    desk.settle()
    desk.press("Enter")
    desk.settle()
    desk.has_objects(1)
    (repaired,) = outlines(exported(street, "all"), "cup")
    assert repaired != first
    assert references.iou(repaired, references.outline("cup")) >= 0.8
    desk.press("Shift+Enter")

    # The next image comes by itself.
    desk.sees(references.photo("person").name, "annotate_header")

    review = Review(page, street.url, "Rita", PROJECT)
    review.sees(references.photo("cup").name)
    assert exported(street, "approved")["annotations"] == []
    review.button("review_approve").click()
    review.sees("Nothing", "empty_review")

    dashboard = Dashboard(page, street.url, "Max", PROJECT)
    dashboard.sees("Images approved", "dashboard_cards")
    cards = dashboard.key("dashboard_cards").inner_text().split()
    assert cards[cards.index("Objects") + 1] == "1"
    assert cards[cards.index("approved") + 1] == "1"  # images approved

    out = street.data_dir.parent / "approved.json"
    exported(street, "approved")
    (annotation,) = COCO(str(out)).loadAnns(COCO(str(out)).getAnnIds())
    assert annotation["area"] == pytest.approx(repaired.area, rel=0.01)


def far_boundary_point(drawn: Polygon, truth: Polygon) -> tuple[float, float]:
    """Where an annotator would repair: the true boundary's point that lies farthest from the answer's."""
    candidates = [truth.exterior.interpolate(share / 200, normalized=True) for share in range(200)]
    worst = max(candidates, key=drawn.exterior.distance)
    return worst.x, worst.y


def test_what_is_sent_back_comes_first_to_its_author_with_the_reason(street: RunningApp, page: Page) -> None:
    desk = Annotate(page, street.url, "Ana", PROJECT)
    desk.click(references.extreme_clicks("cup"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.press("Shift+Enter")
    desk.sees(references.photo("person").name, "annotate_header")

    review = Review(page, street.url, "Rita", PROJECT)
    review.sees(references.photo("cup").name)
    review.page.get_by_label("What is wrong with the image").click()
    review.page.get_by_role("option", name="loose outline").click()
    review.page.get_by_label("Comment").fill("the handle is missing")
    review.page.get_by_label("Comment").press("Enter")
    review.button("review_send_back").click()
    review.sees("Nothing", "empty_review")

    # Ben is not offered it; Ana finishes what she holds, then gets it with the reason.
    desk = Annotate(page, street.url, "Ana", PROJECT)
    desk.sees(references.photo("person").name, "annotate_header")
    desk.press("Shift+Enter")
    desk.sees(references.photo("cup").name, "annotate_header")
    desk.sees("the handle is missing", "annotate_sent_back")
    desk.has_objects(1)


def test_nobody_reviews_their_own_work(street: RunningApp, page: Page) -> None:
    desk = Annotate(page, street.url, "Rita", PROJECT)
    desk.press("Shift+Enter")
    desk.sees(references.photo("person").name, "annotate_header")
    review = Review(page, street.url, "Rita", PROJECT)
    expect(review.key("review_approve")).to_have_count(0)
    review.sees("Nothing", "empty_review")
    review = Review(page, street.url, "Max", PROJECT)
    review.sees(references.photo("cup").name)
