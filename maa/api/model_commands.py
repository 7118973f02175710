"""The commands of the library of models; see `commands`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maa.domain_library import ModelChoice
from maa.workflow import library, projects, promotion
from maa.workflow.images import Progress
from maa.workflow.workspace import Workspace

Json = Any


def models_list(ws: Workspace, _: Progress) -> Json:
    return [library.described(entry) for entry in library.entries(ws)]


def models_show(ws: Workspace, _: Progress, *, name: str) -> Json:
    """Everything about one model, its card included."""
    entry = library.entry(ws, name)
    return {**library.described(entry), "path": str(entry.model.folder), "card": dict(entry.model.card)}


def models_import(ws: Workspace, _: Progress, *, file: str, name: str | None) -> Json:
    model = library.import_model(ws, Path(file), name)
    return {"name": model.name, "id": model.id, "path": str(model.folder)}


def models_export(ws: Workspace, _: Progress, *, name: str, out: str) -> Json:
    model = library.export_model(name, Path(out))
    return {"name": model.name, "id": model.id, "file": out, "bytes": Path(out).stat().st_size}


def models_promote(
    ws: Workspace, _: Progress, *, name: str, project: str, reason: str, override: bool
) -> Json:
    found = projects.find_project(ws, project)
    choice = promotion.promote(ws, found.id, name, reason=reason, override=override)
    return _choice(found.name, choice)


def models_rollback(ws: Workspace, _: Progress, *, project: str) -> Json:
    found = projects.find_project(ws, project)
    return _choice(found.name, promotion.roll_back(ws, found.id))


def models_retire(ws: Workspace, _: Progress, *, name: str) -> Json:
    model = library.retire(ws, name)
    return {"name": model.name, "id": model.id, "state": "retired"}


def models_offers(ws: Workspace, _: Progress, *, project: str) -> Json:
    found = projects.find_project(ws, project)
    return [
        {"name": offer.model.name, "id": offer.model.id, "covers": list(offer.covers)}
        for offer in library.offers(ws, found.id)
    ]


def _choice(project: str, choice: ModelChoice) -> Json:
    return {
        "project": project,
        "model": choice.model_id,
        "replaced": choice.replaced,
        "how": choice.how.value,
        "reason": choice.reason,
    }


COMMANDS: dict[str, Callable[..., Json]] = {
    "models list": models_list,
    "models show": models_show,
    "models import": models_import,
    "models export": models_export,
    "models promote": models_promote,
    "models rollback": models_rollback,
    "models retire": models_retire,
    "models offers": models_offers,
}
