"""Vertices, IoU and time of `maa.geometry.simplify` against `cv2.approxPolyDP` at the same IoU.

    .venv/bin/python tools/bench_geometry.py MASKS [MASKS ...] [--limit 200]

Each MASKS is a folder of 8-bit PNG files of instance ids (0 background, 255 ignore). An object's mask is made
into a probability map of 256 x 256 over its padded box, blurred as a network's answer is, and traced. For
each detail setting approxPolyDP's distance is then searched for at which it reaches the same IoU with the
trace.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from shapely import MultiPolygon, Polygon

from maa.domain import Box
from maa.geometry import count_vertices, distance_for, iou, simplify, trace


def traced_objects(folders: list[Path], limit: int) -> list[tuple[MultiPolygon, tuple[int, int]]]:
    """Outlines of up to `limit` objects of 600 px or more from all folders, with their image sizes."""
    files = [file for folder in folders for file in sorted(folder.glob("*.png"))]
    np.random.default_rng(0).shuffle(files)  # type: ignore[arg-type]
    found: list[tuple[MultiPolygon, tuple[int, int]]] = []
    for file in files:
        ids = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        for number in np.setdiff1d(np.unique(ids), (0, 255)):
            mask = (ids == number).astype(np.float32)
            if mask.sum() < 600 or len(found) >= limit:
                continue
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            margin = 0.1 * max(np.ptp(rows), np.ptp(columns))
            crop = Box(columns[0] - margin, rows[0] - margin, columns[-1] + 1 + margin, rows[-1] + 1 + margin)
            scale = np.array([256 / crop.width, 256 / crop.height])
            shift = (0.5 - np.array([crop.left, crop.top])) * scale - 0.5
            warp = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
            answer = cv2.GaussianBlur(cv2.warpAffine(mask, warp, (256, 256)), (0, 0), 2.0)
            size = (mask.shape[1], mask.shape[0])
            outline = trace(answer, crop, size)
            if not outline.is_empty:
                found.append((outline, size))
        if len(found) >= limit:
            break
    return found


def approx_poly_dp(outline: MultiPolygon, distance: float) -> MultiPolygon | None:
    """cv2.approxPolyDP on every ring; None where that is no valid polygon."""
    parts = []
    for part in outline.geoms:
        rings = [
            cv2.approxPolyDP(np.array(ring.coords[:-1], dtype=np.float32), distance, True)[:, 0]
            for ring in (part.exterior, *part.interiors)
        ]
        if any(len(ring) < 3 for ring in rings):
            return None
        parts.append(Polygon(rings[0], rings[1:]))
    result = MultiPolygon(parts)
    return result if result.is_valid else None


def cheapest_at(outline: MultiPolygon, target: float, distance: float) -> int | None:
    """The fewest vertices with which approxPolyDP reaches an IoU, over a fine ladder of distances."""
    best = None
    for tried in distance * np.geomspace(0.15, 3, 60):
        result = approx_poly_dp(outline, tried)
        if result is not None and iou(result, outline) >= target:
            count = count_vertices(result)
            best = count if best is None else min(best, count)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("masks", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    arguments = parser.parse_args()
    objects = traced_objects(arguments.masks, arguments.limit)
    points = [count_vertices(outline) for outline, _ in objects]
    print(f"{len(objects)} objects, traced points: median {np.median(points):.0f}")
    print("detail  vertices  IoU mean  area bias  ms p50  ms p95  approxPolyDP at that IoU  fewer")
    for detail in (0.0, 0.25, 0.5, 0.75, 1.0):
        ours, theirs, ious, biases, times = [], [], [], [], []
        for outline, size in objects:
            distance = distance_for(detail, outline)
            simplify(outline, distance, size)
            started = time.perf_counter()
            simple = simplify(outline, distance, size)
            times.append(1000 * (time.perf_counter() - started))
            assert simple.is_valid
            ious.append(iou(simple, outline))
            biases.append(simple.area / outline.area - 1)
            matched = cheapest_at(outline, ious[-1], distance)
            if matched is not None:
                ours.append(count_vertices(simple))
                theirs.append(matched)
        print(
            f"{detail:6.2f}  {np.median(ours):8.0f}  {np.mean(ious):8.4f}  {np.mean(biases):+8.3%}"
            f"  {np.median(times):6.2f}  {np.percentile(times, 95):6.2f}  {np.median(theirs):24.0f}"
            f"  {1 - sum(ours) / sum(theirs):5.1%}"
        )


if __name__ == "__main__":
    main()
