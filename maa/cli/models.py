"""`maa models …`: the library of models, and which of them a project works with."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from maa.api import client
from maa.cli.data import absolute, call
from maa.cli.output import AsJson, answering, progress_bar, show
from maa.domain import MaaError
from maa.domain.library import JobKind
from maa.domain.wording import count

LOOK_EVERY = 1.0
"""Seconds between two looks at a job."""
A_JOB_GOES_ON = "A job that has started keeps running: maa models jobs"

app = typer.Typer(help="The library of models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A model of the library.")]
ProjectOption = Annotated[str, typer.Option("--project", help="The project's name.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the models of the library."""
    with answering(as_json):
        none = "The library is empty. Train a model: maa train NAME --data DIR --minutes N"
        show(call("models list"), as_json, lambda found: "\n".join(map(_line, found)) or none)


@app.command("show")
def show_(name: Name, as_json: AsJson = False) -> None:
    """Show a model's card, and what was decided about it and measured here."""
    with answering(as_json):
        show(call("models show", name=name), as_json, _card)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A file written by `maa models export`, or a checkpoint of DEXTR's authors (.pth).",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="The model's new name (default: its old one).")] = None,
    as_json: AsJson = False,
) -> None:
    """Import a model into the library, as a candidate."""
    with answering(as_json):
        result = call("models import", file=absolute(file), name=name)
        show(
            result,
            as_json,
            lambda made: (
                f"{made['id']} in {made['path']}. Use it: --model {made['name']}, or for a project: "
                f"maa models promote {made['name']} --project ..."
            ),
        )


@app.command()
def export(
    name: Name,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    as_json: AsJson = False,
) -> None:
    """Write a model to one file, for another library."""
    with answering(as_json):
        result = call("models export", name=name, out=absolute(out))
        show(result, as_json, lambda made: f"{made['id']} in {made['file']}, {made['bytes'] / 1e6:.1f} MB.")


@app.command()
def promote(
    name: Name,
    project: ProjectOption,
    reason: Annotated[str, typer.Option(help="The reason; it is kept in the project's history.")] = "",
    override: Annotated[
        bool,
        typer.Option(
            "--override", help="Promote it although the comparison speaks against it; needs a reason."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set a project's model: a candidate that was better there, or any active model."""
    with answering(as_json):
        result = call("models promote", name=name, project=project, reason=reason, override=override)
        show(result, as_json, _choice)


@app.command()
def rollback(
    project: ProjectOption,
    detector: Annotated[
        bool, typer.Option("--detector", help="The detector, not the outlining model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Go back to the model that a project's present one replaced."""
    with answering(as_json):
        show(call("models rollback", project=project, detector=detector), as_json, _choice)


@app.command()
def retire(name: Name, as_json: AsJson = False) -> None:
    """Retire a model. Its files stay, and it can be brought back."""
    with answering(as_json):
        show(call("models retire", name=name), as_json, lambda made: f"{made['id']} is retired.")


@app.command("bring-back")
def bring_back(name: Name, as_json: AsJson = False) -> None:
    """Offer a retired model again."""
    with answering(as_json):
        result = call("models bring-back", name=name)
        show(result, as_json, lambda made: f"{made['id']} is {made['state']} again.")


@app.command()
def offers(project: ProjectOption, as_json: AsJson = False) -> None:
    """List the active models that fit a project's classes, the best fitting first."""
    with answering(as_json):
        result = call("models offers", project=project)
        show(
            result,
            as_json,
            lambda found: "\n".join(f"{one['id']}: {', '.join(one['covers']) or 'any'}" for one in found),
        )


@app.command()
def finetune(
    project: ProjectOption,
    minutes: Annotated[float, typer.Option(help="Budget of the training.")] = 30.0,
    parent: Annotated[
        str | None, typer.Option(help="The model to start from (default: the one the project works with).")
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    seed: Annotated[int, typer.Option(help="For drawing samples.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Train a candidate on a project's approved work and compare it with its parent.

    It runs at the lowest priority in a process of its own, which goes on when this command is stopped.
    """
    with answering(as_json, A_JOB_GOES_ON):
        started = call(
            "models finetune", project=project, minutes=minutes, parent=parent, threads=threads, seed=seed
        )
        show(_until_ended(started), as_json, _job)


@app.command()
def detector(
    project: ProjectOption,
    minutes: Annotated[float, typer.Option(help="Budget of the training.")] = 10.0,
    parent: Annotated[
        str | None,
        typer.Option(
            help="The model whose encoder it starts with (default: the one the project works with)."
        ),
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    seed: Annotated[int, typer.Option(help="For drawing samples.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Train a detector on a project's approved work: it finds objects by itself, for pre-labels.

    It runs as `finetune` does.
    """
    with answering(as_json, A_JOB_GOES_ON):
        started = call(
            "models detector", project=project, minutes=minutes, parent=parent, threads=threads, seed=seed
        )
        show(_until_ended(started), as_json, _job)


@app.command()
def compare(
    candidate: Annotated[str, typer.Argument(metavar="NAME", help="A model of the library...")],
    project: ProjectOption,
    against: Annotated[
        str | None, typer.Option(help="...and another one (default: the one the project works with).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two models on a project's held-back objects and on general ones."""
    with answering(as_json, A_JOB_GOES_ON):
        started = call("models compare", project=project, candidate=candidate, against=against)
        show(_until_ended(started), as_json, _job)


@app.command()
def jobs(
    project: Annotated[str | None, typer.Option(help="Only those of this project.")] = None,
    as_json: AsJson = False,
) -> None:
    """List trainings and comparisons, the newest first."""
    with answering(as_json):
        none = "Nothing was trained yet: maa models finetune --project NAME"
        show(
            call("models jobs", project=project),
            as_json,
            lambda found: "\n".join(_job_line(one) for one in found) or none,
        )


@app.command()
def cancel(
    job: Annotated[int, typer.Argument(metavar="JOB", help="The job's number, as in `maa models jobs`.")],
    as_json: AsJson = False,
) -> None:
    """Cancel a running training; what it has learnt is discarded."""
    with answering(as_json):
        show(call("models cancel", number=job), as_json, _job_line)


def _until_ended(job: dict[str, Any]) -> dict[str, Any]:
    """Wait for a job, without holding the database meanwhile."""
    number = job["job"]
    print(
        f"Job {number} keeps running if this command is stopped: maa models jobs, maa models cancel "
        f"{number}.",
        file=sys.stderr,
    )
    with progress_bar(f"job {job['job']}") as on_progress:
        while job["state"] == "running":
            time.sleep(LOOK_EVERY)
            job = client.call("models job", {"number": job["job"]}, on_progress)
            if "progress" in job:
                said = job["progress"]
                on_progress(round(100 * said["share"]), 100, said["phase"])
    if job["state"] != "done":
        raise MaaError(f"Job {job['job']} {job['state']}. {job['message']}".strip())
    return job


def _job(job: dict[str, Any]) -> str:
    if "model" not in job:  # it is gone or damaged since, as the message says
        return _job_line(job)
    if job["kind"] == JobKind.COMPARE:  # against what stands beside each figure
        lines = [f"{job['model']}:"]
    else:
        taught = f"{count(job['objects'], 'object')} of {count(job['images'], 'image')}"
        lines = [f"{job['model']}, from {job['parent']}: learnt from {taught}."]
    lines += [_measured(one) for one in job["metrics"]]
    lines.append(job["finding"])
    if job["may_be_promoted"]:
        lines.append(f"Promote it: maa models promote {job['model'].split('@')[0]} --project ...")
    return "\n".join(lines)


def _job_line(job: dict[str, Any]) -> str:
    said = ""
    if "progress" in job:
        phase, share = job["progress"]["phase"], job["progress"]["share"]
        said = f", {phase}" + (f" {share:.0%}" if share < 1 else "")
    return f"{job['job']}: {job['kind']} {job['candidate']} {job['state']}{said} {job['message']}".rstrip()


def _line(model: dict[str, Any]) -> str:
    if "problem" in model:
        return f"{model['name']}: damaged. {model['problem']}"
    size = model["input_size"]
    marks = [model["state"], *(["default"] if model["default"] else [])]
    used = f", used by {', '.join(model['projects'])}" if model["projects"] else ""
    return (
        f"{model['name']}@{model['sha256'][:12]}: {model['architecture']}, {size} x {size}, "
        f"{', '.join(marks)}{used}"
    )


def _card(model: dict[str, Any]) -> str:
    told = {key: value for key, value in model.items() if key not in ("card", "metrics", "card_metrics")}
    lines = [
        f"{key:14} {value if isinstance(value, str) else json.dumps(value)}" for key, value in told.items()
    ]
    return "\n".join([*lines, *map(_measured, model["metrics"])])


def _measured(one: dict[str, Any]) -> str:
    if "recall" in one:
        return (
            f"{one['set']}: AP50 {one['average_precision']:.3f}, precision {one['precision']:.2f}, recall "
            f"{one['recall']:.2f} at {one['threshold']:.2f}, on {count(one['objects'], 'object')}; open with "
            f"IoU 0.5 {one['opened_05']:.0%}, 0.8 {one['opened_08']:.0%}"
        )
    against = ""
    if one["against"]:
        low, high = one["interval"]
        against = f", {one['difference']:+.3f} [{low:+.3f}, {high:+.3f}] against {one['against']}"
    return f"{one['set']}: IoU {one['iou_mean']:.3f} on {count(one['objects'], 'object')}{against}"


def _choice(made: dict[str, Any]) -> str:
    model = made["model"] or ("no detector" if made["purpose"] == "objects" else "the library's default")
    return f"{made['project']} works with {model} ({made['how']}). {made['reason']}".rstrip()
