"""Ten people at once: clients that make the calls a browser makes, each on an image of its own.

Each clicks every 1.5 s: four extreme points, two repairs, and an acceptance in the same moment as the next
object's first point. From the fourth click on every click asks the model. Beside that go the copies of the
draft (every 3 s while something is open) and the sign of life (every 5 s). Nobody works in step with the
others: they begin one after another over the time that an object takes.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from maa.api import passes
from maa.domain import Role, Task
from maa.workflow import images, people, projects, pyramid, queue, sessions
from maa.workflow.workspace import Workspace
from tests.e2e import references
from tools.bench_canvas_setup import Rig, enlarged, spread

PEOPLE = 10
PAUSE = 1.5
SECONDS = 81
POINTS, REPAIRS = 4, 2
DRAFT_EVERY, BEAT_EVERY = 3.0, 5.0
PROJECT = "bench people"
WIDTH = 1920


@dataclass
class Worker:
    """One person with an image on the desk."""

    number: int
    task: Task
    token: str
    size: tuple[int, int]
    answers: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    """When, for each answer, by `time.perf_counter`."""
    saves: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def fill(rig: Rig) -> list[Worker]:
    """Ten photos, ten people, and a task for each. The app must not run yet."""
    photos = [
        enlarged(name, WIDTH, rig.folder / f"{name}-{mirrored}.jpg", mirrored=mirrored)
        for name in references.names()
        for mirrored in (False, True)
    ]
    rig.project(PROJECT, photos[:PEOPLE])
    ws = Workspace(rig.app.data_dir)
    workers = []
    try:
        project = projects.find_project(ws, PROJECT)
        for number in range(PEOPLE):
            person = people.add_person(ws, f"Person {number}", {project.id: Role.ANNOTATOR})
            task = queue.claim_next(ws, project.id, person.id)
            assert task is not None
            image = images.get_image(ws, task.image_id)
            token = passes.issue(ws, sessions.begin(ws, person.id)[1], task.id, "annotate")
            workers.append(Worker(number, task, token, (image.width, image.height)))
    finally:
        ws.close()
    return workers


def measure(rig: Rig, workers: list[Worker], seconds: float = SECONDS) -> dict[str, Any]:
    threads = [threading.Thread(target=_work, args=(rig.app.url, one, seconds)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failures = [text for one in workers for text in one.failures]
    answers = [value for one in workers for value in one.answers]
    return {
        "ten_people_p95_ms": spread(answers)["p95"],
        "ten_people": {
            "answers": spread(answers),
            "saves": spread([value for one in workers for value in one.saves]),
            "people": len(workers),
            "failures": failures,
        },
    }


class _Tab:
    """The calls of one browser tab, and those that it makes by itself as time goes on."""

    def __init__(self, client: httpx.Client, worker: Worker) -> None:
        self.client, self.worker = client, worker
        self.tab = secrets.token_hex(12)
        self.draft: dict[str, Any] | None = None
        self._drafted = self._beaten = time.perf_counter()

    def call(self, name: str, **body: Any) -> dict[str, Any]:
        response = self.client.post(
            f"/_maa/workbench/{name}",
            json={"tab": self.tab, **body},
            headers={"Authorization": f"Bearer {self.worker.token}"},
        )
        if response.status_code != 200:
            self.worker.failures.append(f"{name}: {response.status_code} {response.text[:200]}")
            response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def wait_until(self, moment: float) -> None:
        while (now := time.perf_counter()) < moment:
            if now - self._beaten > BEAT_EVERY:
                self._beaten = now
                self.call("touch", active=True)
            elif self.draft is not None and now - self._drafted > DRAFT_EVERY:
                self._drafted = now
                self.call("draft", draft=self.draft)
            else:
                time.sleep(min(0.05, moment - now))


def _work(url: str, worker: Worker, seconds: float) -> None:
    chance = random.Random(worker.number)
    with httpx.Client(base_url=url, timeout=60) as client:
        tab = _Tab(client, worker)
        opened = tab.call("open", take=False)
        _look(client, worker)
        cycle = PAUSE * (POINTS + REPAIRS)
        began = time.perf_counter() + 2 + cycle * worker.number / PEOPLE
        clicks = (began + PAUSE * number for number in range(int(seconds / PAUSE)))
        label = opened["classes"][0]["id"]
        while _draw(tab, clicks, label, chance):
            pass


def _look(client: httpx.Client, worker: Worker) -> None:
    """The tiles that a browser shows first: of the coarsest level with at least the stage's pixels."""
    sizes = pyramid.level_sizes(*worker.size)
    level = max((n for n, (width, _) in enumerate(sizes) if width >= 900), default=0)
    for row in range(-(-sizes[level][1] // pyramid.TILE)):
        for column in range(-(-sizes[level][0] // pyramid.TILE)):
            address = f"/_maa/images/{worker.task.image_id}/{level}/{column}-{row}.jpg"
            client.get(address, params={"pass": worker.token}).raise_for_status()


def _draw(tab: _Tab, clicks: Iterator[float], label: int, chance: random.Random) -> bool:
    """One object, from its first click to its acceptance; False when the time is over."""
    points: list[list[Any]] = []
    prompt: dict[str, Any] = {"points": points, "prior": None, "crop": None}
    answer: dict[str, Any] = {}
    for x, y in _places(tab.worker.size, chance):
        moment = next(clicks, None)
        if moment is None:
            return False
        tab.wait_until(moment)
        points.append([x, y, "boundary"])
        tab.draft = {"drawing": {**prompt, "outline": answer.get("outline")}, "ops": [], "at": time.time()}
        if len(points) < POINTS:
            continue
        began = time.perf_counter()
        answer = tab.call("predict", rev=len(points), **prompt, threshold=None, detail=0.5)
        tab.worker.answers.append(1000 * (time.perf_counter() - began))
        tab.worker.asked.append(began)
        prompt["crop"] = answer["crop"]
    tab.draft = None
    began = time.perf_counter()
    tab.call(
        "save", key=secrets.token_hex(16), annotation=None, base_revision=None, origin="assisted",
        outline=answer["outline"], prompt=prompt,
        answer={name: answer[name] for name in ("threshold", "detail", "model")},
        effort={"active_seconds": 9, "clicks": len(points), "extra_points": REPAIRS, "vertices_moved": 0},
        **{"class": label},
    )  # fmt: skip
    tab.worker.saves.append(1000 * (time.perf_counter() - began))
    return True


def _places(size: tuple[int, int], chance: random.Random) -> list[tuple[float, float]]:
    """Four extreme points of something, and two points on its border."""
    width, height = size
    across, down = chance.uniform(0.12, 0.45) * width, chance.uniform(0.12, 0.45) * height
    left, top = chance.uniform(0, width - across), chance.uniform(0, height - down)
    shares = [(0, 0.5), (0.5, 0), (1, 0.5), (0.5, 1), (0.15, 0.15), (0.85, 0.85)]
    return [(left + x * across, top + y * down) for x, y in shares[: POINTS + REPAIRS]]
