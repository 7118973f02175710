"""What a detector found, as prompts for pre-labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maa.dextr.architectures import box_prompt
from maa.dextr.shelves import LibraryModel
from maa.domain import Box, InvalidInput
from maa.domain.library import PrelabelRun
from maa.geometry import outermost_vertices
from maa.interchange import coco, coco_results
from maa.interchange.coco_results import Detected, Detection
from maa.store import images, projects
from maa.store.connection import Transaction
from maa.workflow import access, exchange, prelabeling
from maa.workflow.image_finder import ImageFinder
from maa.workflow.intake import Skipped, clean_file_name
from maa.workflow.names import name_key
from maa.workflow.prelabeling import MIN_CONFIDENCE, PromptRow
from maa.workflow.promotion import present_model
from maa.workflow.snapshots import snapshot
from maa.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that was begun, and what of its file cannot be used."""

    run: PrelabelRun
    skipped: tuple[Skipped, ...]


def begin(
    ws: Workspace,
    project_id: int,
    file: Path,
    *,
    name: str | None = None,
    meaning: Path | None = None,
    least_score: float = 0.0,
    least_confidence: float = MIN_CONFIDENCE,
    by: int | None = None,
) -> Begun:
    """Take what a detector found as prompts for pre-labels; `prelabeling.go_on` makes them.

    Args:
        file: COCO results (see `maa.interchange.coco_results`).
        name: what people know it by; else the file's name.
        meaning: a COCO file that says what the file's numbers mean; without one they are those of the
            project's own export of all images.
        least_score: weaker detections are left out.
        least_confidence: so are answers that the model is less sure of.

    Raises:
        InvalidInput: the file cannot be used, or nothing in it is of this project.
        ModelError: there is no usable model.
    """
    if not 0 <= least_score <= 1:
        raise InvalidInput("The minimum score must be a number from 0 to 1.")
    model = present_model(ws, project_id)
    document = exchange.load_json(file)
    numbers = exchange.load_json(meaning) if meaning else _own_numbers(ws, project_id)
    if not isinstance(numbers, dict):
        raise InvalidInput(f"{meaning} is not a COCO file: its outermost value is not an object.")
    found, problems = coco_results.from_results(document, numbers, least_score)
    skipped = [Skipped(problem.place, problem.reason) for problem in problems]
    with ws.store.read() as tx:
        access.project(tx, project_id)
        rows = _prompts(tx, project_id, found, model, skipped)
    if not rows:
        raise InvalidInput(
            f"Nothing in the file can be used. {_why(document, numbers, least_score, skipped)}"
        )
    title = clean_file_name(name or file.name)[:100]
    run = prelabeling.begin(
        ws, project_id, "detections", title, model.id, rows, least_confidence=least_confidence, by=by
    )
    return Begun(run, tuple(skipped))


def _why(document: object, numbers: dict[str, Any], least_score: float, skipped: list[Skipped]) -> str:
    """Why nothing can be used."""
    if skipped:
        return f"{skipped[0].file}: {skipped[0].reason}."
    weak = sum(len(one.detections) for one in coco_results.from_results(document, numbers)[0])
    if not weak:
        return "It lists no detections."
    return f"The scores of all its detections ({weak}) are below {least_score:.0%}: lower the minimum score."


def _own_numbers(ws: Workspace, project_id: int) -> dict[str, Any]:
    """What the numbers of the project's own export of all images mean."""
    with ws.store.read() as tx:
        return coco.to_coco(snapshot(tx, project_id, approved_only=False))


def _prompts(
    tx: Transaction, project_id: int, found: Sequence[Detected], model: LibraryModel, skipped: list[Skipped]
) -> dict[int, list[PromptRow]]:
    """What the run reads: image id -> prompts, the surest first."""
    find = ImageFinder(images.of_project(tx, project_id), [entry.image for entry in found])
    classes = {
        name_key(label.name): label.id for label in projects.classes(tx, project_id, include_retired=False)
    }
    listed: dict[int, list[PromptRow]] = {}
    unknown: set[str] = set()
    for entry in found:
        try:
            image = find(entry.image)
        except InvalidInput as error:
            skipped.append(Skipped(clean_file_name(entry.image.file_name), str(error)))
            continue
        for detection in entry.detections:
            class_id = classes.get(name_key(" ".join(detection.class_name.split())))
            if class_id is None:
                unknown.add(detection.class_name)
                continue
            points = _points(detection, model)
            listed.setdefault(image.id, []).append(
                {"class_id": class_id, "points": points, "box": _corners(detection.box)}
            )
    for class_name in sorted(unknown):
        reason = "the project has no class of this name; add it first"
        skipped.append(Skipped(f"class {clean_file_name(class_name)[:100]}", reason))
    return listed


def _corners(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]


def _points(detection: Detection, model: LibraryModel) -> list[list[float]]:
    """Where somebody would have clicked; none of a box, where the model understands boxes."""
    if detection.outline is not None:
        return outermost_vertices(detection.outline)
    return [[point.x, point.y] for point in box_prompt(model, detection.box).points]
