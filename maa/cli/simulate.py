"""Commands that simulate people. They touch no project; torch is loaded when one is run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from maa.cli.output import AsJson, answering, show, telling

app = typer.Typer(help="Estimate what people would do.", no_args_is_help=True)


@app.command()
def objects(
    data: Annotated[Path, typer.Option(help="A folder of data sets, or one data set.")],
    target_iou: Annotated[
        list[float] | None,
        typer.Option(help="Target IoU for each object; can be repeated (default: 0.85, 0.9 and 0.95)."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model of the library (default: the library's).")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Simulate only this many objects.")] = None,
    jitter: Annotated[float, typer.Option(help="Each click is off by up to this many photo pixels.")] = 2.0,
    min_area: Annotated[int, typer.Option(help="Leave out objects with fewer pixels.")] = 600,
    seed: Annotated[int, typer.Option(help="For jitter, ties and the choice of objects.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Estimate the time the model saves: label objects with known masks, with it and by hand."""
    with answering(as_json):
        from maa.learning.simulate import TARGETS, simulate

        result = simulate(
            data,
            targets=target_iou or TARGETS,
            model=model,
            limit=limit,
            jitter=jitter,
            min_area=min_area,
            seed=seed,
            progress=sys.stderr.isatty(),
        )
        show(result, as_json, _text)


@app.command()
def loop(
    data: Annotated[Path, typer.Option(help="A data set, or a folder of sets: the project.")],
    run: Annotated[Path, typer.Option(help="Folder of the run; the same command again resumes it.")],
    parent: Annotated[
        str | None, typer.Option(help="A model of the library (default: the library's).")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of labeling and training.")] = 5,
    round_objects: Annotated[
        int, typer.Option("--objects", help="At least this many objects per round, in whole photos.")
    ] = 50,
    minutes: Annotated[float, typer.Option(help="Budget of each training.")] = 10.0,
    target_iou: Annotated[float, typer.Option(help="Target IoU for each object.")] = 0.9,
    min_area: Annotated[int, typer.Option(help="Leave out objects with fewer pixels.")] = 600,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    seed: Annotated[int, typer.Option(help="For the order of the photos, clicks and training.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Estimate what labeling costs, round by round, while the model learns from what was labeled."""
    with answering(as_json):
        from maa.learning.loop import LoopConfig
        from maa.learning.loop import loop as run_loop

        config = LoopConfig(
            data, run, parent, rounds, round_objects, minutes, target_iou, 2.0, min_area, seed, threads
        )
        with telling() as (line, move):
            result = run_loop(config, line, move)
        show(result, as_json, _loop_text)


@app.command()
def proposals(
    data: Annotated[Path, typer.Option(help="A data set, or a folder of sets: the project.")],
    run: Annotated[Path, typer.Option(help="Folder for the detector; the same command again resumes.")],
    parent: Annotated[
        str | None,
        typer.Option(help="The model that lends its encoder, and outlines (default: the library's)."),
    ] = None,
    labeled: Annotated[
        int, typer.Option("--objects", help="At least this many labeled objects, in whole photos.")
    ] = 300,
    test_photos: Annotated[int, typer.Option(help="Other photos, to measure on.")] = 200,
    minutes: Annotated[float, typer.Option(help="Budget of the training.")] = 5.0,
    min_area: Annotated[int, typer.Option(help="Ignore objects with fewer pixels.")] = 200,
    size: Annotated[int, typer.Option(help="Longer side of what the detector sees.")] = 512,
    seed: Annotated[int, typer.Option(help="For the choice of photos and the training.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure what a detector trained on some labeled photos finds on others."""
    with answering(as_json):
        from maa.learning.simulate_proposals import ProposalsConfig, simulate_proposals

        config = ProposalsConfig(data, run, parent, labeled, test_photos, minutes, min_area, size, seed)
        with telling() as (line, move):
            result = simulate_proposals(config, line, move)
        show(result, as_json, _proposals_text)


def _proposals_text(result: dict[str, Any]) -> str:
    tested, trained = result["tested"], result["trained"]
    return "\n".join(
        [
            f"{result['detector']}: {trained['objects']} objects of {trained['photos']} photos, "
            f"{trained['minutes']:g} minutes; threshold {tested['threshold']:.2f} chosen on "
            f"{result['held_back']['objects']} others.",
            f"On {tested['images']} more photos with {tested['objects']} objects: AP50 "
            f"{tested['average_precision']:.3f}, precision {tested['precision']:.2f}, recall "
            f"{tested['recall']:.2f}; {result['milliseconds']:.0f} ms a photo.",
            f"Open with an outline by {result['outliner']} of IoU 0.5: {tested['opened_05']:.0%}, of 0.8: "
            f"{tested['opened_08']:.0%} of the objects.",
            "Actions saved an object, of 4: "
            f"{tested['saved']:.2f} [{tested['low']:.2f}, {tested['high']:.2f}].",
        ]
    )


@app.command()
def routing(
    data: Annotated[Path, typer.Option(help="A data set, or a folder of sets: the project.")],
    run: Annotated[Path, typer.Option(help="Folder of the run; the same command again resumes it.")],
    parent: Annotated[
        str | None, typer.Option(help="A model of the library (default: the library's).")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of labeling and training.")] = 3,
    round_objects: Annotated[
        int, typer.Option("--objects", help="At least this many objects per round, in whole photos.")
    ] = 50,
    samples: Annotated[int, typer.Option(help="Of each training, always from the parent.")] = 800,
    test_photos: Annotated[int, typer.Option(help="Photos that no order labels, to measure on.")] = 60,
    pool: Annotated[int, typer.Option(help="The most photos to choose from.")] = 200,
    min_area: Annotated[int, typer.Option(help="Leave out objects with fewer pixels.")] = 600,
    seeds: Annotated[int, typer.Option(help="Repeats, each with other photos.")] = 1,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Estimate how many labels a model needs when images are labeled in different orders."""
    with answering(as_json):
        from maa.learning.simulate_routing import Routing, RoutingConfig, simulate_routing

        config = RoutingConfig(
            data, run, parent, tuple(Routing), rounds, round_objects, samples, test_photos, pool, min_area,
            seeds, threads,
        )  # fmt: skip
        with telling() as (line, move):
            result = simulate_routing(config, line, move)
        show(result, as_json, _routing_text)


def _routing_text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['parent']} on {result['data']}: IoU {result['parent_iou']:.3f} at four clicks on "
        f"{result['test_objects']} objects; repeats: {result['repeats']}, samples a training: "
        f"{result['samples']}.",
        f"{'first':18}{'labels':>8}{'IoU':>8}  gain over the parent",
    ]
    for order in result["orders"]:
        for one in order["rounds"]:
            low, high = one["interval"]
            lines.append(
                f"{order['order']:18}{one['labels']:>8.0f}{one['iou']:>8.3f}  {one['gain']:+.4f} "
                f"[{low:+.4f}, {high:+.4f}]"
            )
    if not result["random_gained"]:
        return "\n".join([*lines, "Random order gained nothing over the parent: no labels to compare."])
    for order in result["orders"]:
        labels = order["labels_for_random"]
        lines.append(
            f"{order['order']}: what random order reaches in the end "
            + ("is not reached." if labels is None else f"takes {labels:.0f} labels.")
        )
    return "\n".join(lines)


def _loop_text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['parent']} on {result['data']}, seconds an object. An estimate, not measured on people.",
        f"{'round':>5}{'objects':>9}{'by hand':>9}{'clicks':>9}{'pre-labels':>12}{'as they were':>14}  "
        "after it: held-back IoU",
    ]
    for one in result["rounds"]:
        low, high = one["interval"] or (0.0, 0.0)
        after = (
            "nothing held back"
            if one["difference"] is None
            else f"{one['difference']:+.3f} [{low:+.3f}, {high:+.3f}]{', taken up' * one['taken_up']}"
        )
        share = one["accepted_as_they_were"]
        lines.append(
            f"{one['round']:>5}{one['objects']:>9}{_cell(one['by_hand']):>9}{_cell(one['clicks']):>9}"
            f"{_cell(one['prelabels']):>12}{'' if share is None else f'{share:.0%}':>14}  {after}"
        )
    return "\n".join(lines)


def _cell(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"


def _text(result: dict[str, Any]) -> str:
    reports = list(result["targets"].values())
    rows: list[tuple[str, list[str]]] = [
        ("target IoU", [f"{one['target_iou']:g}" for one in reports]),
        ("time, with model / fewest vertices", [_ratio(one, "ratio") for one in reports]),
        ("  the same with perfect answers", [f"{one['ratio_of_perfect_answers']:.2f}" for one in reports]),
        ("time, with model / fewest on the border", [_ratio(one, "ratio_on_border") for one in reports]),
        ("time, with model / vertices people draw", [_ratio(one, "ratio_drawn_density") for one in reports]),
        ("seconds an object, with model", [_seconds(one, "assisted") for one in reports]),
        ("seconds, fewest vertices", [_seconds(one, "manual_fewest_vertices") for one in reports]),
        ("seconds, fewest on the border", [_seconds(one, "manual_on_border") for one in reports]),
        ("seconds, vertices people draw", [_seconds(one, "manual_drawn_density") for one in reports]),
        ("first answer good enough", [f"{one['accepted_at_once']:.0%}" for one in reports]),
        ("drawn by hand after all", [f"{one['fallbacks']:.0%}" for one in reports]),
        ("slower than by hand", [f"{one['assisted_slower']:.0%}" for one in reports]),
    ]
    lines = [
        f"{result['model']} on {result['n']} objects of {result['data']}.",
        "An estimate, not measured on people: simulated clicks, fixed seconds an action, measured answers.",
        "In brackets 95 % intervals; below 1 the model saves time.",
        "",
        *(f"{name:40}" + "".join(f"{cell:>20}" for cell in cells) for name, cells in rows),
        "",
        f"Slower than by hand at {reports[0]['target_iou']:g}, share of those objects (of all objects):",
        *(
            f"  {reason:24} {share['losers']:5.0%} ({share['all']:.0%})"
            for reason, share in reports[0]["loser_reasons"].items()
        ),
    ]
    return "\n".join(lines)


def _ratio(report: dict[str, Any], key: str) -> str:
    low, high = report[f"{key}_interval"]
    return f"{report[key]:.2f} [{low:.2f}, {high:.2f}]"


def _seconds(report: dict[str, Any], key: str) -> str:
    return f"{report['seconds_median'][key]:.1f}"
