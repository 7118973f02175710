"""The figures of docs/benchmarks.md, measured anew.

    make bench [DATA=folder]        (.venv/bin/python -m tools.bench [--data DIR] [--limit N])

DATA is a folder of data sets as `maa evaluate` reads them; without it only what the project carries itself is
measured: the reference outlines on scikit-image's photos, the store, and the browser. Prints Markdown and
writes build/bench/bench.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from shapely import MultiPolygon, box

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import Origin, Point, Prompt, Role
from maa.geometry import count_vertices, iou
from maa.learning.datasets import read_image
from maa.learning.evaluate import evaluate
from maa.workflow import labeling, people, projects, queue
from maa.workflow.labeling import Draft
from maa.workflow.workspace import Workspace
from tests.e2e import references

OUT = Path("build/bench")
TASKS = 5_000
SAVES = 300


def accuracy(data: Path, limit: int | None) -> dict:
    """The default model on known masks: clicks, jitter, and photos of full size."""
    runs: dict[str, dict[str, object]] = {
        "2 px jitter, two more clicks": {"extra_clicks": 2},
        "0 px jitter": {"jitter": 0.0},
        "5 px jitter": {"jitter": 5.0},
        "10 px jitter": {"jitter": 10.0},
        "1920x1080 photos": {"resize": (1920, 1080)},
    }
    return {
        name: evaluate(data=data, limit=limit, progress=True, **options)  # type: ignore[arg-type]
        for name, options in runs.items()
    }


def demo_photos() -> dict:
    """IoU with the outlines drawn by hand, four clicks at their extreme points."""
    predictor = Predictor()
    found = {}
    for name in references.names():
        image = read_image(references.photo(name))
        prompt = Prompt(points=tuple(Point(x, y) for x, y in references.extreme_clicks(name)))
        outline = outline_of(predictor.predict(image, prompt))
        found[name] = {
            "iou": round(iou(outline, MultiPolygon([references.outline(name)])), 3),
            "vertices": count_vertices(outline),
        }
    return found


def store() -> dict:
    """Acknowledged saves and hand-outs on a real file with many tasks."""
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace(Path(folder))
        try:
            project = projects.create_project(ws, "bench", ["thing"])
            (thing,) = projects.list_classes(ws, project.id)
            person = people.add_person(ws, "Ana", Role.ANNOTATOR)
            for first in range(0, TASKS, 500):
                with ws.store.write() as tx:
                    for number in range(first, first + 500):
                        queue.add_image(
                            tx, project.id, file_name=f"{number}.png", width=640, height=480,
                            file_hash=f"{number}", pixel_hash=f"{number}",
                        )  # fmt: skip
            ring = box(100, 100, 300, 300).segmentize(20)
            draft = Draft(thing.id, MultiPolygon([ring]), Origin.MANUAL)
            hand_out, save = [], []
            for _ in range(SAVES):
                task, taken = timed(lambda: queue.claim_next(ws, project.id, person.id))
                assert task is not None
                hand_out.append(taken)
                _, taken = timed(lambda task=task: labeling.save_annotation(ws, task.id, person.id, draft))
                save.append(taken)
                labeling.submit(ws, task.id, person.id)
        finally:
            ws.close()
    return {"tasks": TASKS, "hand_out": spread(hand_out), "save_acknowledged": spread(save)}


def timed(call: Callable) -> tuple:
    began = time.perf_counter()
    result = call()
    return result, 1000 * (time.perf_counter() - began)


def spread(milliseconds: list[float]) -> dict:
    return {
        "n": len(milliseconds),
        "ms_p50": round(float(np.percentile(milliseconds, 50)), 1),
        "ms_p95": round(float(np.percentile(milliseconds, 95)), 1),
    }


def markdown(found: dict) -> str:
    lines = [f"# Benchmarks, {found['date']}", ""]
    if "accuracy" in found:
        lines += ["| simulated clicks | objects | IoU by clicks | over 0.85 | boundary F | polygon IoU | "
                  "vertices | ms p50 | ms p95 |", "| --- " * 9 + "|"]  # fmt: skip
        for name, run in found["accuracy"].items():
            clicks = ", ".join(f"{n}: {value:.3f}" for n, value in run["iou_by_clicks"].items())
            lines.append(
                f"| {name} | {run['instances']} | {clicks} | {run['iou_over_085']:.1%} | "
                f"{run['boundary_f']:.3f} | {run['polygon_iou_mean']:.3f} | {run['vertices_median']:.0f} | "
                f"{run['predict_ms_p50']} | {run['predict_ms_p95']} |"
            )
        lines.append("")
    lines += ["| photo of scikit-image | IoU with the outline drawn by hand | vertices |", "| --- " * 3 + "|"]
    lines += [f"| {name} | {row['iou']:.3f} | {row['vertices']} |" for name, row in found["photos"].items()]
    lines += ["", "| on screen and on disk | n | ms p50 | ms p95 |", "| --- " * 4 + "|"]
    timings = {
        f"hand-out of {found['store']['tasks']} tasks": found["store"]["hand_out"],
        "save, acknowledged": found["store"]["save_acknowledged"],
        "fourth click to polygon in the browser": found["browser"]["click_to_polygon"],
        "further click to polygon in the browser": found["browser"]["further_click"],
    }
    lines += [f"| {name} | {row['n']} | {row['ms_p50']} | {row['ms_p95']} |" for name, row in timings.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    from tools.bench_browser import browser  # after the arguments: Playwright takes a second to load

    found: dict = {"date": date.today().isoformat()}
    if arguments.data is not None:
        found["accuracy"] = accuracy(arguments.data, arguments.limit)
    found |= {"photos": demo_photos(), "store": store(), "browser": browser()}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(found, indent=1))
    print(markdown(found))


if __name__ == "__main__":
    main()
