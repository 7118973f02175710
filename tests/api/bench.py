"""The routes beside the pages on a real workspace: people, photos, and calls as a browser makes them."""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.testclient import TestClient

from maa.api import passes, routes
from maa.domain import Event, Image, Person, Session, Task
from maa.workflow import history, images, queue, sessions
from tests.workflow.office import Office

PHOTOS = Path(str(importlib.resources.files("skimage"))) / "data"

CAT = [
    [128.0, 130.0, "boundary"],
    [320.0, 150.0, "boundary"],
    [230.0, 18.0, "boundary"],
    [230.0, 290.0, "boundary"],
]
"""Four extreme points of the head in chelsea.png, 451 x 300."""

SQUARE = [[[[10.0, 10.0], [60.0, 10.0], [60.0, 60.0], [10.0, 60.0]]]]


@dataclass
class Bench:
    """An office whose images are photos, and a browser."""

    office: Office
    photos: list[Image] = field(default_factory=list)
    sessions: dict[int, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = TestClient(Starlette(routes=routes.routes()))
        names = ["chelsea.png", "rocket.jpg", "coffee.png"]
        found = images.import_paths(self.ws, self.office.project.id, [PHOTOS / name for name in names])
        self.photos = found.imported

    @property
    def ws(self) -> Any:
        return self.office.ws

    def claimed(self, who: Person | None = None) -> tuple[Task, Tab]:
        """The person's next task and a tab with a pass for it."""
        who = who or self.office.ana
        task = self.office.claim(who)
        return task, self.tab(who, task)

    def tab(self, who: Person, task: Task, purpose: str = "annotate", name: str = "first tab") -> Tab:
        return Tab(self, passes.issue(self.ws, self.session(who), task.id, purpose), name)

    def session(self, who: Person) -> Session:
        """The one session of a person."""
        if who.id not in self.sessions:
            self.sessions[who.id] = sessions.begin(self.ws, who.id)[1]
        return self.sessions[who.id]

    def in_review(self, objects: int = 1) -> tuple[Task, Tab]:
        """Ana's next task with objects, submitted, in Rita's review."""
        self.office.submitted(self.office.ana, objects)
        task = self.office.claim_review(self.office.rita)
        return task, self.tab(self.office.rita, task, "review")

    def refused(self) -> list[Event]:
        """What was refused so far, newest first."""
        return history.events(self.ws, kinds=["refused"])

    def written(self) -> list[Any]:
        """All that calls which are refused could have changed."""
        with self.ws.store.read() as tx:
            tables = ("revision", "review", "draft", "task", "annotation", "comment")
            return [tx.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    def assert_refused(
        self, answer: httpx.Response, status: int, kind: str, *, by: Person | None = None
    ) -> str:
        """The answer is a refusal with a sentence, and an event says so; returns the sentence."""
        assert answer.status_code == status, answer.text
        said = answer.json()
        assert said["kind"] == kind
        newest = self.refused()[0]
        assert newest.data["kind"] == kind
        assert newest.data["why"] == said["error"][:500]
        assert newest.person_id == (by.id if by else None)
        sentence: str = said["error"]
        assert sentence[0].isupper() or sentence[0] in "'\""
        assert sentence.endswith((".", "!", "?"))
        assert "Traceback" not in sentence
        return sentence


@dataclass
class Tab:
    """A tab of somebody's browser, with the pass that its page was given."""

    bench: Bench
    text: str
    name: str = "first tab"

    def post(self, call: str, **body: Any) -> httpx.Response:
        return self.send(call, json.dumps({"tab": self.name, **body}).encode())

    def send(self, call: str, body: bytes, text: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.text if text is None else text}"}
        return self.bench.http.post(f"/_maa/workbench/{call}", content=body, headers=headers)

    def ask(self, call: str, **body: Any) -> Any:
        """The answer of a call that works."""
        answer = self.post(call, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tile(
        self, image_id: int, level: int = 0, column: int = 0, row: int = 0, **headers: str
    ) -> httpx.Response:
        place = f"/_maa/images/{image_id}/{level}/{column}-{row}.jpg"
        return self.bench.http.get(place, params={"pass": self.text}, headers=headers)

    def save(self, outline: Any = SQUARE, **more: Any) -> httpx.Response:
        """Save a square drawn by hand, as a new object under a new key."""
        self.saves = getattr(self, "saves", 0) + 1
        given = {"key": f"{self.name} {self.saves}", "class": self.bench.office.cat.id, "origin": "manual"}
        return self.post("save", **{**given, "outline": outline, **more})

    def other(self) -> Tab:
        """The same page in another tab."""
        return Tab(self.bench, self.text, "second tab")


def task_of(bench: Bench, task: Task) -> Task:
    return queue.get_task(bench.ws, task.id)
