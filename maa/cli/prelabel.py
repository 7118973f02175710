"""`maa prelabel …`: objects proposed by a model before anybody opens an image."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from maa.cli.data import ProjectName, absolute, call
from maa.cli.output import AsJson, answering, show
from maa.domain.wording import count

app = typer.Typer(help="Propose objects on images that nobody has opened.", no_args_is_help=True)

LeastConfidence = Annotated[
    float, typer.Option(help="Leave out answers that the model is less sure of, 0 to 1.")
]


@app.command()
def detections(
    project: ProjectName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="COCO results of any detector, JSON.")],
    coco: Annotated[
        Path | None,
        typer.Option(
            help="The COCO file that its image and class numbers refer to (default: that of `maa export "
            "--status all`)."
        ),
    ] = None,
    least_score: Annotated[float, typer.Option(help="Leave out weaker detections, 0 to 1.")] = 0.3,
    least_confidence: LeastConfidence = 0.5,
    as_json: AsJson = False,
) -> None:
    """Turn a detector's boxes or polygons into pre-labels."""
    with answering(as_json, _kept(project)):
        result = call(
            "prelabel detections",
            project=project,
            file=absolute(file),
            coco=absolute(coco) if coco else None,
            least_score=least_score,
            least_confidence=least_confidence,
        )
        show(result, as_json, _text)


@app.command()
def sequence(
    project: ProjectName,
    name: Annotated[
        str | None,
        typer.Option("--sequence", help="Only this sequence: a video, or what its images' names begin with."),
    ] = None,
    start: Annotated[
        int | None,
        typer.Option(
            "--from",
            help="Only from the labeled frame with this number in its name, up to the next labeled one.",
        ),
    ] = None,
    least_confidence: LeastConfidence = 0.5,
    as_json: AsJson = False,
) -> None:
    """Carry the objects of labeled frames to the frames after them."""
    with answering(as_json, _kept(project)):
        result = call(
            "prelabel sequence",
            project=project,
            sequence=name,
            start=start,
            least_confidence=least_confidence,
        )
        show(result, as_json, _text)


@app.command()
def propose(
    project: Annotated[str, typer.Option("--project", help="The project's name.")],
    detector: Annotated[
        str | None, typer.Option(help="A detector of the library (default: the project's).")
    ] = None,
    least_score: Annotated[
        float | None,
        typer.Option(help="Leave out what it is less sure of, 0 to 1 (default: its own threshold)."),
    ] = None,
    least_confidence: LeastConfidence = 0.5,
    as_json: AsJson = False,
) -> None:
    """Let the project's detector find objects, and outline them."""
    with answering(as_json, _kept(project)):
        result = call(
            "prelabel propose",
            project=project,
            detector=detector,
            least_score=least_score,
            least_confidence=least_confidence,
        )
        show(result, as_json, _text)


@app.command()
def disagreement(
    project: Annotated[str, typer.Option("--project", help="The project's name.")],
    candidate: Annotated[
        str | None, typer.Option(help="A model of the library (default: the project's newest training).")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Another one (default: the candidate's parent).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask two models about the existing pre-labels; the queue can put first what they disagree on."""
    with answering(as_json, _kept(project)):
        result = call("prelabel disagreement", project=project, candidate=candidate, against=against)
        show(result, as_json, _text)


@app.command()
def resume(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Its number, as in `maa prelabel list`.")],
    as_json: AsJson = False,
) -> None:
    """Resume a stopped run."""
    with answering(
        as_json, f"What has been made is kept: maa prelabel stop {run}, maa prelabel resume {run}"
    ):
        show(call("prelabel resume", number=run), as_json, _text)


@app.command()
def stop(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Its number, as in `maa prelabel list`.")],
    as_json: AsJson = False,
) -> None:
    """Stop a run after its current image."""
    with answering(as_json):
        show(call("prelabel stop", number=run), as_json, _stopping)


@app.command("list")
def list_(project: ProjectName, as_json: AsJson = False) -> None:
    """List a project's runs, the newest first."""
    with answering(as_json):
        none = "Nothing was pre-labeled yet: maa prelabel detections PROJECT FILE"
        result = call("prelabel list", project=project)
        show(result, as_json, lambda found: "\n".join(map(_text, found)) or none)


def _kept(project: str) -> str:
    return f"What has been made is kept: maa prelabel list {shlex.quote(project)}"


def _stopping(run: dict[str, Any]) -> str:
    if not run["going_on"]:
        return _text(run)
    number = run["run"]
    return f"Run {number} stops after its current image. To resume it: maa prelabel resume {number}"


def _text(run: dict[str, Any]) -> str:
    state = f"stopped: maa prelabel resume {run['run']}"
    if run["finished"]:
        state = "done"
    elif run["going_on"]:
        state = f"running; to stop it: maa prelabel stop {run['run']}"
    lines = [
        f"{run['run']}: {run['name']}, {count(run['objects'], 'object')} on {run['looked_at']} of "
        f"{count(run['images'], 'image')} by {run['model']} ({state})"
    ]
    lines += [f"left alone {images}: {why}" for why, images in run["left_alone"].items()]
    lines += [f"skipped {item['file']}: {item['reason']}" for item in run.get("skipped", [])]
    return "\n".join(lines)
