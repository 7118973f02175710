"""Objects carried along a sequence: from a labeled frame to those after it that nobody has opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maa.domain import Image, InvalidInput, NotFound, Project
from maa.domain.library import PrelabelRun
from maa.store import events, images, tasks, trials
from maa.store.connection import Transaction
from maa.workflow import access, prelabeling, prelabels
from maa.workflow.lookups import remembered
from maa.workflow.prelabeling import MIN_CONFIDENCE
from maa.workflow.prelabels import LABELED
from maa.workflow.promotion import present_model
from maa.workflow.workspace import Workspace

FARTHEST = 30
"""Frames that an object is carried at the most; then somebody should look again."""


@dataclass(slots=True)
class Stretch:
    """A labeled frame and those after it, up to the next one whose objects can be carried on."""

    first: Image
    line: list[Image] = field(default_factory=list)
    """The frames in their order, `first` among them."""
    following: list[Image] = field(default_factory=list)
    """Those that nobody has opened."""


def stretches(ws: Workspace, project_id: int) -> list[Stretch]:
    """What there is to carry objects along, by sequence and frame."""
    return remembered(ws, ("stretches", project_id), lambda tx: list(_stretches(tx, project_id)))


def has_sequences(ws: Workspace, project: Project) -> bool:
    """Whether any image of a project is a frame, by its numbered name or of a video."""
    with ws.store.read() as tx:
        return images.has_sequences(tx, project.id, of_videos=not project.settings.numbered_are_frames)


def begin(
    ws: Workspace,
    project_id: int,
    *,
    sequence: str | None = None,
    start: int | None = None,
    least_confidence: float = MIN_CONFIDENCE,
    by: int | None = None,
) -> PrelabelRun:
    """Have the objects of labeled frames carried to the frames after them; `prelabeling.go_on` does it.

    In each frame the motion of what an object encloses gives the prompt, and the model the outline. An object
    is carried on until the model is unsure of it, motion and model disagree, or `FARTHEST` frames on. Nothing
    is carried from frames on which people are or may still be compared.

    Args:
        sequence: its name; None takes all of the project.
        start: the number of the labeled frame to begin with, and the only one; None takes all.
        least_confidence: an object is given up where the model is less sure of it.

    Raises:
        NotFound: there is no such sequence.
        InvalidInput: no labeled frame has a frame after it that nobody has opened.
        ModelError: there is no usable model.
    """
    model = present_model(ws, project_id)
    with ws.store.read() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        sequence = None if sequence is None else _sequence(tx, project_id, sequence)
        chosen = [
            stretch
            for stretch in _stretches(tx, project_id)
            if sequence in (None, stretch.first.sequence) and start in (None, stretch.first.frame)
        ]
    if not chosen:
        raise InvalidInput(
            "No labeled frame is followed by one that nobody has opened. Frames come from videos, and from "
            "images with numbered names if the project's rules say so; label the first frame of a "
            "sequence. Nothing is carried from gold images, nor from images that a second person has "
            "yet to label."
        )
    return prelabeling.begin(
        ws,
        project_id,
        "sequence",
        _name(chosen),
        model.id,
        {image.id: {"line": _line_to(stretch, image)} for stretch in chosen for image in stretch.following},
        least_confidence=least_confidence,
        by=by,
    )


def _sequence(tx: Transaction, project_id: int, wanted: str) -> str:
    """The name of a sequence, which of a video ends in "/" while people leave that out."""
    names = images.sequences(tx, project_id)
    for name in names:
        if wanted in (name, _said(name)):
            return name
    some = f"Some that it has: {', '.join(names[:5])}." if names else "It has none."
    raise NotFound(f"The project has no sequence {wanted!r}. {some}")


def _line_to(stretch: Stretch, image: Image) -> list[int]:
    """The ids of the frames from the labeled one to this one."""
    return [one.id for one in stretch.line[: stretch.line.index(image) + 1]]


def _name(chosen: list[Stretch]) -> str:
    first = chosen[0].first
    if len(chosen) == 1:
        return f"from {first.file_name[-60:]}"
    names = {stretch.first.sequence for stretch in chosen}
    among = _said(first.sequence) if len(names) == 1 else f"{len(names)} sequences"
    return f"{among} from {len(chosen)} labeled frames"


def _said(sequence: str | None) -> str:
    """A sequence's name as it is short enough for a run's."""
    return (sequence or "numbered images").rstrip("/")[-60:]


def _stretches(tx: Transaction, project_id: int) -> Iterator[Stretch]:
    """Those that have frames to carry objects to."""
    return (stretch for stretch in _every_stretch(tx, project_id) if stretch.following)


def _every_stretch(tx: Transaction, project_id: int) -> Iterator[Stretch]:
    project = access.project(tx, project_id)
    of_videos = not project.settings.numbered_are_frames
    frames = images.of_sequences_with(tx, project_id, LABELED, of_videos=of_videos)
    compared = trials.compared(tx, project_id) if frames else set()
    on_image = tasks.accepted_of(tx, [image.id for image in frames])
    opened = events.happened_on(tx, project_id, prelabels.OPENED) if frames else set()
    present: Stretch | None = None
    for image in frames:
        task = on_image[image.id]
        if present is not None and image.sequence != present.first.sequence:
            yield present
            present = None
        if task.state in LABELED and image.id not in compared:
            if present is not None:
                yield present
            present = Stretch(image, [image])
        elif present is not None:
            if len(present.line) > FARTHEST:
                yield present
                present = None
                continue
            present.line.append(image)
            if not prelabels.why_not_said(project, task, opened=task.id in opened):
                present.following.append(image)
    if present is not None:
        yield present
