"""Random shapes with holes and parts, for the property tests of this folder."""

import cv2
import numpy as np
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon


def smooth_noise(seed: int, height: int, width: int, sigma: float) -> np.ndarray:
    """float32 (H, W) in 0..1: hills and valleys about `sigma` wide."""
    noise = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    hills = cv2.GaussianBlur(noise, (0, 0), sigma)
    low, high = float(hills.min()), float(hills.max())
    return (hills - low) / max(high - low, 1e-9)


@st.composite
def probability_maps(draw: st.DrawFn) -> np.ndarray:
    """float32 (H, W) in 0..1: what exceeds 0.5 has parts and holes and meets the border."""
    height, width = draw(st.integers(12, 90)), draw(st.integers(12, 90))
    return smooth_noise(draw(st.integers(0, 2**32 - 1)), height, width, draw(st.floats(1.0, 9.0)))


@st.composite
def masks(draw: st.DrawFn) -> np.ndarray:
    """bool (H, W), not empty: blobs, or plain noise, the worst that a mask can be."""
    if draw(st.booleans()):
        return draw(probability_maps()) > draw(st.floats(0.3, 0.7))
    shape = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    mask = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).random(shape) > 0.5
    mask.flat[draw(st.integers(0, mask.size - 1))] = True
    return mask


@st.composite
def star_polygons(draw: st.DrawFn) -> MultiPolygon:
    """One part of 5 to 40 vertices within 100 x 100, at times with a hole; no two edges cross."""
    count = draw(st.integers(5, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + random.uniform(0, 0.1, count)
    radii = random.uniform(20, 45, count)
    ring = 50 + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    hole = 50 + 0.3 * (ring - 50)
    return MultiPolygon([Polygon(ring, [hole] if draw(st.booleans()) else [])])


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def within(outline: MultiPolygon, size: tuple[int, int]) -> bool:
    """Whether the outline leaves the image nowhere.

    By its bounds: GEOS 3.14's `covers` errs where holes and exterior touch the border.
    """
    left, top, right, bottom = outline.bounds
    return left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
