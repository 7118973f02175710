"""What the annotate page shows on the classic canvas, and what it hears back. (The workbench draws itself.)

A canvas owns how a photo is looked at (zoom and pan) and how clicks and drags reach the server. The page owns
what is being drawn. All coordinates between them are image pixels (see `maa.domain`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.canvas.render import Shape
from maa.domain import Point

MOUNT_KEY = "canvas_mount_"
"""A mounted canvas is in the page under this key with its number."""


class Mode(StrEnum):
    """What a click means."""

    POINTS = "points"
    """A click adds a point to `Scene.points`."""
    VERTICES = "vertices"
    """Drags and clicks change the vertices of `Scene.outline`."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What to show at this moment."""

    image_id: int
    pixels: NDArray[np.uint8]
    """(H, W, 3) RGB, the whole upright image."""
    mode: Mode
    drawing_number: int
    """Another object, another number: points of an earlier one never count for this one."""
    points: tuple[Point, ...] = ()
    """The points of this drawing. Where they differ from those on the canvas (undo), these win."""
    outline: MultiPolygon | None = None
    """The drawing's outline so far; open to editing in mode VERTICES."""
    chain: bool = False
    """The points are a polygon's vertices in order: show the line through them."""
    color: str = "#ffffff"
    """#rrggbb of the drawing's class."""
    others: tuple[Shape, ...] = ()
    """The image's other objects."""


OnPoints = Callable[[tuple[Point, ...], tuple[Point, ...]], None]
"""(before, after): the drawing's points on the canvas were `before`, and are `after` now that some were
added, moved or taken away. Meanwhile the page may have gone on: what was added belongs to what it draws now.
"""
OnOutline = Callable[[MultiPolygon, MultiPolygon, int], None]
"""(before, after, changes): the outline before and after hand edits that moved, added or deleted so many
vertices. It may cross itself. Of no account when the page no longer shows `before`."""


class Canvas(Protocol):
    """One way of drawing in the browser. An instance belongs to one person's session and one image."""

    def show(
        self, scene: Scene, *, first: Callable[[], None], on_points: OnPoints, on_outline: OnOutline
    ) -> None:
        """Draw the scene. The callbacks run before the next run of the page or fragment around it.

        `first` is called before what the canvas has heard is passed on: what was done before the newest
        clicks, and may arrive together with them, is to be dealt with first.

        Showing the same drawing again must never lose a click made meanwhile.
        """

    def catch_up(self, mount: int, clicks: int) -> None:
        """Pass on what the first `clicks` clicks on mount number `mount` did, as far as it is known."""

    def controls(self) -> None:
        """Buttons for looking closer and moving about, where the canvas needs any."""

    @property
    def keys(self) -> Mapping[str, Callable[[], None]]:
        """What its controls do by key, named as browsers do: "w", "ArrowLeft"."""

    def tidy(self) -> None:
        """Take marks of earlier drawings off with the next `show`. Not while the person may be clicking."""

    def resize(self, width: int, height: int) -> None:
        """Take this much room on the page (screen pixels) from the next `show` on."""

    @property
    def advice(self) -> str:
        """What the next click does when it does not draw; else empty."""

    @property
    def whereabouts(self) -> str:
        """Names and numbers, for programs that drive the page: where an image point is on the canvas."""
