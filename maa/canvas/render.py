"""A photo with outlines over it, seen through a viewport, drawn by OpenCV. Knows no browser."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from maa.geometry import Viewport

Picture = NDArray[np.uint8]
Style = Literal["normal", "selected", "drawing", "faint", "dashed"]

SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 pixel
_OUTSIDE = (40, 44, 52)  # what lies past the image's edge
HALO = (12, 14, 18)  # a dark rim keeps a bright line visible on a bright photo
_FILL = {"normal": 0.18, "selected": 0.34, "drawing": 0.16, "faint": 0.0, "dashed": 0.0}
_WIDTH = {"normal": 2, "selected": 3, "drawing": 2, "faint": 1, "dashed": 2}
_DASH = 9.0  # canvas pixels
_LABEL_SIZE = 14  # pixels
_LABEL_LENGTH = 24  # characters
_fonts = threading.local()


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline to draw."""

    outline: MultiPolygon
    """Image pixels."""
    color: str
    """#rrggbb"""
    label: str = ""
    """Drawn as it is, cut when long; empty for none."""
    style: Style = "normal"


def draw_over(picture: Picture, shapes: Iterable[Shape], viewport: Viewport) -> Picture:
    """A copy of a view, as `view` or this function made it for this viewport, with more shapes over it.

    Args:
        picture: uint8 (viewport.height, viewport.width, 3) RGB, as is the answer; never written to.
        shapes: drawn in this order, labels above all outlines.
    """
    canvas = picture.copy()
    drawn = list(shapes)
    for shape in drawn:
        _draw_shape(canvas, shape, viewport)
    for shape in drawn:
        if shape.label:
            _draw_label(canvas, shape, viewport)
    return canvas


def view(pixels: Picture, viewport: Viewport) -> Picture:
    """The viewport's view of the photo alone: uint8 (viewport.height, viewport.width, 3) RGB, unshifted."""
    visible = viewport.visible
    top, bottom = int(np.floor(visible.top)), int(np.ceil(visible.bottom))
    left, right = int(np.floor(visible.left)), int(np.ceil(visible.right))
    piece: Picture = np.ascontiguousarray(pixels[top:bottom, left:right])
    across = down = 1.0
    if (
        viewport.scale < 1
    ):  # averaging first keeps fine detail from flickering; the rest is a small correction
        small = [max(1, round(n * viewport.scale)) for n in (piece.shape[1], piece.shape[0])]
        across, down = small[0] / piece.shape[1], small[1] / piece.shape[0]
        piece = cv2.resize(piece, small, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    # OpenCV counts from pixel centres, the viewport from corners
    half = 0.5 / viewport.scale
    to_piece = np.array(
        [
            [across / viewport.scale, 0, (viewport.left + half - left) * across - 0.5],
            [0, down / viewport.scale, (viewport.top + half - top) * down - 0.5],
        ]
    )
    size = (viewport.width, viewport.height)
    smooth = cv2.INTER_LINEAR if viewport.scale < 8 else cv2.INTER_NEAREST  # close up, show the pixels
    shown: Picture = cv2.warpAffine(
        piece, to_piece, size, flags=smooth | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)
    edges = viewport.to_canvas([[0, 0], list(viewport.image_size)])
    (x0, y0), (x1, y1) = np.rint(edges).astype(int)
    shown[: max(y0, 0)] = _OUTSIDE
    shown[max(y1, 0) :] = _OUTSIDE
    shown[:, : max(x0, 0)] = _OUTSIDE
    shown[:, max(x1, 0) :] = _OUTSIDE
    return shown


def encode_jpeg(picture: Picture, quality: int = 88) -> bytes:
    """JPEG bytes of a uint8 (H, W, 3) RGB picture."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert done
    return data.tobytes()


def _draw_shape(canvas: Picture, shape: Shape, viewport: Viewport) -> None:
    color = rgb(shape.color)
    rings = [
        viewport.to_canvas(np.asarray(ring.coords))
        for part in shape.outline.geoms
        for ring in (part.exterior, *part.interiors)
    ]
    if _FILL[shape.style] > 0:
        _fill(canvas, rings, color, _FILL[shape.style])
    width = _WIDTH[shape.style]
    for ring in rings:
        lines = _dashes(ring) if shape.style == "dashed" else [ring]
        closed = shape.style != "dashed"
        fixed = [fixed_point(line) for line in lines]
        if shape.style != "faint":
            cv2.polylines(canvas, fixed, closed, HALO, width + 2, cv2.LINE_AA, SUBPIXEL_BITS)
        cv2.polylines(canvas, fixed, closed, color, width, cv2.LINE_AA, SUBPIXEL_BITS)


def _fill(
    canvas: Picture, rings: list[NDArray[np.float64]], color: tuple[int, int, int], opacity: float
) -> None:
    points = np.concatenate(rings)
    height, width = canvas.shape[:2]
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, 0, (width, height))
    if right <= left or bottom <= top:
        return
    piece = canvas[top:bottom, left:right]
    mask = np.zeros(piece.shape[:2], np.uint8)
    cv2.fillPoly(mask, [fixed_point(ring - (left, top)) for ring in rings], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    share = (mask.astype(np.float32) * (opacity / 255))[..., None]
    piece[:] = (piece * (1 - share) + np.array(color, np.float32) * share + 0.5).astype(np.uint8)


def _draw_label(canvas: Picture, shape: Shape, viewport: Viewport) -> None:
    spot = _label_spot(shape.outline, viewport)
    if spot is None:
        return
    x, y = spot
    text = shape.label if len(shape.label) <= _LABEL_LENGTH else shape.label[: _LABEL_LENGTH - 1] + "…"
    left, top, width, height = cv2.getTextSize((1, 1), text, (0, 0), _font(), _LABEL_SIZE, 400)
    x0 = round(min(max(x - width / 2, 6), viewport.width - width - 6))
    y0 = round(min(max(y - 9, height + 5), viewport.height - height - 5))  # the text's baseline
    color = rgb(shape.color)
    dark_ink = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 140
    corners = (x0 + left - 6, y0 + top - 4), (x0 + left + width + 6, y0 + top + height + 4)
    cv2.rectangle(canvas, *corners, color, cv2.FILLED)
    cv2.rectangle(canvas, *corners, HALO, 1, cv2.LINE_AA)
    ink = (0, 0, 0) if dark_ink else (255, 255, 255)
    cv2.putText(canvas, text, (x0, y0), ink, _font(), _LABEL_SIZE, 400)


def _label_spot(outline: MultiPolygon, viewport: Viewport) -> NDArray[np.float64] | None:
    """Canvas point above which the label goes, so that it hides little of the object; None when out of view.

    That is the highest vertex in view, or a point inside where the outline runs around the whole view.
    """
    size = (viewport.width, viewport.height)
    vertices = viewport.to_canvas(shapely.get_coordinates(outline))
    for points in (vertices, viewport.to_canvas([outline.representative_point().coords[0]])):
        seen = points[((points >= 0) & (points < size)).all(axis=1)]
        if len(seen):
            highest: NDArray[np.float64] = seen[seen[:, 1].argmin()]
            return highest
    return None


def _font() -> cv2.FontFace:
    """OpenCV's built-in font; it covers CJK too. One a thread: the object is not said to be thread-safe."""
    if not hasattr(_fonts, "face"):
        _fonts.face = cv2.FontFace("sans")
    face: cv2.FontFace = _fonts.face
    return face


def _dashes(ring: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Every other piece of `_DASH` canvas pixels along a closed ring (N, 2)."""
    steps = np.hypot(*np.diff(ring, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    pieces = []
    for start in np.arange(0.0, along[-1], 2 * _DASH):
        end = min(start + _DASH, along[-1])
        inner = along[(along > start) & (along < end)]
        at = np.concatenate([[start], inner, [end]])
        pieces.append(np.stack([np.interp(at, along, ring[:, 0]), np.interp(at, along, ring[:, 1])], axis=1))
    return pieces


def fixed_point(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Canvas points (corner origin) in OpenCV's fixed point (pixel-centre origin), kept in its safe range."""
    centred = np.clip(points - 0.5, -20000, 20000)
    return np.rint(centred * (1 << SUBPIXEL_BITS)).astype(np.int32)


def rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
