"""Run as a process of its own by `test_kill`: saves objects without end and says "saved ..." after each.

Arguments: the data folder, the number of threads, the corners of each outline, the size of the log at which
it is worked into the database file ("200KB").
"""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path

from shapely import MultiPolygon, Polygon

from maa.domain import Effort, NewImage, Origin, Role
from maa.workflow import labeling, people, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace

SIZE = 10_000


def outline(corners: int, number: int) -> MultiPolygon:
    """A disc that is different for every number."""
    angles = [2 * math.pi * corner / corners for corner in range(corners)]
    radius = 100 + number / 7
    return MultiPolygon(
        [Polygon([(5000 + radius * math.cos(angle), 5000 + radius * math.sin(angle)) for angle in angles])]
    )


def main() -> None:
    folder, threads, corners, checkpoint = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    ws = Workspace(folder)
    with ws.store.write() as tx:
        tx.run(f"SET GLOBAL checkpoint_threshold = '{checkpoint}'")
    known = projects.list_projects(ws)
    project = known[0] if known else projects.create_project(ws, "Street", ["cat"])
    (cat,) = projects.list_classes(ws, project.id)
    speak = threading.Lock()

    def work(worker: int) -> None:
        name = f"worker {len(people.list_people(ws))} {worker}"
        with speak:
            person = people.add_person(ws, name, {project.id: Role.ANNOTATOR})
        with ws.store.write() as tx:
            queue.add_image(
                tx,
                project.id,
                NewImage(file_name=name, width=SIZE, height=SIZE, file_hash=name, pixel_hash=name),
            )
        task = queue.claim_next(ws, project.id, person.id)
        assert task is not None
        number = 0
        annotation = None
        while True:
            number += 1
            new = NewRevision(cat.id, outline(corners, number), Origin.MANUAL, effort=Effort(clicks=number))
            annotation = labeling.save_annotation(
                ws,
                task.id,
                person.id,
                new,
                # every third save is an edit of the object before
                annotation_id=annotation.id if annotation and number % 3 == 0 else None,
            )
            with speak:
                print("saved", annotation.id, annotation.revision.number, number, flush=True)

    for worker in range(threads):
        threading.Thread(target=work, args=(worker,)).start()


main()
