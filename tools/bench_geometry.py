"""Vertices, IoU and time of `maa.geometry.simplify` against `cv2.approxPolyDP` at the same IoU.

    .venv/bin/python -m tools.bench_geometry DATA [--limit 300]

DATA is a data set or a folder of them, as `maa evaluate` reads them. An object's mask is made into a
probability map of 256 x 256 over its padded box, blurred as a network's answer is, and traced. For each
detail setting and each object, approxPolyDP's distance is then searched for at which it reaches the same IoU
with the traced outline with the fewest vertices.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from shapely import MultiPolygon, Polygon
from tqdm import tqdm

from maa.domain import Box
from maa.geometry import DEFAULT_DETAIL, count_vertices, distance_for, iou, simplify, trace
from maa.learning.datasets import objects_of, read_mask, set_folders

LIMIT = 300
MIN_AREA = 600
RUNS = 3
"""Of which the quickest counts: the answer is the same each time, what else the machine does is not."""
DETAILS = (0.0, 0.25, DEFAULT_DETAIL, 0.75, 1.0)

Traced = list[tuple[MultiPolygon, tuple[int, int]]]
"""Outlines with their images' (width, height)."""


def traced_objects(data: Path, limit: int = LIMIT) -> Traced:
    """Traced outlines of up to `limit` objects of `MIN_AREA` px or more, drawn at random."""
    refs = [ref for folder in set_folders(data) for ref in objects_of(folder, MIN_AREA)]
    found: Traced = []
    for number in np.random.default_rng(0).permutation(len(refs)):
        mask = read_mask(refs[number].mask) == refs[number].id
        size = (mask.shape[1], mask.shape[0])
        outline = trace(*_answer(mask), size)
        if not outline.is_empty:
            found.append((outline, size))
        if len(found) == limit:
            break
    return found


def _answer(mask: np.ndarray) -> tuple[np.ndarray, Box]:
    """What a network that is right would answer: a blurred map float32 (256, 256), and its crop."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    margin = 0.1 * max(np.ptp(rows), np.ptp(columns))
    crop = Box(columns[0] - margin, rows[0] - margin, columns[-1] + 1 + margin, rows[-1] + 1 + margin)
    scale = np.array([256 / crop.width, 256 / crop.height])
    shift = (0.5 - np.array([crop.left, crop.top])) * scale - 0.5
    warp = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
    return cv2.GaussianBlur(cv2.warpAffine(mask.astype(np.float32), warp, (256, 256)), (0, 0), 2.0), crop


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


def cheapest_at(outline: MultiPolygon, target: float, distance: float) -> tuple[int, float] | None:
    """The fewest vertices with which approxPolyDP reaches an IoU, over a fine ladder of distances, and the
    IoU it then has; None where it never does."""
    best = None
    for tried in distance * np.geomspace(0.15, 3, 60):
        result = approx_poly_dp(outline, tried)
        if result is not None and (reached := iou(result, outline)) >= target:
            one = (count_vertices(result), reached)
            best = one if best is None or one[0] < best[0] else best
    return best


def compare(objects: Traced, details: tuple[float, ...] = DETAILS) -> dict:
    """Per detail setting: `n` (objects where approxPolyDP reaches the IoU at all), vertices (medians, ours
    and theirs), mean IoU with the traced outline (both), `fewer` (median over objects of the share of
    vertices saved), `invalid` (of ours), area bias and milliseconds. Ready for JSON."""
    rows = {}
    for detail in details:
        pairs, ious, biases, times, invalid = [], [], [], [], 0
        for outline, size in tqdm(objects, desc=f"vertices, detail {detail:g}", unit="object"):
            distance = distance_for(detail, outline)
            runs = []
            for _ in range(RUNS):
                started = time.perf_counter()
                simple = simplify(outline, distance, size)
                runs.append(1000 * (time.perf_counter() - started))
            times.append(min(runs))
            invalid += not simple.is_valid
            own = iou(simple, outline)
            ious.append(own)
            biases.append(simple.area / outline.area - 1)
            if (matched := cheapest_at(outline, own, distance)) is not None:
                pairs.append((count_vertices(simple), own, *matched))
        ours, our_ious, theirs, their_ious = np.array(pairs).T
        rows[f"{detail:g}"] = {
            "n": len(pairs),
            "vertices": float(np.median(ours)),
            "vertices_approx": float(np.median(theirs)),
            "iou": round(float(our_ious.mean()), 4),
            "iou_approx": round(float(their_ious.mean()), 4),
            "fewer": round(float(np.median(1 - ours / theirs)), 4),
            "invalid": int(invalid),
            "area_bias": round(float(np.mean(biases)), 5),
            "ms_p50": round(float(np.percentile(times, 50)), 2),
            "ms_p95": round(float(np.percentile(times, 95)), 2),
        }
    points = [count_vertices(outline) for outline, _ in objects]
    return {"objects": len(objects), "traced_points": float(np.median(points)), "details": rows}


def table(found: dict) -> str:
    """The figures as Markdown."""
    lines = [
        f"{found['objects']} objects, {found['traced_points']:.0f} traced points in the median. Vertices are "
        "medians, IoU means; *fewer* is the median of each object's share.",
        "",
        "| detail | vertices | IoU with the traced outline | approxPolyDP | at IoU | fewer | invalid "
        "| area bias | ms p50 | ms p95 |",
        "| --- " * 10 + "|",
    ]
    for detail, row in found["details"].items():
        name = f"{detail} (default)" if float(detail) == DEFAULT_DETAIL else detail
        lines.append(
            f"| {name} | {row['vertices']:.0f} | {row['iou']:.3f} | {row['vertices_approx']:.0f} | "
            f"{row['iou_approx']:.3f} | {row['fewer']:.0%} | {row['invalid']} | {row['area_bias']:+.2%} | "
            f"{row['ms_p50']:.1f} | {row['ms_p95']:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=LIMIT)
    arguments = parser.parse_args()
    print(table(compare(traced_objects(arguments.data, arguments.limit))))


if __name__ == "__main__":
    main()
