"""From four clicks to an approved polygon in an export, as three people would go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pycocotools.coco import COCO
from shapely import Polygon

from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.reviewing import Review
from tests.e2e.screens import Annotate, Dashboard

PHOTOS = [str(references.photo("cup")), str(references.photo("person"))]


@pytest.fixture
def street(app: RunningApp, request: pytest.FixtureRequest) -> str:
    """A project with the cup's and the astronaut's photo."""
    name = f"street {request.node.name}"[:60]
    app.new_project(name, ["cup", "person"], PHOTOS)
    return name


def exported(app: RunningApp, project: str, out: Path, status: str) -> dict:
    app.call("export", project=project, format="coco", out=str(out), status=status)
    coco: dict = json.loads(out.read_text())
    return coco


def outlines(coco: dict, name: str) -> list[Polygon]:
    """Exteriors of a class's objects."""
    (class_id,) = [c["id"] for c in coco["categories"] if c["name"] == name]
    found = [a for a in coco["annotations"] if a["category_id"] == class_id]
    return [Polygon(a["maa_rings"][0][0]) for a in found]


def test_four_clicks_become_an_approved_polygon_in_the_export(
    app: RunningApp, page: Page, tmp_path: Path
) -> None:
    # The projects of the other tests are made without a process; here it is the command line that is used.
    app.maa("project", "create", "street", "--classes", "cup,person")
    for name, role in (("Ana", "annotator"), ("Rita", "reviewer"), ("Max", "manager")):
        app.maa("user", "role", name, "street", role)
    app.maa("import", "street", *PHOTOS)
    out = tmp_path / "out.json"
    desk = Annotate(page, app.url, "Ana", "street")
    desk.click(references.extreme_clicks("cup"))
    desk.has_points(4)
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    (first,) = outlines(exported(app, "street", out, "all"), "cup")
    assert references.iou(first, references.outline("cup")) >= 0.8

    # A fifth click on the true boundary repairs the saved object; it stays one object.
    desk.key("annotate_objects").get_by_role("button").first.click()
    desk.sees("Opened", "annotate_status")
    desk.settle()
    desk.click([far_boundary_point(first, references.outline("cup"))])
    desk.has_points(5)
    desk.press("Enter")
    desk.has_points(0)
    desk.has_objects(1)
    (repaired,) = outlines(exported(app, "street", out, "all"), "cup")
    assert repaired != first
    assert references.iou(repaired, references.outline("cup")) >= 0.8
    desk.press("Shift+Enter")

    # The next image comes by itself.
    desk.sees(references.photo("person").name, "annotate_header")

    review = Review(page, app.url, "Rita", "street")
    review.shows(references.photo("cup").name)
    assert exported(app, "street", out, "approved")["annotations"] == []
    review.named("approve").click()
    review.has_nothing()

    dashboard = Dashboard(page, app.url, "Max", "street")
    dashboard.sees("Images approved", "dashboard_cards")
    dashboard.settle()
    cards = dashboard.key("dashboard_cards").inner_text().split()
    assert cards[cards.index("Objects") + 1] == "1"
    assert cards[cards.index("approved") + 1] == "1"  # images approved

    app.maa("export", "street", "--format", "coco", "--out", str(out), "--status", "approved")
    (annotation,) = COCO(str(out)).loadAnns(COCO(str(out)).getAnnIds())
    assert annotation["area"] == pytest.approx(repaired.area, rel=0.01)


def far_boundary_point(drawn: Polygon, truth: Polygon) -> tuple[float, float]:
    """Where an annotator would repair: the true boundary's point that lies farthest from the answer's."""
    candidates = [truth.exterior.interpolate(share / 200, normalized=True) for share in range(200)]
    worst = max(candidates, key=drawn.exterior.distance)
    return worst.x, worst.y


def test_what_is_sent_back_comes_first_to_its_author_with_the_reason(
    app: RunningApp, street: str, page: Page
) -> None:
    desk = Annotate(page, app.url, "Ana", street)
    desk.click(references.extreme_clicks("cup"))
    desk.has_polygon()
    desk.press("Enter")
    desk.has_objects(1)
    desk.press("Shift+Enter")
    desk.sees(references.photo("person").name, "annotate_header")

    review = Review(page, app.url, "Rita", street)
    review.shows(references.photo("cup").name)
    review.root.get_by_role("button", name="loose outline").click()
    review.root.get_by_label("Comment", exact=True).fill("the handle is missing")
    review.named("sendBack").click()
    review.has_nothing()

    # Ben is not offered it; Ana finishes what she holds, then gets it with the reason.
    desk = Annotate(page, app.url, "Ana", street)
    desk.sees(references.photo("person").name, "annotate_header")
    desk.hand_in_empty()
    desk.sees(references.photo("cup").name, "annotate_header")
    desk.sees("the handle is missing", "annotate_sent_back")
    desk.has_objects(1)


def test_nobody_reviews_their_own_work(app: RunningApp, street: str, page: Page) -> None:
    desk = Annotate(page, app.url, "Rita", street)
    desk.hand_in_empty()
    desk.sees(references.photo("person").name, "annotate_header")
    desk.press("Control+Backspace")
    desk.sees(references.photo("cup").name, "annotate_header")
    desk.hand_in_empty()
    desk.sees(references.photo("person").name, "annotate_header")
    review = Review(page, app.url, "Rita", street)
    expect(review.named("approve")).to_have_count(0)
    review.has_nothing("Nobody reviews their own work")
    review = Review(page, app.url, "Max", street)
    review.shows(references.photo("cup").name)
