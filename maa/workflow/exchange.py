"""Objects out of files of other tools."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from shapely import MultiPolygon

from maa.domain import (
    Image,
    InvalidInput,
    LabelClass,
    Origin,
    Revision,
    Task,
    TaskState,
    Unusable,
)
from maa.domain.wording import count
from maa.geometry import to_rings
from maa.interchange import coco
from maa.store import annotations as annotation_rows
from maa.store import events, images, projects, tasks
from maa.store.connection import Transaction
from maa.workflow import access, class_rules, states
from maa.workflow.image_finder import ImageFinder
from maa.workflow.images import Progress
from maa.workflow.intake import Skipped, clean_file_name
from maa.workflow.names import clean_name, name_key
from maa.workflow.workspace import Workspace

_TAKES_OBJECTS = (TaskState.READY, TaskState.RETURNED)


@dataclass(slots=True)
class CocoReport:
    """What became of a COCO file."""

    objects: int = 0
    """Objects that were added."""
    present: int = 0
    """Objects that were there already: same image, class and outline."""
    approved: int = 0
    """Images that became approved because the file says that they were."""
    skipped: list[Skipped] = field(default_factory=list)


def read_coco(file: Path) -> coco.ReadFile:
    """What a COCO file says, for `import_coco`; `InvalidInput` when it cannot be read as one."""
    return coco.from_coco(load_json(file))


def import_coco(
    ws: Workspace,
    project_id: int,
    read: coco.ReadFile,
    *,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> CocoReport:
    """Add a COCO file's objects to the project's images.

    Images are found by their pixels (MAA's own files), else by name and size. Classes that the project
    lacks are added. An object that an image has already is left as it is, so importing twice changes
    nothing. Images nobody has worked on stay in the queue with the objects on them, as pre-labels to be
    checked; those that MAA exported as approved become approved. Images that are being worked on or were
    submitted are left alone.

    Each image is brought in wholly or not at all; what cannot be used is skipped with a reason.
    """
    report = CocoReport(skipped=[Skipped(problem.place, problem.reason) for problem in read.problems])
    classes = _prepare_classes(ws, project_id, read.classes, by, report)
    with ws.store.read() as tx:
        find = ImageFinder(images.of_project(tx, project_id), read.images)
    for done, entry in enumerate(read.images):
        if on_progress:
            on_progress(done, len(read.images), entry.file_name)
        try:
            image = find(entry)
        except InvalidInput as error:
            report.skipped.append(Skipped(clean_file_name(entry.file_name), str(error)))
        else:
            _import_image(ws, entry, image, classes, by, report)
    if on_progress:
        on_progress(len(read.images), len(read.images), "")
    return report


def load_json(file: Path) -> object:
    """What a JSON file holds; `InvalidInput` when it cannot be read."""
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{file} is not a COCO file: it is not JSON ({str(error)[:200]}).") from error


def _prepare_classes(
    ws: Workspace, project_id: int, wanted: dict[str, str | None], by: int | None, report: CocoReport
) -> dict[str, LabelClass]:
    """The project's class for each name of the file; those that cannot be had are reported."""
    found: dict[str, LabelClass] = {}
    with ws.store.write() as tx:
        access.require_manager(tx, by, project_id)
        access.open_project(tx, project_id)
        for name, color in wanted.items():
            try:
                found[name] = _class_for(tx, project_id, name, color, by)
            except InvalidInput as error:
                report.skipped.append(Skipped(f"class {clean_file_name(name)[:100]}", str(error)))
    return found


def _class_for(tx: Transaction, project_id: int, name: str, color: str | None, by: int | None) -> LabelClass:
    known = projects.class_by_key(tx, project_id, name_key(clean_name(name, "class name")))
    if known is None:
        label = class_rules.append(tx, project_id, name, color)
        class_rules.note(tx, "class_added", label, by)
        return label
    present = projects.get_class(tx, projects.present_class_id(tx, known.id))
    assert present is not None
    return present


def _import_image(
    ws: Workspace,
    entry: coco.ReadImage,
    image: Image,
    classes: dict[str, LabelClass],
    by: int | None,
    report: CocoReport,
) -> None:
    objects: list[tuple[LabelClass, MultiPolygon]] = []
    for item in entry.objects:
        try:
            if item.class_name not in classes:
                raise Unusable("its class cannot be used")
            objects.append((classes[item.class_name], entry.outline(item)))
        except InvalidInput as error:
            report.skipped.append(Skipped(item.place, str(error)))
    complete = len(objects) == len(entry.objects)
    with ws.store.write() as tx:
        task = tasks.accepted(tx, image.id)
        assert task is not None, "every image has its accepted task"
        present = [
            _identity(a.revision.class_id, a.revision.outline) for a in annotation_rows.of_task(tx, task.id)
        ]
        new = [(label, outline) for label, outline in objects if _identity(label.id, outline) not in present]
        report.present += len(objects) - len(new)
        if new and task.state not in _TAKES_OBJECTS:
            reason = f"it is {states.WORDS[task.state]}; {count(len(new), 'object')} left out"
            report.skipped.append(Skipped(image.file_name, reason))
            return
        added = _add_objects(tx, task, new, image, report)
        if added:
            data = {"objects": added}
            events.add(
                tx, "objects_imported", project_id=task.project_id, task_id=task.id, person_id=by, data=data
            )
        report.objects += added
        as_in_file = complete and added == len(new) and len(present) + added == len(objects)
        if entry.approved and as_in_file and task.state is TaskState.READY:
            task = states.move(tx, task, TaskState.APPROVED)
            events.add(tx, "approved_by_import", project_id=task.project_id, task_id=task.id, person_id=by)
            report.approved += 1


def _add_objects(
    tx: Transaction,
    task: Task,
    objects: list[tuple[LabelClass, MultiPolygon]],
    image: Image,
    report: CocoReport,
) -> int:
    added = 0
    for label, outline in objects:
        if label.retired:
            reason = f"the class {label.name!r} is not in use in this project; put it back in use first"
            report.skipped.append(Skipped(image.file_name, reason))
            continue
        added += 1
        annotation_rows.add_revision(
            tx,
            Revision(
                annotation_id=annotation_rows.add(tx, task.id),
                number=1,
                class_id=label.id,
                outline=outline,
                origin=Origin.IMPORTED,
                author_id=None,
                created_at=tx.now,
            ),
        )
    return added


def _identity(class_id: int, outline: MultiPolygon | None) -> tuple[int, str]:
    assert outline is not None, "a present annotation has an outline"
    return class_id, json.dumps(to_rings(outline))
