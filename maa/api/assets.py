"""The workbench's modules, as files: the same for everybody, so no sign-in, and kept by browsers for good."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from maa.canvas.workbench import BROWSER, ROUTES, version

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def route() -> Route:
    """`/_maa/assets/VERSION/NAME`."""
    return Route(f"/{ROUTES}/assets/{{version}}/{{name}}", _asset, methods=["GET"])


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    # Of the folder's own listing, so that no name leads anywhere else.
    files = {path.name: path for path in BROWSER.iterdir() if path.suffix in _TYPES}
    if name not in files:
        return PlainTextResponse("There is no such file.", status_code=404)
    # A page that was opened before an update asks under the old name: it gets the present files, unkept.
    present = request.path_params["version"] == version()
    return FileResponse(
        files[name],
        media_type=_TYPES[files[name].suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable" if present else "no-cache"},
    )
