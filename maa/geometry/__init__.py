"""Masks and polygons: trace, simplify, rasterise, repair, edit, measure. Pure functions on plain values.

Coordinates are image pixels with the origin at the top-left corner of the top-left pixel (see `maa.domain`).
"""

from maa.geometry.contour import trace, trace_mask
from maa.geometry.edit import (
    Edge,
    count_vertices,
    delete_vertex,
    insert_vertex,
    move_vertex,
    nearest_edge,
)
from maa.geometry.encoding import Rings, from_rings, to_one_ring, to_rings
from maa.geometry.measure import (
    boundary_f,
    iou,
    mask_iou,
    outermost_vertices,
)
from maa.geometry.merge import merged_near
from maa.geometry.raster import rasterize
from maa.geometry.shaping import added, merged, shared, split, without
from maa.geometry.simplification import DEFAULT_DETAIL, distance_for, simplify
from maa.geometry.validity import repair
from maa.geometry.viewport import Viewport

__all__ = [
    "DEFAULT_DETAIL",
    "Edge",
    "Rings",
    "Viewport",
    "added",
    "boundary_f",
    "count_vertices",
    "delete_vertex",
    "distance_for",
    "from_rings",
    "insert_vertex",
    "iou",
    "mask_iou",
    "merged",
    "merged_near",
    "move_vertex",
    "nearest_edge",
    "outermost_vertices",
    "rasterize",
    "repair",
    "shared",
    "simplify",
    "split",
    "to_one_ring",
    "to_rings",
    "trace",
    "trace_mask",
    "without",
]
