"""`maa models …`: the library of models, and which of them a project works with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from maa.cli.data import absolute, call
from maa.cli.output import AsJson, answering, show

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
            metavar="FILE", help="What `maa models export` wrote, or a checkpoint of DEXTR's authors (.pth)."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the model; else as it was called.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a model into the library, as a candidate."""
    with answering(as_json):
        result = call("models import", file=absolute(file), name=name)
        show(
            result,
            as_json,
            lambda made: (
                f"{made['id']} in {made['path']}. Use it: --model {made['name']}, or MAA_MODEL={made['name']}"
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
    reason: Annotated[str, typer.Option(help="Why; stands in the project's history.")] = "",
    override: Annotated[
        bool, typer.Option("--override", help="Although the comparison speaks against it; needs a reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have a project work with a model: a candidate that was better there, or any active one."""
    with answering(as_json):
        result = call("models promote", name=name, project=project, reason=reason, override=override)
        show(result, as_json, _choice)


@app.command()
def rollback(project: ProjectOption, as_json: AsJson = False) -> None:
    """Have a project work with the model again that its present one replaced."""
    with answering(as_json):
        show(call("models rollback", project=project), as_json, _choice)


@app.command()
def retire(name: Name, as_json: AsJson = False) -> None:
    """Offer a model no more. Its files stay."""
    with answering(as_json):
        show(call("models retire", name=name), as_json, lambda made: f"{made['id']} is retired.")


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


def _line(model: dict[str, Any]) -> str:
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
    for one in model["metrics"]:
        against = ""
        if one["against"]:
            low, high = one["interval"]
            against = f", {one['difference']:+.3f} [{low:+.3f}, {high:+.3f}] against {one['against']}"
        lines.append(f"{one['set']}: IoU {one['iou_mean']:.3f} on {one['objects']} objects{against}")
    return "\n".join(lines)


def _choice(made: dict[str, Any]) -> str:
    model = made["model"] or "the library's default"
    return f"{made['project']} works with {model} ({made['how']}). {made['reason']}".rstrip()
