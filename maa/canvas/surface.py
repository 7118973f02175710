"""The browser's canvas as the server knows it, for a component that reports all its objects at once.

The component keeps what is on it as long as its key stays the same. A new key mounts it anew, which drops
clicks made in the same moment; so a new object simply begins behind the points of the last one, and the
canvas is mounted anew only where what is on it must change: another view, another mode, undo, an object
opened again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Literal

from shapely import MultiPolygon

from maa.canvas import fabric
from maa.canvas.protocol import Mode, Scene
from maa.canvas.vertices import apply_stroke
from maa.domain import Box, Point
from maa.geometry import Viewport

_mounts = itertools.count(1)

Tool = Literal["point", "freedraw", "rect"]

FRAME = 12
"""Canvas pixels around the view, so that a point on the image's very edge can be clicked."""
REACH = 10.0
"""Canvas pixels: how near to a vertex or an edge a click has to be."""
CLICK = 4.0
"""Canvas pixels: a shorter stroke is a click."""
SAME = 0.02
"""Canvas pixels: the component rounds coordinates, a difference below this is none."""


class Surface:
    """What is on the mounted canvas, and what its objects mean.

    `viewport` is the view inside the frame that is wanted; the next `follow` brings it onto the canvas.
    `mount` is the mount's number, which no other canvas of the process has, `initial` the objects that it
    began with, `tool` the component's tool.
    """

    def __init__(self, viewport: Viewport) -> None:
        self.viewport = viewport
        self.looking = False
        """The next drag (or click) chooses what to look at more closely."""
        self.mount = 0
        self.initial: list[dict[str, Any]] = []
        self.tool: Tool = "point"
        self._mounted: Viewport | None = None  # what the coordinates on the canvas mean
        self._drawing: int | None = None
        self._earlier = 0  # points on the canvas that belong to drawings before this one
        self._points: tuple[Point, ...] = ()
        self._outline: MultiPolygon | None = None
        self._strokes = 0  # strokes that were dealt with
        self._untidy = False

    def follow(self, scene: Scene) -> None:
        """Take over what the page wants shown; mounts anew only when the canvas cannot go on as it is."""
        tool: Tool = "rect" if self.looking else "point" if scene.mode is Mode.POINTS else "freedraw"
        new = len(scene.points)
        if scene.drawing_number != self._drawing and self._points[len(self._points) - new :] == scene.points:
            self._earlier += len(self._points) - new
            self._points = scene.points
        if self._untidy or tool != self.tool or self.viewport != self._mounted or self._differs(scene):
            self.mount = next(_mounts)
            self.tool, self._mounted, self._untidy = tool, self.viewport, False
            self.initial = [self._circle(point, scene.color) for point in scene.points] * (tool == "point")
            self._earlier = self._strokes = 0
            self._points = scene.points
        self._drawing, self._outline = scene.drawing_number, scene.outline

    def _differs(self, scene: Scene) -> bool:
        if scene.mode is Mode.VERTICES:
            return scene.drawing_number != self._drawing or scene.outline is not self._outline
        return scene.points != self._points

    def tidy(self) -> None:
        """Let the next `follow` mount anew, without marks of earlier drawings and strokes."""
        self._untidy = True

    def after_clicks(
        self, objects: Sequence[fabric.FabricObject], clicks: int
    ) -> Sequence[fabric.FabricObject]:
        """The objects that were on the canvas after so many clicks since it was mounted; each makes one.

        Those that are known already are always among them.
        """
        known = self._earlier + len(self._points) if self.tool == "point" else self._strokes
        return objects[: max(known, len(self.initial) + clicks)]

    def new_points(
        self, objects: Sequence[fabric.FabricObject]
    ) -> tuple[tuple[Point, ...], tuple[Point, ...]] | None:
        """The drawing's points on the canvas as known before and as they are now; None if nothing changed."""
        centres = fabric.circle_centres(objects)
        self._earlier = min(self._earlier, len(centres))
        mine = centres[self._earlier :]
        # A known point that did not move stays the very same: rounding must not look like a change.
        points = tuple(
            self._points[i]
            if i < len(self._points) and self._unmoved(self._points[i], xy)
            else self._point(xy)
            for i, xy in enumerate(mine)
        )
        if points == self._points:
            return None
        before, self._points = self._points, points
        return before, points

    def new_outline(
        self, objects: Sequence[fabric.FabricObject]
    ) -> tuple[MultiPolygon, MultiPolygon, int] | None:
        """The outline before and after strokes not dealt with yet, and how many changed it, if any did."""
        strokes = fabric.strokes(objects)
        fresh = strokes[self._strokes :]
        self._strokes = len(strokes)
        before, changed = self._outline, 0
        for start, end in fresh:
            if self._outline is None:
                break
            scale = self._view.scale
            outline = apply_stroke(
                self._outline,
                self.to_image(start),
                self.to_image(end),
                reach=REACH / scale,
                click=CLICK / scale,
                image_size=self._view.image_size,
            )
            if outline is not None:
                self._outline = outline
                changed += 1
        if before is None or self._outline is None or not changed:
            return None
        return before, self._outline, changed

    def look_closer(self, objects: Sequence[fabric.FabricObject]) -> None:
        """Take the last rectangle as the new view; a mere click doubles the scale there."""
        boxes = [found for found in objects if found.get("type") == "Rect"]
        if not boxes:
            return
        box = boxes[-1]
        start = (float(box["left"]), float(box["top"]))
        size = (float(box["width"]), float(box["height"]))
        if max(size) < 2 * CLICK:
            self.viewport = self._view.zoomed(2.0, at=(start[0] - FRAME, start[1] - FRAME))
        else:
            left, top = self.to_image(start)
            right, bottom = self.to_image((start[0] + size[0], start[1] + size[1]))
            view = self._view
            self.viewport = Viewport.around(
                Box(left, top, right, bottom), view.image_size, (view.width, view.height), margin=0.0
            )
        self.looking = False

    def zoom(self, factor: float) -> None:
        """Closer or further out, about the last point of the drawing if it is in view."""
        at = None
        if self._points:
            x, y = self.viewport.to_canvas([self._points[-1].x, self._points[-1].y])
            if 0 <= x <= self.viewport.width and 0 <= y <= self.viewport.height:
                at = (x, y)
        self.viewport = self.viewport.zoomed(factor, at=at)

    def resize(self, width: int, height: int) -> None:
        """Give the canvas another size (canvas pixels, the frame included); what is in view stays in view."""
        size = (width - 2 * FRAME, height - 2 * FRAME)
        whole = math.isclose(self.viewport.scale, self.viewport.smallest_scale)
        image_size = self.viewport.image_size
        self.viewport = (
            Viewport.fit(image_size, size)
            if whole
            else Viewport.around(self.viewport.visible, image_size, size, margin=0.0)
        )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the canvas in pixels, the frame included."""
        return self.viewport.width + 2 * FRAME, self.viewport.height + 2 * FRAME

    def to_image(self, xy: fabric.XY) -> fabric.XY:
        """A point of the mounted canvas (origin at the frame's corner) in image pixels."""
        x, y = self._view.to_image([xy[0] - FRAME, xy[1] - FRAME])
        return float(x), float(y)

    def to_canvas(self, xy: fabric.XY) -> fabric.XY:
        """The reverse of `to_image`."""
        x, y = self._view.to_canvas(xy)
        return float(x) + FRAME, float(y) + FRAME

    @property
    def _view(self) -> Viewport:
        return self._mounted or self.viewport

    def _point(self, xy: fabric.XY) -> Point:
        x, y = self.to_image(xy)
        width, height = self._view.image_size
        return Point(min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height)))

    def _unmoved(self, point: Point, xy: fabric.XY) -> bool:
        # A point clicked in the frame was brought into the image: it may be anywhere past that edge.
        there = self._point(xy)
        return math.dist((there.x, there.y), (point.x, point.y)) * self._view.scale < SAME

    def _circle(self, point: Point, color: str) -> dict[str, Any]:
        return fabric.circle(self.to_canvas((point.x, point.y)), fill="#ffffff", stroke=color)
