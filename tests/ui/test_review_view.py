"""What the reviewer sees of the photo: moving over it, and going from object to object."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from maa.domain import Annotation, Project
from maa.ui.room import Room
from maa.workflow import image_files
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label

# The photos have 160 x 120 pixels, which fill the 900 x 600 of a page without a browser from top to bottom.
WHOLE = "The photo from 0 to 160 across and 0 to 120 down"


@pytest.fixture
def objects(ws: Workspace, team: Team, project: Project, tmp_path: Path) -> list[Annotation]:
    """Those of the first of two submitted images: at (20..70, 20..60) and at (90..150, 70..110)."""
    add_images(ws, project, tmp_path / "photos")
    _, labeled = label(ws, project, team.ana)
    label(ws, project, team.ana)
    return labeled


@pytest.fixture
def app(objects: list[Annotation], team: Team, open_page: OpenPage) -> AppTest:
    return open_page("review", team.rita)


def press(app: AppTest, *names: str) -> None:
    for name in names:
        app.button(key=f"review_{name}").click().run()
        assert not app.exception


def seen(app: AppTest) -> str:
    (picture,) = app.get("image")
    return str(picture.proto.imgs[0].alt)


def test_an_image_opens_whole(app: AppTest) -> None:
    assert seen(app) == WHOLE


def test_a_window_of_another_size_keeps_in_view_what_was(app: AppTest) -> None:
    press(app, *["view_zoom_in"] * 2)
    assert seen(app) == "The photo from 45 to 115 across and 37 to 83 down"
    app.session_state["_review_room"] = Room((500, 500))
    assert seen(app.run()) == "The photo from 45 to 115 across and 25 to 95 down"
    press(app, "view_fit")
    assert seen(app) == WHOLE


def test_the_view_goes_closer_and_further_out(app: AppTest) -> None:
    press(app, "view_zoom_in", "view_zoom_in")
    assert seen(app) == "The photo from 45 to 115 across and 37 to 83 down"
    press(app, "view_zoom_out", "view_zoom_out", "view_zoom_out")
    assert seen(app) == WHOLE


def test_the_view_moves_as_far_as_the_image_goes(app: AppTest) -> None:
    press(app, "view_zoom_in", "view_zoom_in", "view_right", "view_down")
    assert seen(app) == "The photo from 69 to 140 across and 53 to 100 down"
    press(app, "view_right", "view_right", "view_down", "view_down")
    assert seen(app) == "The photo from 90 to 160 across and 73 to 120 down"
    press(app, *["view_left", "view_up"] * 5)
    assert seen(app) == "The photo from 0 to 70 across and 0 to 47 down"


def test_one_button_brings_the_whole_image_and_keeps_the_object_selected(app: AppTest) -> None:
    press(app, "next", "view_zoom_in", "view_fit")
    assert seen(app) == WHOLE
    press(app, "object_good")


def test_the_next_object_is_shown_close_up_wherever_the_view_was(app: AppTest) -> None:
    press(app, "next")
    first = seen(app)
    assert first != WHOLE
    press(app, "view_fit", "next")
    assert seen(app) not in (first, WHOLE)
    press(app, "view_right", "previous")
    assert seen(app) == first


def test_the_whole_image_lies_between_the_last_object_and_the_first(app: AppTest) -> None:
    press(app, "next", "next", "view_zoom_in", "next")
    assert seen(app) == WHOLE


def test_zoom_to_the_object_finds_back_to_it_and_then_shows_the_whole_image(app: AppTest) -> None:
    press(app, "next")
    close_up = seen(app)
    press(app, "view_zoom_in", "view_left", "close_up")
    assert seen(app) == close_up
    press(app, "close_up")
    assert seen(app) == WHOLE
    press(app, "close_up")
    assert seen(app) == close_up


def test_without_zoom_to_objects_the_view_stays_while_the_next_object_is_in_it(
    app: AppTest, objects: list[Annotation]
) -> None:
    press(app, "close_up", f"object_{objects[0].id}", "view_zoom_in")
    both_in_view = seen(app)
    assert both_in_view != WHOLE
    press(app, "next")
    assert seen(app) == both_in_view


def test_without_zoom_to_objects_one_out_of_view_brings_the_whole_image(
    app: AppTest, objects: list[Annotation]
) -> None:
    press(app, "close_up", f"object_{objects[0].id}", *["view_zoom_in"] * 2, *["view_left", "view_up"] * 3)
    assert seen(app) == "The photo from 0 to 70 across and 0 to 47 down"
    press(app, "next")
    assert seen(app) == WHOLE


def test_marks_and_what_is_drawn_leave_the_view_where_it_is(app: AppTest) -> None:
    press(app, "next", "view_zoom_in", "view_down")
    moved = seen(app)
    press(app, "object_good", "object_wrong_2", "hide_toggle", "model_toggle")
    assert seen(app) == moved


def test_another_image_opens_whole(app: AppTest) -> None:
    press(app, "view_zoom_in", "view_right", "approve")
    assert seen(app) == WHOLE


def test_an_image_taken_again_opens_whole(app: AppTest) -> None:
    press(app, "view_zoom_in", "view_right", "release", "resume")
    assert seen(app) == WHOLE


def test_an_image_whose_file_is_lost_can_still_be_given_back(
    objects: list[Annotation],
    ws: Workspace,
    team: Team,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(image_files, "_cache", image_files._PixelCache(1))  # nothing in memory either
    for file in ws.images_dir.glob("??/*"):
        file.unlink()
    app = open_page("review", team.rita)
    assert app.error
    press(app, "release")
    assert not app.error
