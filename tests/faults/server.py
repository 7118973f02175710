"""Run as a process of its own by `test_killed_server`: the routes beside the pages, on a real server.

Arguments: the data folder, the port. Says "PASS IMAGE CLASS" once a task is claimed and the server listens.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from maa.api import passes, routes
from maa.domain import NewImage, Role
from maa.workflow import labeling, people, projects, queue, sessions, workspace
from maa.workflow.workspace import Workspace


def claimed(ws: Workspace) -> str:
    """What the test needs to call as the holder of the one task."""
    if not projects.list_projects(ws):
        project = projects.create_project(ws, "Street", ["cat"])
        people.add_person(ws, "Ana", {project.id: Role.ANNOTATOR})
        with ws.store.write() as tx:
            queue.add_image(
                tx,
                project.id,
                NewImage(file_name="a.png", width=500, height=500, file_hash="a", pixel_hash="a"),
            )
    (project,) = projects.list_projects(ws)
    (ana,) = people.list_people(ws)
    (cat,) = projects.list_classes(ws, project.id)
    task = queue.claim_next(ws, project.id, ana.id)
    assert task is not None
    kept = len(labeling.list_annotations(ws, task.id))
    session = sessions.begin(ws, ana.id)[1]
    return f"{passes.issue(ws, session, task.id, 'annotate')} {cat.id} {kept}"


def main() -> None:
    os.environ["MAA_DATA_DIR"] = str(Path(sys.argv[1]))
    said = claimed(workspace.current())

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(None)
            print(said, flush=True)

    app = Starlette(routes=routes.routes())
    Server(uvicorn.Config(app, port=int(sys.argv[2]), log_level="warning")).run()


main()
