"""Objects of Fabric.js 7 as streamlit-drawable-canvas 0.13 sends and takes them; all in canvas pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

XY = tuple[float, float]
FabricObject = Mapping[str, Any]

POINT_RADIUS = 2.0
POINT_STROKE = 2.0


def circle(centre: XY, *, fill: str, stroke: str) -> dict[str, Any]:
    """A point as the component's point tool would have made it at `centre`."""
    x, y = centre
    return {
        "type": "Circle",
        "originX": "left",
        "originY": "center",
        "left": x - POINT_RADIUS - POINT_STROKE / 2,
        "top": y,
        "radius": POINT_RADIUS,
        "strokeWidth": POINT_STROKE,
        "fill": fill,
        "stroke": stroke,
        "selectable": False,
        "evented": False,
    }


def circle_centres(objects: Iterable[FabricObject]) -> list[XY]:
    """The centres of the points in the order they were clicked; other objects are passed over.

    A point's left-most spot, the rim included, is its origin, also when it was turned or scaled by hand.
    """
    centres = []
    for found in objects:
        if found.get("type") != "Circle":
            continue
        reach = (found["radius"] + found.get("strokeWidth", 0) / 2) * found.get("scaleX", 1)
        angle = math.radians(found.get("angle", 0))
        if found.get("originX", "left") == "center":
            reach = 0.0
        centres.append((found["left"] + reach * math.cos(angle), found["top"] + reach * math.sin(angle)))
    return centres


def strokes(objects: Iterable[FabricObject]) -> list[tuple[XY, XY]]:
    """Start and end of each free-hand stroke, in the order made; a click is a stroke of no length."""
    found = []
    for path in objects:
        if path.get("type") != "Path":
            continue
        commands: Sequence[Sequence[Any]] = path["path"]
        # A stroke's commands are absolute canvas pixels: ["M", x, y], ["Q", cx, cy, x, y]..., ["L", x, y]
        start, end = commands[0][-2:], commands[-1][-2:]
        found.append(((float(start[0]), float(start[1])), (float(end[0]), float(end[1]))))
    return found
