"""What a project decides about its work (`maa.domain.Settings`): changing it, and which values make sense."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maa.domain import Feedback, InvalidInput, PrelabelOrder, Project, Settings, SplitBy
from maa.store import events, projects, training_jobs
from maa.workflow import access, prelabel_order
from maa.workflow.names import name_key, tidy_name
from maa.workflow.workspace import Workspace


def update_settings(ws: Workspace, project_id: int, *, by: int | None = None, **changes: Any) -> Project:
    """Change what is given, by the names of `Settings`; the history keeps what each was before. Another order
    of pre-labeled images holds for those that have pre-labels already, too.

    Raises:
        InvalidInput: a setting that does not exist, or a value that makes no sense.
    """
    unknown = changes.keys() - asdict(Settings()).keys()
    if unknown:
        there = ", ".join(sorted(asdict(Settings()).keys() - {"salt"}))
        raise InvalidInput(f"There is no setting {sorted(unknown)[0]!r}. There are: {there}.")
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        project = access.open_project(tx, project_id)
        settings = replace(project.settings, **changes)
        check(settings)
        before = asdict(project.settings)
        changed = {name: [before[name], now] for name, now in asdict(settings).items() if now != before[name]}
        if not changed:
            return project
        if "held_back_by" in changed and training_jobs.listed(tx, project_id=project.id):
            raise InvalidInput(
                "What is held back cannot change once a model has been trained: otherwise it would be "
                "compared on images that it has seen."
            )
        earlier, project = project, replace(project, settings=settings)
        projects.save(tx, project, name_key(project.name))
        if "prelabel_order" in changed:
            prelabel_order.reorder(tx, earlier, project)
        events.add(tx, "settings_changed", project_id=project.id, person_id=by, data=changed)
        return project


def check(settings: Settings) -> None:
    """`InvalidInput` unless every value is of its kind and inside its range."""
    for name, words in _FLAGS.items():
        if not isinstance(getattr(settings, name), bool):
            raise InvalidInput(f"{words} must be true or false.")
    for name, words in _SHARES.items():
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise InvalidInput(f"{words} must be a number from 0 to 1.")
    for name, (words, least, most) in _COUNTS.items():
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidInput(f"{words} must be a whole number from {least} to {most}.")
    if not isinstance(settings.salt, str) or len(settings.salt) > 100:
        raise InvalidInput("The salt must be a short text.")
    if settings.gold_rate > 0.5:
        raise InvalidInput("At most half of what is handed out can be gold.")
    if settings.gold_feedback not in list(Feedback):
        raise InvalidInput(
            f"Feedback must come {', '.join(Feedback)}; not {str(settings.gold_feedback)[:30]!r}."
        )
    if settings.held_back_by not in list(SplitBy):
        raise InvalidInput(f"Images must be held back by {' or '.join(SplitBy)}.")
    if settings.prelabel_order not in list(PrelabelOrder):
        raise InvalidInput(
            f"Images with pre-labels must come in one of these orders: {', '.join(PrelabelOrder)}."
        )
    if settings.time_zone != "":
        zone_of(settings.time_zone)
    _check_reasons(settings.reasons)


def zone_of(name: object) -> ZoneInfo:
    """The time zone of this name; `InvalidInput` if there is none."""
    try:
        return ZoneInfo(name)  # type: ignore[arg-type]
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError) as error:
        raise InvalidInput(f"{str(name)[:50]!r} is not a time zone. Write it like Europe/Berlin.") from error


def _check_reasons(reasons: object) -> None:
    if not isinstance(reasons, tuple) or not all(isinstance(reason, str) for reason in reasons):
        raise InvalidInput("The reasons must be a list of texts.")
    if not 1 <= len(reasons) <= 30:
        raise InvalidInput("A project must have 1 to 30 reasons for sending work back.")
    if any(tidy_name(reason, "reason") != reason for reason in reasons):
        raise InvalidInput("A reason must be one line without spaces around it.")
    if len({name_key(reason) for reason in reasons}) != len(reasons):
        raise InvalidInput("A reason appears twice.")


_FLAGS = {
    "paused": "Whether the project is paused",
    "pick_any": "Whether annotators may choose their images",
    "numbered_are_frames": "Whether numbered images are frames",
    "pseudonyms": "Whether people appear under pseudonyms",
}
_SHARES = {
    "review_share": "The share of images that are reviewed",
    "review_below_confidence": "The confidence below which images are reviewed",
    "gold_rate": "The share of gold images",
    "qualification_score": "The score that passes a gold image",
    "manual_share": "The share of images that are labeled by hand",
    "duplicate_rate": "The share of images that two people label",
    "duplicate_agreement": "The minimum score that counts as agreement",
}
_COUNTS = {
    "review_newcomers": ("The number of images until which everything is reviewed", 0, 100_000),
    "qualification_images": ("The number of gold images to pass first", 0, 1000),
    "review_stages": ("The number of review stages", 1, 2),
}
