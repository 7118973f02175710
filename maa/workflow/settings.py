"""What a project decides about its work (`maa.domain.Settings`): changing it, and which values make sense."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from maa.domain import InvalidInput, Project, Settings
from maa.store import events, projects
from maa.workflow import access
from maa.workflow.names import name_key
from maa.workflow.workspace import Workspace


def update_settings(ws: Workspace, project_id: int, *, by: int | None = None, **changes: Any) -> Project:
    """Change what is given, by the names of `Settings`; the history keeps what each was before.

    Raises:
        InvalidInput: a setting that does not exist, or a value that makes no sense.
    """
    unknown = changes.keys() - asdict(Settings()).keys()
    if unknown:
        raise InvalidInput(f"There is no setting {sorted(unknown)[0]!r}.")
    with ws.store.write() as tx:
        access.require_manager(tx, by)
        project = access.open_project(tx, project_id)
        settings = replace(project.settings, **changes)
        check(settings)
        before = asdict(project.settings)
        changed = {name: [before[name], now] for name, now in asdict(settings).items() if now != before[name]}
        if not changed:
            return project
        project = replace(project, settings=settings)
        projects.save(tx, project, name_key(project.name))
        events.add(tx, "settings_changed", project_id=project.id, person_id=by, data=changed)
        return project


def check(settings: Settings) -> None:
    """`InvalidInput` unless every value is of its kind and inside its range."""
    for name, words in _FLAGS.items():
        if not isinstance(getattr(settings, name), bool):
            raise InvalidInput(f"{words} is yes or no.")


_FLAGS = {"paused": "Whether the project is paused", "pick_any": "Whether annotators may choose their images"}
