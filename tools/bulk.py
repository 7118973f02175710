"""Much work at once, made up: a workspace of the size that the benchmarks measure at."""

from __future__ import annotations

from maa.domain import Project, Role
from maa.workflow import people, projects
from maa.workflow.workspace import Workspace


def project_of(ws: Workspace, tasks: int) -> Project:
    """A project with so many images, each with its ready task."""
    project = projects.create_project(ws, "bulk", ["car", "person", "sign"])
    with ws.store.write() as tx:
        tx.run(
            "INSERT INTO image (project_id, file_name, width, height, file_hash, pixel_hash, created_at)"
            " SELECT $1, i || '.png', 640, 480, 'file ' || i, 'pixels ' || i, $2 FROM range($3) r(i)",
            project.id,
            tx.now,
            tasks,
        )
        tx.run(
            "INSERT INTO task (project_id, image_id, purpose, state, accepted, updated_at)"
            " SELECT project_id, id, 'work', 'ready', TRUE, $2 FROM image WHERE project_id = $1 ORDER BY id",
            project.id,
            tx.now,
        )
    return project


def crowd(ws: Workspace, size: int) -> list[int]:
    """The ids of so many annotators."""
    return [people.add_person(ws, f"Annotator {n}", Role.ANNOTATOR).id for n in range(size)]
