"""What the server knows about the browser's canvas: no click lost, none counted twice or misplaced."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from maa.canvas import fabric
from maa.canvas.protocol import Mode, Scene
from maa.canvas.surface import FRAME, Surface
from maa.domain import Point, PointKind
from maa.geometry import Viewport

IMAGE = (400, 300)
SQUARE = MultiPolygon([box(100, 100, 200, 200)])
SCENE = Scene(
    image_id=1, pixels=np.zeros((300, 400, 3), np.uint8), mode=Mode.POINTS, drawing_number=1, color="#ff0000"
)


class Browser:
    """The component as it behaves: holds objects, rounds them, starts over with a new generation."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.generation = -1
        self.objects: list[dict[str, Any]] = []
        self.points: tuple[Point, ...] = ()

    def show(self, scene: Scene) -> int:
        """The page runs; returns how often the canvas has been mounted."""
        self.surface.follow(replace(scene, points=self.points) if scene.points == () else scene)
        if self.surface.mount != self.generation:
            self.generation = self.surface.mount
            self.objects = [
                {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
                for found in self.surface.initial
            ]
        return self.generation

    def click(self, x: float, y: float) -> None:
        """A click on an image point."""
        centre = self.surface.to_canvas((x, y))
        self.objects.append(fabric.circle(centre, fill="#ffffff", stroke="#ff0000"))

    def stroke(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = self.surface.to_canvas(start), self.surface.to_canvas(end)
        self.objects.append({"type": "Path", "path": [["M", x0, y0], ["L", x1, y1]]})

    def send(self) -> tuple[Point, ...] | None:
        """The component reports; the page takes the points over."""
        changed = self.surface.new_points(self.objects)
        if changed is None:
            return None
        before, after = changed
        # as the page does it: what was added belongs to the drawing as it is by now
        self.points = self.points + after[len(before) :] if after[: len(before)] == before else after
        return self.points


@pytest.fixture
def surface() -> Surface:
    return Surface(Viewport.fit(IMAGE, (800, 600)))


@pytest.fixture
def browser(surface: Surface) -> Browser:
    browser = Browser(surface)
    browser.show(SCENE)
    return browser


def xy(points: tuple[Point, ...] | None) -> list[tuple[float, float]]:
    assert points is not None
    return [(round(p.x, 3), round(p.y, 3)) for p in points]


def test_only_the_clicks_before_a_key_are_taken_in_with_it(surface: Surface, browser: Browser) -> None:
    for x in (100, 150, 200):
        browser.click(x, 100)
    before = surface.new_points(surface.after_clicks(browser.objects, 2))
    assert before is not None
    assert [round(point.x) for point in before[1]] == [100, 150]
    # known by now: a key of an earlier moment that comes late takes none of them away
    assert surface.new_points(surface.after_clicks(browser.objects, 0)) is None
    after = surface.new_points(browser.objects)
    assert after is not None
    assert [round(point.x) for point in after[1]] == [100, 150, 200]


@given(
    x=st.floats(0, 400), y=st.floats(0, 300), zoom=st.floats(1, 12), at=st.tuples(*[st.floats(0, 600)] * 2)
)
def test_a_click_means_the_image_point_under_it_in_every_view(
    x: float, y: float, zoom: float, at: tuple[float, float]
) -> None:
    surface = Surface(Viewport.fit(IMAGE, (800, 600)).zoomed(zoom, at=at))
    browser = Browser(surface)
    browser.show(SCENE)
    browser.click(x, y)
    (point,) = browser.send() or ()
    assert (point.x, point.y) == pytest.approx((x, y), abs=1e-3)


def test_the_frame_stands_around_the_view(surface: Surface) -> None:
    assert surface.size == (800 + 2 * FRAME, 600 + 2 * FRAME)
    assert surface.to_canvas((0, 0)) == (FRAME, FRAME)


def test_clicks_in_the_frame_are_brought_to_the_images_edge(browser: Browser) -> None:
    browser.click(-3, 150)
    browser.click(402, 299)
    assert xy(browser.send()) == [(0, 150), (400, 299)]
    assert browser.send() is None


def test_clicks_and_answers_never_mount_the_canvas_anew(browser: Browser) -> None:
    mounted = browser.generation
    for x in range(8):
        browser.click(50 + 10 * x, 60)
        browser.send()
        assert browser.show(replace(SCENE, outline=SQUARE, color="#00ff00")) == mounted
    assert len(browser.points) == 8


def test_a_new_object_begins_behind_the_points_of_the_last_one_without_a_mount(browser: Browser) -> None:
    for x in (10, 20, 30, 40):
        browser.click(x, 10)
    browser.send()
    mounted = browser.show(SCENE)
    browser.points = ()  # accepted
    browser.click(111, 50)  # before the page has answered
    assert browser.show(replace(SCENE, drawing_number=2)) == mounted
    assert xy(browser.send()) == [(111, 50)]
    browser.click(112, 51)
    assert xy(browser.send()) == [(111, 50), (112, 51)]


def test_clicks_that_arrive_together_with_an_accept_begin_the_next_object_without_a_mount(
    browser: Browser,
) -> None:
    for x in (10, 20, 30, 40):
        browser.click(x, 10)
    browser.send()
    mounted = browser.show(SCENE)
    browser.click(111, 50)
    browser.points = ()  # the accept comes first, but the page was not drawn since
    assert xy(browser.send()) == [(111, 50)]
    assert browser.show(replace(SCENE, drawing_number=2)) == mounted
    browser.click(112, 51)
    assert xy(browser.send()) == [(111, 50), (112, 51)]


def test_undo_takes_the_point_off_the_canvas_by_mounting_it_anew(browser: Browser) -> None:
    for x in (10, 20, 30):
        browser.click(x, 10)
    browser.send()
    mounted = browser.show(SCENE)
    browser.points = browser.points[:2]
    assert browser.show(SCENE) == mounted + 1
    assert browser.send() is None
    browser.click(77, 10)
    assert xy(browser.send()) == [(10, 10), (20, 10), (77, 10)]


def test_zooming_keeps_points_and_their_kind_although_the_component_rounds(browser: Browser) -> None:
    browser.points = (Point(33.333333, 66.666666), Point(10.1, 20.2, PointKind.INSIDE))
    mounted = browser.show(SCENE)
    browser.surface.zoom(1.7)
    assert browser.show(SCENE) == mounted + 1
    assert browser.send() is None
    browser.click(50, 50)
    points = browser.send()
    assert points is not None
    assert points[:2] == (Point(33.333333, 66.666666), Point(10.1, 20.2, PointKind.INSIDE))


def test_a_click_that_arrives_together_with_a_zoom_is_read_in_the_view_it_was_made_in(
    browser: Browser,
) -> None:
    browser.click(120, 80)
    browser.surface.zoom(3)
    assert xy(browser.send()) == [(120, 80)]
    browser.show(SCENE)
    assert browser.send() is None


def test_zooming_keeps_the_last_point_where_it_is_on_the_screen(browser: Browser) -> None:
    browser.click(200, 150)
    browser.click(250, 100)
    browser.send()
    before = browser.surface.to_canvas((250, 100))
    browser.surface.zoom(2)
    browser.show(SCENE)
    assert browser.surface.to_canvas((250, 100)) == pytest.approx(before)


def test_the_components_own_undo_takes_a_point_back(browser: Browser) -> None:
    browser.click(10, 10)
    browser.click(20, 10)
    browser.send()
    browser.objects.pop()
    assert xy(browser.send()) == [(10, 10)]


def test_the_components_own_undo_past_an_accepted_object_loses_no_later_click(browser: Browser) -> None:
    browser.click(10, 10)
    browser.send()
    browser.points = ()
    browser.show(replace(SCENE, drawing_number=2))
    browser.objects.pop()
    assert browser.send() is None
    browser.click(30, 30)
    assert xy(browser.send()) == [(30, 30)]


def test_a_drag_box_becomes_the_view(browser: Browser) -> None:
    surface = browser.surface
    surface.looking = True
    browser.show(SCENE)
    assert surface.tool == "rect"
    left, top = surface.to_canvas((100, 75))
    right, bottom = surface.to_canvas((200, 150))
    surface.look_closer(
        [{"type": "Rect", "left": left, "top": top, "width": right - left, "height": bottom - top}]
    )
    browser.show(SCENE)
    visible = surface.viewport.visible
    assert (visible.left, visible.top, visible.right, visible.bottom) == pytest.approx((100, 75, 200, 150))
    assert surface.tool == "point"


def test_a_click_while_looking_doubles_the_scale_there(browser: Browser) -> None:
    surface = browser.surface
    x, y = surface.to_canvas((200, 150))
    scale = surface.viewport.scale
    surface.look_closer([{"type": "Rect", "left": x, "top": y, "width": 2, "height": 2}])
    browser.show(SCENE)
    assert surface.viewport.scale == pytest.approx(2 * scale)
    assert surface.to_canvas((200, 150)) == pytest.approx((x, y))


def test_every_stroke_edits_the_outline_once(browser: Browser) -> None:
    surface = browser.surface
    scene = replace(SCENE, mode=Mode.VERTICES, outline=SQUARE)
    mounted = browser.show(scene)
    assert surface.tool == "freedraw"
    browser.stroke((100, 100), (80, 80))
    browser.stroke((300, 250), (310, 260))  # begins on nothing
    browser.stroke((150, 200), (150, 200))
    edited = surface.new_outline(browser.objects)
    assert edited is not None
    before, outline, changes = edited
    assert before is SQUARE
    assert changes == 2
    assert len(outline.geoms[0].exterior.coords) - 1 == 5
    assert surface.new_outline(browser.objects) is None
    # the page shows what it was told: nothing is mounted anew, the next drag can begin at once
    assert browser.show(replace(scene, outline=outline)) == mounted
    # undo is another outline: the trails of the strokes go
    assert browser.show(scene) == mounted + 1


def test_tidying_mounts_the_canvas_without_earlier_marks(browser: Browser) -> None:
    browser.click(10, 10)
    browser.send()
    browser.points = ()
    scene = replace(SCENE, drawing_number=2)
    mounted = browser.show(scene)
    browser.surface.tidy()
    assert browser.show(scene) == mounted + 1
    assert browser.objects == []


def test_another_size_keeps_what_is_in_view(surface: Surface) -> None:
    surface.resize(500, 400)
    assert surface.viewport == Viewport.fit(IMAGE, (500 - 2 * FRAME, 400 - 2 * FRAME))
    surface.zoom(4)
    before = surface.viewport.visible
    surface.resize(900, 700)
    after = surface.viewport.visible
    assert after.left <= before.left + 1e-6
    assert after.right >= before.right - 1e-6
