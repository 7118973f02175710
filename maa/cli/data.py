"""Commands on the data folder: through the running app, or on the folder itself (`maa.api.client`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from maa.api import client
from maa.cli.output import AsJson, answering, progress_bar, show
from maa.dextr.shelves import damaged, list_models
from maa.domain import InvalidInput
from maa.domain.wording import count

app = typer.Typer()
project_app = typer.Typer(help="Create, list and change projects.", no_args_is_help=True)
app.add_typer(project_app, name="project")

ProjectName = Annotated[str, typer.Argument(metavar="NAME", help="The project's name.")]


@project_app.command("create")
def project_create(
    name: ProjectName,
    classes: Annotated[str, typer.Option(help='The classes, as in "car, person, dog".')],
    as_json: AsJson = False,
) -> None:
    """Create a project."""
    with answering(as_json):
        names = [part.strip() for part in classes.split(",") if part.strip()]
        result = call("project create", name=name, classes=names)
        hint = "\nNobody has a role in it yet: maa user role NAME PROJECT manager"
        show(result, as_json, lambda made: f"{made['name']}: {', '.join(made['classes'])}{hint}")


@project_app.command("list")
def project_list(as_json: AsJson = False) -> None:
    """List the projects, including archived ones."""
    with answering(as_json):
        none = 'There is no project yet. Create one: maa project create NAME --classes "a,b"'
        show(call("project list"), as_json, lambda found: "\n".join(map(_line, found)) or none)


@project_app.command("set")
def project_set(
    name: ProjectName,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="SETTING=VALUE…", help="For example paused=true. Without any, all are shown."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a project's settings, or change some. Values are JSON; anything else is text."""
    with answering(as_json):
        result = call("project set", name=name, settings=dict(map(_setting, changes or [])))
        show(
            result,
            as_json,
            lambda now: "\n".join(f"{key}={json.dumps(value)}" for key, value in now.items()),
        )


@app.command("import")
def import_(
    name: ProjectName,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Pictures, videos, folders and zips.")
    ] = None,
    coco: Annotated[
        Path | None, typer.Option(help="A COCO file with objects for the project's images.")
    ] = None,
    priority: Annotated[int, typer.Option(help="-100 to 100; higher ones are labeled first.")] = 0,
    every: Annotated[int | None, typer.Option(help="From videos, take one frame in so many.")] = None,
    per_second: Annotated[
        float | None, typer.Option(help="From videos, take so many frames per second (default: 2).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import images, and objects from a COCO file, into a project."""
    with answering(as_json, "What was imported is kept; the same command again continues."):
        if not paths and coco is None:
            raise InvalidInput(
                "Name pictures, videos, folders or zips to import, or a COCO file with --coco."
            )
        if paths and not any(map(os.path.lexists, paths)):
            raise InvalidInput(f"There is no {', nor '.join(map(str, paths))}.")
        result = call(
            "import",
            project=name,
            paths=[absolute(path) for path in paths or []],
            coco=absolute(coco) if coco else None,
            priority=priority,
            every=every,
            per_second=per_second,
        )
        show(result, as_json, _import_text)


@app.command()
def export(
    name: ProjectName,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    format: Annotated[
        str, typer.Option(help="The file's format: coco, or yolo (a zip, for Ultralytics' segmentation).")
    ] = "coco",
    status: Annotated[str, typer.Option(help="Which images: approved, or all.")] = "approved",
    images: Annotated[
        Path | None,
        typer.Option(help="A folder to write the pictures to as well, frames of videos among them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a project's annotations to a file for other tools."""
    with answering(as_json):
        result = call(
            "export",
            project=name,
            format=format,
            out=absolute(out),
            status=status,
            images=absolute(images) if images else None,
        )
        show(result, as_json, _export_text)


@app.command()
def backup(
    name: ProjectName,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    as_json: AsJson = False,
) -> None:
    """Back up a whole project to one file."""
    with answering(as_json):
        result = call("backup", project=name, out=absolute(out))
        show(result, as_json, lambda made: f"{made['file']}: {made['bytes'] / 1e6:.1f} MB.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `maa backup` wrote.")],
    name: Annotated[str | None, typer.Option(help="The project's new name (default: its old one).")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a new project from a backup."""
    with answering(as_json):
        result = call("restore", file=absolute(file), name=name)
        show(result, as_json, lambda made: f"Restored as {_line(made)}{_lacks(made['lacks_models'])}")


def _lacks(models: list[str]) -> str:
    return "".join(
        f"\nIt worked with {model}, which the library here lacks: copy the model's folder to "
        "MAA_DATA_DIR/models, then go back to it (maa models rollback)."
        for model in models
    )


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what is in the data folder and whether the app is running."""
    with answering(as_json):
        url = client.running_app()
        result = call("status") | {
            "app": {"running": url is not None, "url": url},
            "models": [model.name for model in list_models()],
            "damaged_models": damaged(),
        }
        show(result, as_json, _status_text)


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Create the demo project, if it does not exist yet."""
    with answering(as_json):
        show(call("demo"), as_json, _line)


def call(command: str, **parameters: Any) -> Any:
    """Run a command of `api.commands`; a bar shows how far it is."""
    with progress_bar(command) as on_progress:
        return client.call(command, parameters, on_progress)


def _setting(change: str) -> tuple[str, Any]:
    name, equals, value = change.partition("=")
    if not equals:
        raise InvalidInput(f"{change!r} is not SETTING=VALUE.")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def absolute(path: Path) -> str:
    """The app has a working folder of its own."""
    return os.path.abspath(path)


def _line(project: dict[str, Any]) -> str:
    archived = ", archived" if project["archived"] else ""
    return (
        f"{project['name']}: {count(project['images'], 'image')}, {count(project['objects'], 'object')}, "
        f"{project['approved_share']:.0%} approved{archived}"
    )


def _export_text(made: dict[str, Any]) -> str:
    said = f"{made['file']}: {count(made['images'], 'image')}, {count(made['objects'], 'object')}."
    if not made["images"] and made["status"] == "approved":
        said += " Nothing is approved yet; --status all takes everything."
    if made["left_out"]:
        said += f" Left out: {count(made['left_out'], 'image')} that nobody has labeled yet."
    return "\n".join([said, *_skipped_lines(made)])


def _skipped_lines(report: dict[str, Any]) -> list[str]:
    return [f"skipped {item['file']}: {item['reason']}" for item in report["skipped"]]


def _import_text(report: dict[str, Any]) -> str:
    lines = []
    if report["images"] or "objects_present" not in report:
        lines.append(f"{count(report['images'], 'image')} imported.")
    if "objects_present" in report:
        lines.append(
            f"{count(report['objects'], 'object')} added, {report['objects_present']} were already there; "
            f"{count(report['images_approved'], 'image')} became approved."
        )
    if report["numbered_frames"]:
        lines.append(
            "Images of one size with numbered names count as frames of a sequence. If they are not: maa "
            "project set PROJECT numbered_are_frames=false"
        )
    return "\n".join([*lines, *_skipped_lines(report)])


def _status_text(status: dict[str, Any]) -> str:
    app_line = (
        f"The app is running at {status['app']['url']}."
        if status["app"]["running"]
        else "The app is not running."
    )
    models = ", ".join(status["models"]) or "none"
    lines = [
        f"Data folder: {status['data_dir']}",
        app_line,
        f"People: {status['people']}",
        f"Models: {models}",
        *(f"Damaged model: {problem}" for problem in status["damaged_models"].values()),
    ]
    for project in status["projects"]:
        states = ", ".join(
            f"{count} {state.replace('_', ' ')}" for state, count in project["tasks"].items() if count
        )
        lines.append(_line(project) + (f" ({states})" if states else ""))
    return "\n".join(lines)
