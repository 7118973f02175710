"""Much work at once, made up: a workspace of the size that the benchmarks measure at."""

from __future__ import annotations

from maa.domain import Project, Role
from maa.store.connection import Transaction
from maa.workflow import people, projects
from maa.workflow.workspace import Workspace

OBJECTS = 3
"""An image."""


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


def crowd(ws: Workspace, project: Project, size: int) -> list[int]:
    """The ids of so many annotators of the project."""
    return [people.add_person(ws, f"Annotator {n}", {project.id: Role.ANNOTATOR}).id for n in range(size)]


def worked(ws: Workspace, tasks: int, events: int) -> Project:
    """A project in the middle of its life: 50 people and 3 reviewers over 120 days up to now, four fifths of
    the images approved, a twentieth of them gold trials or duplicates too, and so many events in all.
    """
    project = project_of(ws, tasks)
    crowd(ws, project, 50)
    for n in range(3):
        people.add_person(ws, f"Reviewer {n}", {project.id: Role.REVIEWER})
    people.add_person(ws, "Manager", {project.id: Role.MANAGER})
    with ws.store.write() as tx:
        _label(tx, project.id, tasks)
        _review(tx, tasks)
        _compare(tx, project.id, tasks)
        there = tx.value("SELECT count(*) FROM event")
        tx.run(
            # what people do between saves: the bulk of a real history
            "INSERT INTO event (kind, created_at, project_id, task_id, person_id, data)"
            " SELECT 'predicted', moment, $1, task_id, person_id, '{\"milliseconds\": 61.0}'"
            " FROM range($2) r(n) JOIN made ON made.n = r.n % $3",
            project.id,
            max(0, events - there),
            tasks,
        )
    return project


def _label(tx: Transaction, project_id: int, tasks: int) -> None:
    # One table decides what becomes of each task; all rows are made from it.
    tx.run(
        """
        CREATE TEMP TABLE made AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS n, id AS task_id,
            1 + hash(id) % 50 AS person_id, 51 + hash(id, 1) % 3 AS reviewer_id,
            $2 - to_seconds(CAST(10368000 * (1 - row_number() OVER (ORDER BY id) / $3) AS BIGINT)) AS moment,
            CASE WHEN hash(id, 2) % 10 < 8 THEN 'approved' WHEN hash(id, 2) % 10 = 8 THEN 'submitted'
                ELSE 'ready' END AS state,
            hash(id, 3) % 10 = 0 AS sent_back,
            CASE WHEN hash(id, 4) % 2 = 0 THEN 'assisted' ELSE 'manual' END AS arm
        FROM task WHERE project_id = $1
        """,
        project_id,
        tx.now,
        tasks,
    )
    tx.run(
        "UPDATE task SET state = made.state, author_id = made.person_id, submitted_at = made.moment,"
        " arm = made.arm FROM made WHERE task.id = made.task_id AND made.state <> 'ready'"
    )
    tx.run(
        "INSERT INTO annotation (task_id, created_at)"
        f" SELECT task_id, moment FROM made, range({OBJECTS}) WHERE state <> 'ready' ORDER BY n"
    )
    tx.run(
        """
        INSERT INTO revision (annotation_id, number, class_id, outline, origin, author_id, created_at,
            deleted, model_id, model_outline, model_iou, confidence, active_seconds, clicks, extra_points,
            vertices_moved)
        SELECT annotation.id, turn, 1 + hash(annotation.id) % 3, '[[[[0,0],[9,0],[9,9],[0,9]]]]', made.arm,
            made.person_id, made.moment + to_minutes(turn), FALSE,
            CASE WHEN made.arm = 'assisted' THEN 'model@0123456789a' || hash(annotation.id, 3) % 3 END,
            CASE WHEN made.arm = 'assisted' THEN '[[[[0,0],[9,0],[9,9],[0,8]]]]' END,
            CASE WHEN made.arm = 'assisted' THEN
                CASE WHEN hash(annotation.id, 4) % 2 = 0 THEN 1 ELSE 0.8 + hash(annotation.id, 5) % 200 / 1000
                END END,
            CASE WHEN made.arm = 'assisted' THEN 0.9 END,
            (CASE WHEN made.arm = 'assisted' THEN 8 ELSE 15 END) + hash(annotation.id, 6) % 10,
            4, hash(annotation.id, 7) % 2, hash(annotation.id, 8) % 3
        FROM annotation JOIN made ON made.task_id = annotation.task_id, range(1, 3) r(turn)
        WHERE turn = 1 OR hash(annotation.id, 9) % 4 = 0
        ORDER BY annotation.id, turn
        """
    )
    tx.run(
        "INSERT INTO event (kind, created_at, project_id, task_id, annotation_id, person_id, data)"
        " SELECT 'saved', revision.created_at, $1, annotation.task_id, annotation.id, revision.author_id,"
        "  '{\"revision\": ' || revision.number || '}'"
        " FROM revision JOIN annotation ON annotation.id = revision.annotation_id"
        " ORDER BY revision.created_at",
        project_id,
    )
    for kind, minutes in (("claimed", 0), ("submitted", 5)):
        tx.run(
            "INSERT INTO event (kind, created_at, project_id, task_id, person_id, data)"
            f" SELECT '{kind}', moment + to_minutes({minutes}), $1, task_id, person_id, '{{}}' FROM made"
            " WHERE state <> 'ready' ORDER BY n",
            project_id,
        )


def _review(tx: Transaction, tasks: int) -> None:
    for verdict, reason, hours, only in (
        ("send_back", "'loose outline'", 1, "sent_back"),
        ("approve", "''", 2, "state = 'approved'"),
    ):
        tx.run(
            "INSERT INTO review (task_id, reviewer_id, author_id, verdict, reason, comment, created_at)"
            f" SELECT task_id, reviewer_id, person_id, '{verdict}', {reason}, '', moment + to_hours({hours})"
            f" FROM made WHERE state = 'approved' AND {only} ORDER BY n"
        )
    tx.run(
        "INSERT INTO approval (task_id, author_id, reviewer_id, created_at)"
        " SELECT task_id, person_id, reviewer_id, moment + to_hours(2) FROM made WHERE state = 'approved'"
        " ORDER BY n"
    )
    tx.run(
        """
        INSERT INTO approved_object (approval_id, annotation_id, revision_number, kept_iou)
        SELECT approval.id, annotation.id, max(revision.number), 0.95 + hash(annotation.id, 10) % 50 / 1000
        FROM approval
        JOIN annotation ON annotation.task_id = approval.task_id
        JOIN revision ON revision.annotation_id = annotation.id
        GROUP BY approval.id, annotation.id
        """
    )


def _compare(tx: Transaction, project_id: int, tasks: int) -> None:
    for purpose, share in (("gold", 0), ("duplicate", 1)):
        tx.run(
            "INSERT INTO task (project_id, image_id, purpose, state, accepted, updated_at, author_id,"
            " reference_task_id, reference_at)"
            f" SELECT $1, task.image_id, '{purpose}', 'approved', FALSE, made.moment,"
            "  1 + hash(task.id, 11) % 50, task.id, made.moment FROM made JOIN task ON task.id = made.task_id"
            f" WHERE made.state = 'approved' AND hash(task.id, 12) % 40 = {share}",
            project_id,
        )
    tx.run(
        "INSERT INTO comparison (task_id, reference_task_id, purpose, person_id, reference_person_id, score,"
        " created_at)"
        " SELECT task.id, task.reference_task_id, task.purpose, task.author_id, made.person_id,"
        "  0.7 + hash(task.id) % 30 / 100, made.moment + to_hours(3)"
        " FROM task JOIN made ON made.task_id = task.reference_task_id WHERE task.project_id = $1",
        project_id,
    )
    tx.run(
        """
        INSERT INTO compared_object (comparison_id, number, outcome, reference_annotation_id,
            reference_class_id, class_id, iou, boundary_f)
        SELECT comparison.id, row_number() OVER (PARTITION BY comparison.id), outcome, annotation_id,
            class_id,
            CASE outcome WHEN 'matched' THEN class_id WHEN 'wrong_class' THEN 1 + class_id % 3 END,
            CASE WHEN outcome <> 'missed' THEN 0.8 + hash(annotation_id) % 200 / 1000 END,
            CASE WHEN outcome <> 'missed' THEN 0.9 END
        FROM (
            SELECT annotation.id AS annotation_id, annotation.task_id, revision.class_id,
                CASE hash(annotation.id, 13) % 10 WHEN 0 THEN 'missed' WHEN 1 THEN 'wrong_class'
                    ELSE 'matched' END AS outcome
            FROM annotation JOIN revision ON revision.annotation_id = annotation.id AND revision.number = 1
        ) object JOIN comparison ON comparison.reference_task_id = object.task_id
        """
    )
