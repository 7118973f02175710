"""What the command line can do with a data folder, as functions from JSON to JSON.

Both ways of running a command end here: in the app, on its open workspace, and in the command line itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maa.api import user_commands
from maa.domain import InvalidInput, Project
from maa.workflow import backup as backups
from maa.workflow import demo as demos
from maa.workflow import exchange, exports, frames, images, people, projects
from maa.workflow.images import Progress
from maa.workflow.intake import Skipped
from maa.workflow.settings import update_settings
from maa.workflow.videos import DEFAULT_STEP, Step
from maa.workflow.workspace import Workspace

Json = Any
"""What `json.dumps` takes."""


def run(ws: Workspace, name: str, parameters: dict[str, Json], on_progress: Progress) -> Json:
    """Run a command by its name.

    Raises:
        MaaError: it failed; the message is for the person at the command line.
    """
    command = COMMANDS.get(name) or _of_models(name)
    if command is None:
        raise InvalidInput(f"There is no command {name!r}. Restart the app if MAA was updated while it ran.")
    try:
        inspect.signature(command).bind(ws, on_progress, **parameters)
    except TypeError as error:
        raise InvalidInput(
            f"The command {name!r} does not take this ({error}). Restart the app if MAA was updated."
        ) from error
    return command(ws, on_progress, **parameters)


def project_create(ws: Workspace, _: Progress, *, name: str, classes: list[str]) -> Json:
    return _project(ws, projects.create_project(ws, name, classes))


def project_list(ws: Workspace, _: Progress) -> Json:
    return [_project(ws, project) for project in projects.list_projects(ws, include_archived=True)]


def project_set(ws: Workspace, _: Progress, *, name: str, settings: dict[str, Json]) -> Json:
    """Change settings (none: only show them); returns all of them."""
    project = projects.find_project(ws, name)
    if settings:
        changes: dict[str, Json] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        project = update_settings(ws, project.id, **changes)
    return asdict(project.settings)


def import_files(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    paths: list[str],
    coco: str | None,
    priority: int = 0,
    every: int | None = None,
    per_second: float | None = None,
) -> Json:
    """Images first, so that a COCO file finds them; one that cannot be read is refused before that.
    `every` and `per_second`: which frames of videos.

    `imported` counts images, or objects when only a COCO file was given.
    """
    found = projects.find_project(ws, project)
    project_id = found.id
    read = exchange.read_coco(Path(coco)) if coco is not None else None
    step = DEFAULT_STEP if every is None and per_second is None else Step(every, per_second)
    report = images.import_paths(
        ws, project_id, [Path(path) for path in paths], step=step, priority=priority, on_progress=on_progress
    )
    result = {"imported": len(report.imported), "images": len(report.imported), "objects": 0}
    result["numbered_frames"] = frames.by_name(ws, found, report.imported)
    skipped = report.skipped
    if read is not None:
        objects = exchange.import_coco(ws, project_id, read, on_progress=on_progress)
        result |= {
            "objects": objects.objects,
            "objects_present": objects.present,
            "images_approved": objects.approved,
        }
        result["imported"] = len(report.imported) if paths else objects.objects
        skipped = skipped + objects.skipped
    return {**result, "skipped": [_skipped(item) for item in skipped]}


def export(
    ws: Workspace,
    on_progress: Progress,
    *,
    project: str,
    format: str,
    out: str,
    status: exports.Status,
    images: str | None = None,
) -> Json:
    exported = exports.export_project(
        ws,
        projects.find_project(ws, project).id,
        format,
        out=Path(out),
        status=status,
        images=None if images is None else Path(images),
        on_progress=on_progress,
    )
    return {
        "file": out,
        "status": status,
        "images": exported.images,
        "objects": exported.objects,
        "left_out": exported.left_out,
        "skipped": [_skipped(item) for item in exported.skipped],
    }


def backup(ws: Workspace, on_progress: Progress, *, project: str, out: str) -> Json:
    found = projects.find_project(ws, project)
    backups.backup(ws, found.id, Path(out), on_progress=on_progress)
    return {"file": out, "project": found.name, "bytes": Path(out).stat().st_size}


def restore(ws: Workspace, on_progress: Progress, *, file: str, name: str | None) -> Json:
    restored = backups.restore(ws, Path(file), name=name, on_progress=on_progress)
    return {**_project(ws, restored), "lacks_models": backups.lacking_models(ws, restored.id)}


def status(ws: Workspace, _: Progress) -> Json:
    return {
        "data_dir": str(ws.data_dir),
        "people": len(people.list_people(ws)),
        "projects": [
            {**_project(ws, project), "tasks": dict(projects.progress(ws, project.id).tasks)}
            for project in projects.list_projects(ws)
        ],
    }


def demo(ws: Workspace, _: Progress) -> Json:
    return _project(ws, demos.seed(ws))


COMMANDS: dict[str, Callable[..., Json]] = {
    "project create": project_create,
    "project list": project_list,
    "project set": project_set,
    "import": import_files,
    "export": export,
    "backup": backup,
    "restore": restore,
    "status": status,
    "demo": demo,
    **user_commands.COMMANDS,
}

ALL_OR_NOTHING = frozenset({"backup", "restore", "models finetune", "models detector", "models compare"})
"""Commands of which nothing is kept when they are stopped in the middle."""


def _of_models(name: str) -> Callable[..., Json] | None:
    from maa.api import (  # with torch, which no other command has to wait for
        model_commands,
        prelabel_commands,
    )

    return {**model_commands.COMMANDS, **prelabel_commands.COMMANDS}.get(name)


def _project(ws: Workspace, project: Project) -> dict[str, Json]:
    progress = projects.progress(ws, project.id)
    return {
        "id": project.id,
        "name": project.name,
        "archived": project.archived_at is not None,
        "classes": [label.name for label in projects.list_classes(ws, project.id)],
        "images": progress.images,
        "objects": progress.objects,
        "approved_share": progress.approved_share,
    }


def _skipped(item: Skipped) -> dict[str, str]:
    return {"file": item.file, "reason": item.reason}
