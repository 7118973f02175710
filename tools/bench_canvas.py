"""The canvases measured in a real browser: clicks, frames, ten people at once, large photos.

    make bench-canvas [ROUNDS=40] [PARTS="clicks frames people large training"] [DOCS=1]
    (.venv/bin/python -m tools.bench_canvas [--rounds N] [--parts …] [--docs])

Writes build/bench/canvas.json and prints the tables; with --docs also into docs/benchmarks.md. A part that is
left out keeps what the file says of it. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from maa.dextr.shelves import find_model
from tools import bench_canvas_clicks as clicks
from tools import bench_canvas_frames as frames
from tools import bench_canvas_large as large
from tools import bench_canvas_people as people
from tools import bench_canvas_training as training
from tools import bench_docs
from tools.bench_canvas_setup import VIEWPORT, Rig, rig

OUT = Path("build/bench/canvas.json")
Found = dict[str, Any]


def measure_clicks(rounds: int) -> Found:
    with rig() as one:
        return clicks.measure(one, rounds)


def _filled(fill: Callable[[Rig], Any], measure: Callable[[Rig, Any], Found]) -> Found:
    """A part that fills the data folder before the app runs."""
    with rig(start=False) as one:
        filled = fill(one)
        one.app.start()
        return measure(one, filled)


def parts(rounds: int) -> dict[str, Callable[[], Found]]:
    return {
        "clicks": lambda: measure_clicks(rounds),
        "frames": lambda: _filled(frames.fill, lambda one, _: frames.measure(one)),
        "people": lambda: _filled(people.fill, people.measure),
        "large": lambda: large.measure_all(),
        "training": lambda: _filled(training.fill, training.measure),
    }


def goals(found: Found) -> list[tuple[str, str, str, bool]]:
    """What was wanted: (what, goal, reached, whether)."""
    rows = []
    if "click_ms_p50" in found:
        p50, p95 = found["click_ms_p50"], found["click_ms_p95"]
        ratio = p50["workbench"] / p50["classic"]
        one = found["bytes_per_click"]
        rows += [
            ("click to polygon, p50", "< 200 ms", f"{p50['workbench']} ms", p50["workbench"] < 200),
            ("click to polygon, p95", "", f"{p95['workbench']} ms", True),
            ("the same on the classic canvas, p50, p95", "", f"{p50['classic']}, {p95['classic']} ms", True),
            ("workbench / classic, p50", "≤ 0.6", f"{ratio:.2f}", ratio <= 0.6),
            ("bytes a click", "< 20 kB", f"{one / 1000:.1f} kB", one < 20_000),
            ("the same on the classic canvas", "", f"{found['bytes_per_click_classic'] / 1000:.0f} kB", True),
        ]
        lost = found["lost_clicks"]
        rates = ", ".join(f"{row['clicks']} at {row['a_second']}" for row in found["haste"].values())
        rows.append((f"lost clicks ({rates} a second)", "0", str(lost), lost == 0))
    if "frame_ms_1000_polygons" in found:
        frame = found["frame_ms_1000_polygons"]
        middle = found["frames"]["all"]["p50"]
        words = "frame with 1,000 polygons, p95 (p50)"
        rows.append((words, "< 50 ms", f"{frame} ms ({middle})", frame < 50))
    if "ten_people_p95_ms" in found:
        slow, answers = found["ten_people_p95_ms"], found["ten_people"]["answers"]
        words = f"ten people, p95 of {answers['n']} answers (p50)"
        rows.append((words, "< 400 ms", f"{slow} ms ({answers['p50']})", slow < 400))
    if "beside_training" in found:
        beside = found["beside_training"]
        alone, during = beside["alone"], beside["training"]
        words = f"{beside['people']} people beside a training: p95 of {during['n']} answers, over p95 without"
        reached = f"{beside['ratio']:.2f} ({during['p95']} ms, without {alone['p95']} ms)"
        rows.append((words, "< 1.5", reached, beside["ratio"] < 1.5))
    return rows


def block(found: Found) -> str:
    """The section of the docs."""
    width, height = VIEWPORT
    said = f"Model `{found['model']}`, {found['date']}, headless Chromium, window {width}x{height}, "
    said += (
        f"{found['cores']} cores, load {found['load']}. {found.get('rounds', 0)} rounds a canvas, in turn."
    )
    lines = [said, "", "| what | goal | reached |", "| --- | --- | --- |"]
    lines += [f"| {what} | {goal} | {reached} |" for what, goal, reached, _ in goals(found)]
    if "frames" in found:
        lines += ["", "| with 1,000 polygons | frame p50 | p95 | script p95 | main thread |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for name, row in found["frames"].items():
            if isinstance(row, dict) and "script" in row:
                lines.append(
                    f"| {name} | {row['p50']} | {row['p95']} | {row['script']['p95']} | {row['task']} |"
                )
    if "large" in found:
        lines += ["", *large.table(found["large"])]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=clicks.ROUNDS)
    parser.add_argument("--parts", nargs="+", choices=list(parts(0)), default=list(parts(0)))
    parser.add_argument("--docs", action="store_true", help="refresh docs/benchmarks.md")
    arguments = parser.parse_args()
    found: Found = json.loads(OUT.read_text()) if OUT.exists() else {}
    for name, measure in parts(arguments.rounds).items():
        if name in arguments.parts:
            print(f"{name} …", file=sys.stderr, flush=True)
            found |= measure()
    found |= {
        "model": find_model().id, "date": date.today().isoformat(),
        "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1))
    made = block(found)
    if arguments.docs:
        bench_docs.refresh({"canvas": made})
    print(made)
    missed = [what for what, _, _, reached in goals(found) if not reached]
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
