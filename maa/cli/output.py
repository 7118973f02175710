"""How commands speak: results on standard output, as text or one JSON value; everything else on standard
error.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from tqdm import tqdm

from maa.api.connection import GoesOn
from maa.domain import MaaError, refused_by_system
from maa.workflow.images import Progress
from maa.workflow.workspace import data_dir

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]


@contextlib.contextmanager
def answering(as_json: bool, kept: str = "") -> Iterator[None]:
    """Turn errors into one line (or one JSON object) and exit code 1, and Ctrl-C into 130, as shells expect.

    `kept`: what to say after Ctrl-C of what had been done until then.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character is no reason to stop.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except MaaError as error:
        _fail(str(error), as_json)
    except BrokenPipeError:
        # Whoever read the output has had enough, as with `| head`.
        sys.stderr.close()
        raise typer.Exit(1) from None
    except KeyboardInterrupt as error:
        said = "The app keeps working on it." if isinstance(error, GoesOn) else "Stopped."
        _fail(f"{said} {kept}".strip(), as_json, 130)
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if said := refused_by_system(error):
            _fail(said, as_json)
        _fail(f"Something unexpected went wrong ({error!r}). {_keep_details()}", as_json)


def show(result: Any, as_json: bool, text: Callable[[Any], str]) -> None:
    """Print a result: as JSON, or as what `text` makes of it."""
    print(json.dumps(result, indent=2) if as_json else text(result))


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal; yields what moves it."""
    with tqdm(desc=what, unit="file", file=sys.stderr, disable=None, leave=False) as bar:

        def move(done: int, total: int, name: str) -> None:
            bar.total = total
            bar.set_postfix_str(name[-40:], refresh=False)
            bar.update(done - bar.n)

        yield move


@contextlib.contextmanager
def telling() -> Iterator[tuple[Callable[[str], None], Callable[[str, float], None]]]:
    """For long work in steps: what prints a line on standard error, and what moves a bar under the lines (if
    that is a terminal) to how much of a phase is done, 0..1."""
    with tqdm(
        total=100, file=sys.stderr, disable=None, leave=False, bar_format="{desc} {percentage:3.0f}%|{bar}|"
    ) as bar:

        def line(text: str) -> None:
            with tqdm.external_write_mode(sys.stderr):
                print(text, file=sys.stderr)

        def move(phase: str, share: float) -> None:
            bar.set_description_str(phase, refresh=False)
            bar.n = round(100 * share)
            bar.refresh()

        yield line, move


def _fail(message: str, as_json: bool, code: int = 1) -> None:
    if as_json:
        print(json.dumps({"error": message}))
    else:
        print(message if code == 130 else f"Error: {message}", file=sys.stderr)
    raise typer.Exit(code)


def _keep_details() -> str:
    """Write the traceback where a developer finds it; a person at the command line has no use for it."""
    path = data_dir() / "last-error.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return "This is a fault of MAA."
    return f"This is a fault of MAA; {path} has the details."
