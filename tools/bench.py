"""The figures of docs/benchmarks.md, measured anew.

    make bench [DATA=folder] [PARTS="methods time"] [LIMIT=100] [DOCS=1]
    (.venv/bin/python -m tools.bench [--data DIR] [--parts …] [--limit N] [--docs])

DATA is a folder of data sets as `maa evaluate` reads them; without it the outlines drawn by hand on
scikit-image's photos, which the project carries itself, take its place. Parts: accuracy, methods (the model
against classical answers, with pictures), time (the simulated annotator), vertices, photos, timings (of
the store), queue (hand-outs among 100,000 tasks), dashboard (every panel over a million events); what
happens on screen: `tools.bench_canvas`. Prints Markdown; writes build/bench/bench.json and contact sheets
of the best and the worst answers; with --docs also the tables of docs/benchmarks.md, of the parts that
were measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from shapely import MultiPolygon, box

from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import find_model
from maa.domain import NewImage, Origin, Point, Prompt, Role
from maa.geometry import count_vertices, iou
from maa.learning.datasets import read_image
from maa.learning.evaluate import evaluate
from maa.learning.simulate import SimulateConfig, simulate
from maa.workflow import labeling, people, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace
from tests.e2e import references
from tools import bench_dashboard, bench_docs, bench_geometry, bench_methods, bench_pictures, bench_queue

OUT = Path("build/bench")
TASKS = 5_000
SAVES = 300


def accuracy(data: Path, limit: int | None) -> dict:
    """The default model on known masks: clicks, jitter, and photos of full size."""
    runs: dict[str, dict[str, object]] = {
        "2 px jitter; further ones in the middle of the error": {"extra_clicks": 3, "repair_at": "middle"},
        "2 px jitter; further ones on the border": {"extra_clicks": 3},
        "2 px jitter, in any order": {"shuffle": True},
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
            person = people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR})
            for first in range(0, TASKS, 500):
                with ws.store.write() as tx:
                    for number in range(first, first + 500):
                        queue.add_image(
                            tx,
                            project.id,
                            NewImage(
                                file_name=f"{number}.png",
                                width=640,
                                height=480,
                                file_hash=f"{number}",
                                pixel_hash=f"{number}",
                            ),
                        )
            ring = box(100, 100, 300, 300).segmentize(20)
            new = NewRevision(thing.id, MultiPolygon([ring]), Origin.MANUAL)
            hand_out, save = [], []
            for _ in range(SAVES):
                task, taken = timed(lambda: queue.claim_next(ws, project.id, person.id))
                assert task is not None
                hand_out.append(taken)
                _, taken = timed(lambda task=task: labeling.save_annotation(ws, task.id, person.id, new))
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


def methods(data: Path, limit: int | None) -> dict:
    found, shown = bench_methods.compare(SimulateConfig(data, limit=limit))
    for path in bench_pictures.sheets(shown, OUT):
        print(f"pictures: {path}", file=sys.stderr)
    return found


def timings() -> dict:
    on_disk = store()
    return {
        f"hand-out of {on_disk['tasks']} tasks": on_disk["hand_out"],
        "save, acknowledged": on_disk["save_acknowledged"],
    }


def measured(data: Path, parts: list[str], limit: int | None) -> dict:
    """What each part found, by its name."""
    makers: dict[str, Callable[[], dict]] = {
        "accuracy": lambda: {"runs": accuracy(data, limit)},
        "methods": lambda: methods(data, limit),
        "time": lambda: simulate(data, limit=limit, progress=True),
        "vertices": lambda: bench_geometry.compare(
            bench_geometry.traced_objects(data, limit or bench_geometry.LIMIT)
        ),
        "photos": lambda: {"photos": demo_photos()},
        "timings": timings,
        "queue": bench_queue.measure,
        "dashboard": bench_dashboard.measure,
    }
    said = {"date": date.today().isoformat()}
    if not _WITHOUT_MODEL.issuperset(parts):
        said["model"] = find_model().id
    return {
        name: make() if name == "timings" else said | make() for name, make in makers.items() if name in parts
    }


PARTS = ("accuracy", "methods", "time", "vertices", "photos", "timings", "queue", "dashboard")
_WITHOUT_MODEL = frozenset({"timings", "queue", "dashboard"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--limit", type=int, help="so many objects a part")
    parser.add_argument("--docs", action="store_true", help="refresh docs/benchmarks.md")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = arguments.data or bench_methods.demo_set(Path(folder) / "demo")
        found = measured(data, arguments.parts, arguments.limit)
    (OUT / "bench.json").write_text(json.dumps(found, indent=1))
    made = bench_docs.blocks(found)
    if arguments.docs:
        bench_docs.refresh(made)
    print(f"# Benchmarks, {date.today().isoformat()}")
    for name, block in made.items():
        print(f"\n## {name.capitalize()}\n\n{block}")


if __name__ == "__main__":
    main()
