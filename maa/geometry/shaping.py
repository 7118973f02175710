"""Changing an outline by areas and lines: add, cut, split, merge, and share a border with a neighbour.

All take valid outlines inside the image and return such. Vertices away from the change stay as they are, to
the last bit. What comes from people goes through `repair` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from maa.domain import InvalidInput
from maa.geometry.shapes import clip_to_image, make_valid, polygons_of

MIN_AREA = 1.0
"""Square pixels: a part or a hole that a change leaves behind and that nobody could see is dropped."""

SEAM = 1.5
"""Pixels between two outlines that `merged` closes up."""

REACH = 3.0
"""Pixels that a splitting line is prolonged at its ends, if it ends just short of the border."""

_SAME = 1e-6
"""Pixels: closer points are one point that was computed in two ways."""

_NEAR = 1e-3
"""Pixels: far below anything visible, far above rounding."""

_ARC = 2
"""Segments of a quarter circle where a filled gap ends: a corner there is as good as a curve."""

_CORNER, _OPEN = 0.1, 0.25
"""A gap smaller than that share of its width squared, open along that share of its edge, is a corner."""

Line = Sequence[tuple[float, float]]


def added(outline: MultiPolygon | None, ring: Line, image_size: tuple[int, int]) -> MultiPolygon:
    """The outline and the area of a closed ring, which may cross itself and may lie apart as a new part.

    Raises:
        InvalidInput: the ring has no area inside the image.
    """
    area = _area(ring, image_size)
    if outline is None:
        return area
    return _cleaned(outline.union(area), [outline])


def without(outline: MultiPolygon, ring: Line, image_size: tuple[int, int]) -> MultiPolygon:
    """The outline less the area of a closed ring: a hole where it lies inside, a bite elsewhere.

    Raises:
        InvalidInput: nothing would be left, or the ring has no area inside the image.
    """
    left = _cleaned(outline.difference(_area(ring, image_size)), [outline])
    if left.is_empty:
        raise InvalidInput("This would cut the whole object away. Delete the object instead.")
    return left


def split(outline: MultiPolygon, line: Line) -> list[MultiPolygon]:
    """The pieces that a line cuts an outline into, the largest first. Together they are the outline.

    Each piece that the line cuts off is an outline. Parts that it does not touch stay with the largest piece
    on their side of it; where it only passes between parts, each side is an outline.

    Args:
        line: xy in image pixels, two points or more. It may cross the border several times and itself.

    Raises:
        InvalidInput: the line does not divide the outline.
    """
    if len(set(line)) < 2:
        raise InvalidInput("A line needs two points that are apart.")
    for way in (LineString(line), _prolonged(LineString(line))):
        pieces = _split(outline, way)
        if len(pieces) > 1:
            return sorted(pieces, key=lambda piece: piece.area, reverse=True)
    raise InvalidInput("The line does not divide the object. Draw it from one side of it to the other.")


def merged(outlines: Sequence[MultiPolygon]) -> MultiPolygon:
    """One outline of several. Gaps of up to `SEAM` pixels between two of them are closed without a seam.

    Outlines that are further apart become parts of one.

    Raises:
        InvalidInput: there are none.
    """
    if not outlines:
        raise InvalidInput("There are no objects to merge.")
    whole = _union(outlines)
    return _cleaned(_joined(whole, _gaps(whole, outlines, SEAM)), outlines)


def shared(outline: MultiPolygon, neighbours: Sequence[MultiPolygon], tolerance: float) -> MultiPolygon:
    """The outline with the neighbours' borders where its own runs along them: no gap, no overlap.

    What overlaps a neighbour is taken away however deep it is; gaps between the two of up to `tolerance` are
    filled. The neighbours stay as they are.

    Args:
        tolerance: pixels.

    Raises:
        InvalidInput: the neighbours cover the whole outline.
    """
    near = [neighbour for neighbour in neighbours if outline.dwithin(neighbour, tolerance)]
    if not near:
        return outline
    # What is far away is left out: it costs time and changes nothing.
    left, top, right, bottom = outline.bounds
    window = shapely.box(left, top, right, bottom).buffer(10 * tolerance + 10, join_style="mitre")
    others = MultiPolygon(polygons_of(_union(near).intersection(window)))
    own = MultiPolygon(
        [
            part
            for part in polygons_of(outline.difference(others))
            if not (_is_sliver(part, tolerance) and part.dwithin(others, _SAME))
        ]
    )
    if own.is_empty:
        raise InvalidInput("The neighbours cover the whole object, so there is no border to share.")
    gaps = _gaps(own.union(others), [own, others], tolerance)
    # The gap between two neighbours is none of this outline's business.
    reach = own.buffer(tolerance, quad_segs=_ARC)
    fill = [gap if reach.covers(gap) else gap.intersection(reach) for gap in gaps]
    return _cleaned(_joined(own, fill), [outline])


# --- within ---


def _area(ring: Line, image_size: tuple[int, int]) -> MultiPolygon:
    if len(set(ring)) < 3:
        raise InvalidInput("An area needs at least three points.")
    area = clip_to_image(make_valid(MultiPolygon([Polygon(ring)])), image_size)
    if area.is_empty:
        raise InvalidInput("There is no area of the image inside this line.")
    return area


def _union(outlines: Iterable[MultiPolygon]) -> MultiPolygon:
    return MultiPolygon(polygons_of(shapely.union_all(list(outlines))))


def _cleaned(result: BaseGeometry, before: Sequence[MultiPolygon]) -> MultiPolygon:
    """The polygons of a result, without new parts and holes that are too small to see."""
    had = [part for outline in before for part in outline.geoms]
    parts = [_without_specks(part, had) for part in polygons_of(result)]
    seen = [part for part in parts if part.area >= MIN_AREA or any(part.equals(old) for old in had)]
    # An object that is smaller than that as a whole is an object all the same.
    return make_valid(MultiPolygon(seen or sorted(parts, key=lambda part: part.area)[-1:]))


def _without_specks(part: Polygon, had: Sequence[Polygon]) -> Polygon:
    holes = [Polygon(ring) for ring in part.interiors]
    if all(hole.area >= MIN_AREA for hole in holes):
        return part
    old = [Polygon(ring) for other in had for ring in other.interiors]
    kept = [hole for hole in holes if hole.area >= MIN_AREA or any(hole.equals(other) for other in old)]
    return Polygon(part.exterior, [hole.exterior for hole in kept])


def _is_sliver(part: Polygon, width: float) -> bool:
    return part.buffer(-width / 2).is_empty


def _gaps(whole: MultiPolygon, sides: Sequence[MultiPolygon], width: float) -> list[Polygon]:
    """What lies between two or more of the sides, closer than `width` pixels; `whole` is their union.

    A disc that fits into no gap narrower than itself is rolled around the whole (a morphological closing);
    a square one also, which ends flush where the sides do. Notches of one side alone are left open, and so
    are corners between two sides that only widen: filling those would go on with every call.
    """
    # Each by itself: the two closings are the same nearly everywhere, so their union would be all rounding.
    closed = (_closed(whole, width / 2, "round"), _closed(whole, width / 2, "mitre"))
    found = [gap for one in closed for part in polygons_of(one.difference(whole)) for gap in _thick(part)]
    shapely.prepare([whole, *sides])
    touches = [shapely.dwithin(side, found, _SAME) for side in sides]
    between = [gap for gap, count in zip(found, np.sum(touches, axis=0), strict=True) if count > 1]
    return [gap for gap in between if gap.area > _CORNER * width**2 or _open_share(gap, whole) < _OPEN]


def _thick(gap: Polygon) -> list[Polygon]:
    """A gap without the threads of no width that rounding spins from it along a border.

    They are no gap, but filling them would touch vertices far away. What stays keeps its coordinates.
    """
    core = gap.buffer(-_SAME, join_style="mitre")
    return [] if core.is_empty else polygons_of(gap.intersection(core.buffer(_NEAR, join_style="mitre")))


def _open_share(gap: Polygon, whole: MultiPolygon) -> float:
    """The share of a gap's edge that does not run along the whole."""
    points = shapely.get_coordinates(gap.exterior)
    lengths = np.hypot(*np.diff(points, axis=0).T)
    middles = shapely.points((points[:-1] + points[1:]) / 2)
    return float(lengths[~shapely.dwithin(whole, middles, _NEAR)].sum() / lengths.sum())


def _closed(whole: MultiPolygon, radius: float, join: Literal["round", "mitre"]) -> MultiPolygon:
    # One shrunken outline in a hundred comes out invalid, and nothing can be taken from such a one.
    return make_valid(whole.buffer(radius, _ARC, join_style=join).buffer(-radius, _ARC, join_style=join))


def _joined(outline: MultiPolygon, gaps: Sequence[BaseGeometry]) -> BaseGeometry:
    """The outline with the gaps filled, without a slit between the two.

    The corners of a gap lie on the outline's edges only up to rounding: they become vertices of the outline
    first.
    """
    if not gaps:
        return outline
    fill = shapely.union_all(list(gaps))
    corners = shapely.MultiPoint(shapely.get_coordinates(fill))
    fitted = shapely.snap(outline, corners, _SAME)
    return (fitted if fitted.is_valid else outline).union(fill)


def _prolonged(line: LineString) -> LineString:
    points = shapely.get_coordinates(line)
    points = points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))]
    start, end = points[0] - points[1], points[-1] - points[-2]
    first = points[0] + REACH * start / np.hypot(*start)
    last = points[-1] + REACH * end / np.hypot(*end)
    return LineString([first, *points, last])


def _split(outline: MultiPolygon, line: LineString) -> list[MultiPolygon]:
    pieces: list[Polygon] = []
    untouched: list[Polygon] = []
    for part in outline.geoms:
        cut = _faces(part, line) if part.intersects(line) else []
        if len(cut) > 1:
            pieces += cut
        else:
            untouched.append(part)
    outlines = [[piece] for piece in sorted(pieces, key=lambda piece: piece.area, reverse=True)]
    for part in sorted(untouched, key=lambda part: part.area, reverse=True):
        side = _side(part, line)
        beside = next((parts for parts in outlines if _side(parts[0], line) == side), None)
        if beside is None:
            outlines.append([part])
        else:
            beside.append(part)
    return [MultiPolygon(parts) for parts in outlines]


def _faces(part: Polygon, line: LineString) -> list[Polygon]:
    """The pieces of one part that are large enough to see; the part itself where fewer than two are."""
    edges = shapely.union_all([part.boundary, line])
    faces = polygons_of(shapely.polygonize(list(shapely.get_parts(edges))))
    inside = [face for face in faces if part.covers(face.representative_point())]
    large = [face for face in inside if face.area >= MIN_AREA]
    if len(large) == len(inside):
        return large
    # What is too small to be a piece of its own goes to the piece that it touches most.
    for speck in (face for face in inside if face.area < MIN_AREA):
        if not large:
            break
        lengths = [speck.boundary.intersection(face.boundary).length for face in large]
        best = int(np.argmax(lengths))
        joined = polygons_of(large[best].union(speck))
        if len(joined) == 1:
            large[best] = joined[0]
    return large


def _side(part: Polygon, line: LineString) -> bool:
    """On which side of the line a part lies."""
    point = part.representative_point()
    points = shapely.get_coordinates(line)
    edges = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    nearest = int(shapely.distance(edges, point).argmin())
    (x0, y0), (x1, y1) = points[nearest], points[nearest + 1]
    return bool((x1 - x0) * (point.y - y0) - (y1 - y0) * (point.x - x0) > 0)
