"""The tables of docs/benchmarks.md: made from what `tools.bench` measured, and put between their marks."""

from __future__ import annotations

import re
from pathlib import Path

from tools import bench_geometry

DOCS = Path("docs/benchmarks.md")


def blocks(found: dict) -> dict[str, str]:
    """Markdown of every part that was measured, by name."""
    makers = {
        "accuracy": accuracy,
        "methods": methods,
        "time": simulated_time,
        "vertices": bench_geometry.table,
        "photos": photos,
        "timings": timings,
        "queue": queue,
        "dashboard": dashboard,
    }
    return {name: make(found[name]) for name, make in makers.items() if name in found}


def refresh(made: dict[str, str], path: Path = DOCS) -> None:
    """Put each block between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; all else stays as it is.

    Raises:
        ValueError: a block has no such marks in the file.
    """
    text = path.read_text(encoding="utf-8")
    for name, block in made.items():
        marks = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench:{name} -->)", re.DOTALL)
        if not marks.search(text):
            raise ValueError(f"{path} has no place for {name!r}.")
        text = marks.sub(lambda match, block=block: f"{match[1]}{block}\n{match[2]}", text)
    path.write_text(text, encoding="utf-8")


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]


def accuracy(found: dict) -> str:
    rows = []
    for name, run in found["runs"].items():
        hard = run["hard"]
        cost = hard["clicks_that_cost"]
        rows.append([
            name, str(run["instances"]), _by_clicks(run["iou_by_clicks"]), f"{run['iou_over_085']:.0%}",
            f"{run['boundary_f']:.3f}", f"{hard['instances']}: {_by_clicks(hard['iou_by_clicks'])}",
            "–" if cost is None else f"{cost:.1%}", f"{run['confidence_correlation']:.2f}",
            f"{run['polygon_iou_mean']:.3f}", f"{run['vertices_median']:.0f}",
            f"{run['predict_ms_p50']:.0f}", f"{run['predict_ms_p95']:.0f}",
        ])  # fmt: skip
    head = ["simulated clicks", "objects", "mean IoU at 4, 5 … clicks", "over 0.85", "boundary F",
            "hard ones (under 0.8 at 4)", "clicks that cost a point", "confidence (rank correlation)",
            "polygon IoU", "vertices, median", "ms p50", "ms p95"]  # fmt: skip
    return "\n".join([_of(found), "", *_table(head, rows)])


def _by_clicks(means: dict[str, float]) -> str:
    return ", ".join(f"{value:.3f}" for value in means.values())


def methods(found: dict) -> str:
    """Accuracy, latency, vertices and simulated time of every method, one table."""
    rows = []
    for name, run in found["methods"].items():
        times = [_ratio(run["simulated"][target]) for target in sorted(run["simulated"], key=float)]
        rows.append([
            name, f"{run['iou_mean']:.3f}", f"{run['iou_median']:.3f}", f"{run['iou_over_085']:.0%}",
            f"{run['boundary_f']:.3f}", f"{run['vertices_median']:.0f}", f"{run['ms_p50']:.0f}", *times,
        ])  # fmt: skip
    original = found["original"]
    targets = sorted(next(iter(found["methods"].values()))["simulated"], key=float)
    dashes = ["–"] * 5
    rows.append(
        ["DEXTR, ResNet-101 at 512 px (random weights: its time alone)", *dashes, f"{original['ms_p50']:.0f}"]
        + ["–"] * len(targets)
    )
    head = ["answers to four clicks", "polygon IoU, mean", "median", "over 0.85", "boundary F",
            "vertices, median", "ms p50", *[f"time at IoU {target}" for target in targets]]  # fmt: skip
    return "\n".join([_of(found), "", *_table(head, rows)])


def simulated_time(found: dict) -> str:
    """One column a target: ratios with intervals, seconds, repairs; then sensitivity, sizes and losers."""
    reports = [found["targets"][target] for target in sorted(found["targets"], key=float)]
    lines = {
        "time with the model / fewest vertices": [_ratio(one) for one in reports],
        "the same, were every answer perfect": [f"{one['ratio_of_perfect_answers']:.2f}" for one in reports],
        "time with the model / fewest vertices, all on the border": [
            _ratio(one, "ratio_on_border") for one in reports
        ],
        "the same again, were every answer perfect": [
            f"{one['ratio_of_perfect_answers_on_border']:.2f}" for one in reports
        ],
        "time with the model / vertices people draw": [_ratio(one, "ratio_drawn_density") for one in reports],
        "seconds an object, with the model": [_seconds(one, "assisted") for one in reports],
        "fewest vertices (median) and their seconds": [
            f"{one['vertices_by_hand_median']['fewest']:.0f}: {_seconds(one, 'manual_fewest_vertices')}"
            for one in reports
        ],
        "fewest on the border and their seconds": [
            f"{one['vertices_by_hand_median']['on_border']:.0f}: {_seconds(one, 'manual_on_border')}"
            for one in reports
        ],
        "vertices people draw and their seconds": [
            f"{one['vertices_by_hand_median']['drawn_density']:.0f}: {_seconds(one, 'manual_drawn_density')}"
            for one in reports
        ],
        "first answer good enough": [f"{one['accepted_at_once']:.0%}" for one in reports],
        "drawn by hand after all": [f"{one['fallbacks']:.0%}" for one in reports],
        "slower than by hand": [f"{one['assisted_slower']:.0%}" for one in reports],
    }
    for size in ("small", "medium", "large"):
        lines[f"{size} objects / fewest vertices"] = [
            f"{_ratio(one['by_size'][size])}, n = {one['by_size'][size]['n']}"
            if size in one["by_size"]
            else "–"
            for one in reports
        ]
    for constant in reports[0]["sensitivity"]:
        lines[f"{constant} at -50 %, +50 %"] = [
            " – ".join(f"{value:.2f}" for value in one["sensitivity"][constant].values()) for one in reports
        ]
    reasons = sorted({reason for one in reports for reason in one["loser_reasons"]})
    for reason in reasons:
        lines[f"of those slower than by hand: {reason} (of all)"] = [
            f"{share['losers']:.0%} ({share['all']:.0%})"
            if (share := one["loser_reasons"].get(reason))
            else "–"
            for one in reports
        ]
    head = ["", *[f"IoU {one['target_iou']:g}" for one in reports]]
    rows = [[name, *cells] for name, cells in lines.items()]
    return "\n".join([_of({**found, "objects": found["n"]}), "", *_table(head, rows)])


def photos(found: dict) -> str:
    rows = [[name, f"{row['iou']:.3f}", f"{row['vertices']}"] for name, row in found["photos"].items()]
    head = ["photo of scikit-image", "IoU with the outline drawn by hand", "vertices"]
    return "\n".join([_of(found), "", *_table(head, rows)])


def timings(found: dict) -> str:
    rows = [[name, str(row["n"]), f"{row['ms_p50']}", f"{row['ms_p95']}"] for name, row in found.items()]
    return "\n".join(_table(["on disk", "n", "ms p50", "ms p95"], rows))


def queue(found: dict) -> str:
    """One hand-out at a time, and the burst."""
    rows = [
        [
            f"one at a time, {found['turns']} times",
            f"{found['ms_p50']:.0f} ms",
            f"{found['ms_p95']:.0f} ms",
            f"{found['ms_processor']:.0f} ms",
        ],
        [
            f"{found['people']} people at once, all served",
            f"{found['burst_s_median']:.2f} s",
            f"{found['burst_s_worst']:.2f} s (worst)",
            "",
        ],
    ]
    head = [f"hand-out among {found['tasks']:,} tasks, {found['date']}", "p50", "p95", "processor time"]
    return "\n".join(_table(head, rows))


def dashboard(found: dict) -> str:
    """Every panel: what somebody waits, and the processor's part in it."""
    rows = [
        [name, *(f"{panel[key]:.0f}" for key in ("ms_median", "ms_p95", "ms_processor"))]
        for name, panel in found["panels"].items()
    ]
    head = [
        f"panel; {found['tasks']:,} tasks, {found['events']:,} events, {found['date']}",
        "ms, median",
        "p95",
        "ms of processor time, all cores together",
    ]
    return "\n".join(_table(head, rows))


def _of(found: dict) -> str:
    objects = f", {found['objects']} objects" if "objects" in found else ""
    return f"Model `{found['model']}`{objects}, {found['date']}."


def _ratio(report: dict, key: str = "ratio") -> str:
    low, high = report[f"{key}_interval"]
    return f"{report[key]:.2f} [{low:.2f}, {high:.2f}]"


def _seconds(report: dict, key: str) -> str:
    return f"{report['seconds_median'][key]:.1f} s"
