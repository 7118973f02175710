"""A whole project to one file, and back as a new project."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from maa.dextr.shelves import ModelError, find_model
from maa.domain import Conflict, Image, InvalidInput, Project, Role, TaskPurpose, Unusable
from maa.domain.library import ChoiceHow, ModelPurpose
from maa.store import annotations as annotation_rows
from maa.store import comparisons, events, images, micromodels, people, projects, reviews, tasks, transfer
from maa.store.connection import Transaction
from maa.workflow import access, comments, labeling, queue, settings
from maa.workflow.arrivals import store_files
from maa.workflow.atomic import replacing
from maa.workflow.backup_file import FORMAT, FORMAT_VERSION, MANIFEST, BackupFile, Refused, Sizes
from maa.workflow.decoding import decode
from maa.workflow.image_files import ImageFiles
from maa.workflow.images import Progress
from maa.workflow.intake import clean_file_name
from maa.workflow.names import NAME_LENGTH, clean_color, clean_name, clean_text, name_key, tidy_name
from maa.workflow.workspace import Workspace


def backup(
    ws: Workspace, project_id: int, out: Path, *, by: int | None = None, on_progress: Progress | None = None
) -> Path:
    """Write the project to one file, which is there wholly or not at all; returns `out`.

    Everything is checked while it is written, so that the file can be restored: a picture that is missing
    or damaged stops it, named.
    """
    files = ImageFiles(ws.images_dir)
    members: dict[str, dict[str, Any]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="maa-backup-") as scratch,
        replacing(out) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive,
    ):
        with ws.store.read() as tx:
            access.require_manager(tx, by, project_id)
            project = access.project(tx, project_id)
            pictures = images.of_project(tx, project_id)
            version = transfer.schema_version(tx)
            rows = transfer.dump(tx, project_id, Path(scratch))
        for table in transfer.TABLES:
            _add(
                archive, members, f"tables/{table}.parquet", (Path(scratch) / f"{table}.parquet").read_bytes()
            )
        for done, image in enumerate(pictures):
            if on_progress:
                on_progress(done, len(pictures), image.file_name)
            _add(archive, members, f"images/{image.pixel_hash}", _checked_bytes(files, image))
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "schema_version": version,
            "project": project.name,
            "made_at": ws.clock().isoformat(),
            "rows": rows,
            "members": members,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
    if on_progress:
        on_progress(len(pictures), len(pictures), "")
    with ws.store.write() as tx:
        events.add(tx, "backed_up", project_id=project_id, person_id=by, data={"images": len(pictures)})
    return out


def restore(
    ws: Workspace,
    file: Path,
    *,
    name: str | None = None,
    by: int | None = None,
    on_progress: Progress | None = None,
) -> Project:
    """Make a new project of a backup, beside whatever is there; returns it.

    The whole file is checked first (hashes, tables, every picture against its name); then the pictures are
    put in place and the rows are added under new ids in one transaction. People are found by name and have
    the roles in it that they had; missing ones are added, without an account. `by` becomes its manager. Where
    the library lacks its model it has the default (`lacking_models`).
    Without `name` it is called as it was, or "NAME (restored)" when that is taken.

    Raises:
        InvalidInput: it is no backup, was cut or altered, comes from a newer MAA, or `name` is taken;
            nothing has changed then.
    """
    with ws.store.read() as tx:
        access.require_creator(tx, by)
    try:
        with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory(prefix="maa-restore-") as scratch:
            content = BackupFile(archive)
            content.extract_tables(Path(scratch))
            title = _title(ws, Path(scratch), name)
            restored: list[Project] = []

            def record() -> None:
                with ws.store.write() as tx:
                    restored.append(_load(tx, Path(scratch), title, content.sizes, by))

            store_files(ws, content.read_pictures(on_progress), record)
            return restored[0]
    except OSError as error:
        raise InvalidInput(f"{file} could not be restored ({error.strerror or error}).") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise InvalidInput(
            f"{file} is not a backup, or it was cut short ({' '.join(str(error).split())[:200]})."
        ) from error
    except Refused as error:
        raise InvalidInput(f"{file} cannot be restored: {error}. Nothing was changed.") from error


def _add(archive: zipfile.ZipFile, members: dict[str, dict[str, Any]], name: str, content: bytes) -> None:
    archive.writestr(name, content)
    members[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _checked_bytes(files: ImageFiles, image: Image) -> bytes:
    path = files.path(image.pixel_hash)
    try:
        content = path.read_bytes()
        sound = decode(content).pixel_hash == image.pixel_hash
    except (OSError, InvalidInput):
        sound = False
    if not sound:
        raise Conflict(
            f"The picture of {image.file_name!r} ({path}) is missing or damaged, so the backup could not be "
            "restored. Put the file back from an earlier backup, then back up again."
        )
    return content


def _title(ws: Workspace, folder: Path, wanted: str | None) -> str:
    """What the restored project is called."""
    with ws.store.read() as tx:
        if wanted is not None:
            title = clean_name(wanted, "project's name")
            if projects.by_key(tx, name_key(title)):
                raise InvalidInput(f"There is a project {title!r} already. Choose another name.")
            return title
        try:
            dumped = clean_name(transfer.project_name(tx, folder), "project's name")
        except InvalidInput as error:
            raise Refused(str(error)) from error
        title, number = dumped, 1
        while projects.by_key(tx, name_key(title)):
            mark = " (restored)" if number == 1 else f" (restored {number})"
            title = dumped[: NAME_LENGTH - len(mark)] + mark
            number += 1
        return title


def _load(tx: Transaction, folder: Path, title: str, sizes: Sizes, by: int | None) -> Project:
    """Add the rows and read them all back once, so that nothing is committed that could not be used."""
    try:
        if projects.by_key(tx, name_key(title)):
            raise Conflict(f"A project {title!r} was made at the same moment. Restore again.")
        project_id = transfer.load(tx, folder, title, name_key(title))
        _check(tx, project_id, sizes)
    except Conflict:
        raise
    except (InvalidInput, ValueError, KeyError, TypeError, AssertionError) as error:
        raise Refused(str(error) or "its rows cannot be read") from error
    events.add(tx, "project_restored", project_id=project_id, person_id=by)
    _replace_missing_models(tx, project_id, by)
    if by is not None:
        people.set_role(tx, project_id, by, Role.MANAGER)
    project = projects.get(tx, project_id)
    assert project is not None
    return project


def _replace_missing_models(tx: Transaction, project_id: int, by: int | None) -> None:
    """The default, or no detector, in place of a model that the library here lacks."""
    for purpose in ModelPurpose:
        chosen = micromodels.chosen(tx, project_id, purpose)
        if chosen is None or _in_library(chosen):
            continue
        how, reason = ChoiceHow.RESTORED, f"The library here has no {chosen}."
        micromodels.add_choice(
            tx, project_id, None, purpose, replaced=chosen, how=how, reason=reason, person_id=by
        )
        data = {"model": None, "purpose": purpose.value, "replaced": chosen, "how": how.value}
        events.add(tx, "model_chosen", project_id=project_id, person_id=by, data={**data, "reason": reason})


def lacking_models(ws: Workspace, project_id: int) -> list[str]:
    """The ids of the models that a project had when it was backed up, and that the library lacked when it was
    restored and still does, if it has done without them since."""
    with ws.store.read() as tx:
        newest = {one.purpose: one for one in reversed(micromodels.choices(tx, project_id))}
    replaced = [one.replaced for one in newest.values() if one.how is ChoiceHow.RESTORED and one.replaced]
    return [model for model in replaced if not _in_library(model)]


def _in_library(model: str) -> bool:
    try:
        find_model(model)
    except ModelError:
        return False
    return True


def _check(tx: Transaction, project_id: int, sizes: Sizes) -> None:
    project = access.project(tx, project_id)
    labels = projects.classes(tx, project_id, include_retired=True)
    names = [("project's name", project.name), *(("class name", label.name) for label in labels)]
    names += [("name", person.name) for person in people.everybody(tx, include_inactive=True)]
    if any(tidy_name(name, what) != name for what, name in names):
        raise Unusable("one of its names is not as MAA writes them")
    people.members(tx, project_id, include_inactive=True)
    if clean_text(project.guidelines, "guidelines text") != project.guidelines:
        raise Unusable("its guidelines are not as MAA writes them")
    settings.check(project.settings)
    if any(clean_color(label.color) != label.color for label in labels):
        raise Unusable("one of its colours is not as MAA writes them")
    on_image = {image.id: image for image in images.of_project(tx, project_id)}
    if {image.pixel_hash: (image.width, image.height) for image in on_image.values()} != sizes:
        raise Unusable("its pictures are not the ones in its table of images")
    if any(clean_file_name(image.file_name) != image.file_name for image in on_image.values()):
        raise Unusable("one of its file names is not as MAA writes them")
    for task in tasks.of_project(tx, project_id):
        queue.check_priority(task.priority)
        if task.purpose is not TaskPurpose.WORK and (
            task.accepted or task.reference_task_id is None or task.reference_at is None
        ):
            raise Unusable("a task is compared with nothing")
        if task.stage not in (1, 2):
            raise Unusable("a task is at a stage of review that does not exist")
    image_of = {task.id: on_image[task.image_id] for task in tasks.of_project(tx, project_id)}
    accepted = [task.image_id for task in tasks.of_project(tx, project_id) if task.accepted]
    if sorted(accepted) != sorted(on_image):
        raise Unusable("an image does not have exactly one accepted task")
    for task_id, image in image_of.items():
        for said in reviews.ever_of_task(tx, task_id):
            x, y = said.place or (0, 0)
            if not (0 <= x <= image.width and 0 <= y <= image.height):
                raise Unusable("a remark lies outside its image")
        for thread in comments.of_task(tx, task_id):
            x, y = thread.place or (0, 0)
            if not (0 <= x <= image.width and 0 <= y <= image.height):
                raise Unusable("a comment lies outside its image")
        comparisons.with_reference(tx, task_id)
    for choice in micromodels.choices(tx, project_id):
        if any(tidy_name(name, "model") != name for name in (choice.model_id, choice.replaced) if name):
            raise Unusable("one of its models has a name that none can have")
    events.newest(tx, project_id=project_id, task_id=None, kinds=None, limit=2**31)
    for task_id, revision in annotation_rows.every_revision(tx, project_id):
        if revision.outline is not None:
            labeling.check_outline(revision.outline, image_of[task_id])
        elif not revision.deleted:
            raise Unusable("an object has no outline")
