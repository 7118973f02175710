"""Tiles of images over HTTP, for whoever has a pass for a task of the image or of a frame nearby."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from maa.api import passes
from maa.api.answers import refusal
from maa.domain import Image, Role, TaskState
from maa.workflow import frames, holding, pyramid, sessions
from maa.workflow.workspace import Workspace, current

PATH = "/_maa/images/{image_id:int}/{level:int}/{column:int}-{row:int}.jpg"

_HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}

# Apart from the threads of the calls: many tiles that wait for one large image must not hold up a click.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="tile")


def routes() -> list[BaseRoute]:
    return [Route(PATH, _tile, methods=["GET"])]


async def _tile(request: Request) -> Response:
    text = request.query_params.get("pass", "")
    known = request.headers.get("if-none-match", "")
    answer = functools.partial(_answer, text, known, **request.path_params)
    return await asyncio.get_running_loop().run_in_executor(_threads, answer)


def _answer(text: str, known: str, image_id: int, level: int, column: int, row: int) -> Response:
    ws: Workspace | None = None
    said: passes.Pass | None = None
    try:
        ws = current()
        said = passes.check(ws, text)
        sessions.present(ws, said.session_id)
        at = holding.look(ws, said.task_id, said.person_id, Role.ANNOTATOR)
        image = at.image if at.image.id == image_id else _nearby(ws, said, image_id)
        # By what the tile is made of, never by where it is: an image can be imported twice.
        name = f"{image.pixel_hash} {pyramid.VERSION} {level} {column} {row}"
        tag = f'W/"{hashlib.sha256(name.encode()).hexdigest()[:32]}"'
        if tag in known:
            return Response(status_code=304, headers={**_HEADERS, "ETag": tag})
        content = pyramid.tile(ws, image, level, column, row)
    except Exception as error:
        return refusal(error, ws, said, "tile")
    return Response(content, media_type="image/jpeg", headers={**_HEADERS, "ETag": tag})


def _nearby(ws: Workspace, said: passes.Pass, image_id: int) -> Image:
    """Another frame than the task's, for who holds the task: see `frames.visible`."""
    state = TaskState.IN_REVIEW if said.purpose is passes.Purpose.REVIEW else TaskState.LEASED
    return frames.visible(ws, holding.look_held(ws, said.task_id, said.person_id, state), image_id)
