"""Commands that ask, train and measure models. They touch no project; torch is loaded when one is run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from maa.cli.output import AsJson, answering, show
from maa.dextr.shelves import check_model_name, find_model, list_models
from maa.domain import Conflict, InvalidInput, Point, Prompt
from maa.workflow.workspace import data_dir

app = typer.Typer()


@app.command()
def predict(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture.")],
    points: Annotated[str, typer.Option(help='Four or more boundary points: "x,y x,y x,y x,y".')],
    model: Annotated[
        str | None, typer.Option(help="A model of the library (default: the library's).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Outline the object whose extreme points are given. Needs no project."""
    with answering(as_json):
        prompt = Prompt(points=_points(points))
        show(_predict(image, prompt, model), as_json, _prediction_text)


@app.command()
def train(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's name.")],
    data: Annotated[Path, typer.Option(help="A folder of data sets, or one data set.")],
    minutes: Annotated[float | None, typer.Option(help="How long to train...")] = None,
    samples: Annotated[int | None, typer.Option(help="...or on how many samples.")] = None,
    start_from: Annotated[str | None, typer.Option(help="A model of the library to start from.")] = None,
    backbone: Annotated[Path | None, typer.Option(help="EfficientNet-Lite2 (.pth) to start from.")] = None,
    batch: Annotated[int, typer.Option(help="Samples per step.")] = 8,
    learning_rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 1e-3,
    device: Annotated[str | None, typer.Option(help="cpu or cuda; the GPU if there is one.")] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    seed: Annotated[int, typer.Option(help="For drawing samples.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Train a model into the library of the data folder. The same command again resumes the training."""
    with answering(as_json, "The same command again continues from the last checkpoint, if there is one."):
        import torch

        from maa.learning.export import export as export_model
        from maa.learning.job_folder import Busy, locked
        from maa.learning.train import CHECKPOINT
        from maa.learning.train import train as run_training
        from maa.learning.trainer import TrainConfig, other_settings

        if (minutes is None) == (samples is None):
            raise InvalidInput("Say how long to train: either --minutes or --samples.")
        check_model_name(name)
        run = data_dir() / "training" / name
        if not (run / CHECKPOINT).exists() and name in {model.name for model in list_models()}:
            raise InvalidInput(f"There is a model named {name!r} already. Choose another name.")
        config = TrainConfig(
            data=data.resolve(),
            run=run,
            minutes=minutes,
            samples=samples,
            backbone=backbone.resolve() if backbone else None,
            start_from=find_model(start_from).folder if start_from else None,
            batch=batch,
            learning_rate=learning_rate,
            device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
            threads=threads,
            seed=seed,
            # Weights that are trained already have statistics to keep.
            settle=0.0 if start_from else TrainConfig.settle,
        )
        try:
            run.mkdir(parents=True, exist_ok=True)
            with locked(run):
                if (run / CHECKPOINT).exists() and (others := other_settings(run / CHECKPOINT, config)):
                    raise Conflict(
                        f"A training of {name} was started with other settings ({', '.join(others)}). Choose "
                        "another name."
                    )
                trainer = run_training(config, progress=sys.stderr.isatty())
                # It answers at the side that its last stage was trained at.
                model = export_model(run, data_dir() / "models" / name, input_size=trainer.size)
        except Busy:
            raise Conflict(f"A training of {name} is already running.") from None
        # torch reports a full disk as a RuntimeError
        except (OSError, RuntimeError) as error:
            because = " ".join(str(error).split())[:300]
            raise InvalidInput(
                f"The training stopped: {because} What it had reached is in {run}; the same command again "
                "continues from there."
            ) from error
        result = {"model": model.id, "folder": str(model.folder), **(trainer.history or [{}])[-1]}
        show(
            result,
            as_json,
            lambda made: f"{made['model']} in {made['folder']}. Use it: MAA_MODEL={name}",
        )


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="A folder of data sets, or one data set.")],
    model: Annotated[
        str | None, typer.Option(help="A model of the library (default: the library's).")
    ] = None,
    clicks: Annotated[int, typer.Option(help="Initial clicks: the four extreme points.")] = 4,
    jitter: Annotated[float, typer.Option(help="Each click is off by up to this many photo pixels.")] = 2.0,
    min_area: Annotated[int, typer.Option(help="Leave out objects with fewer pixels.")] = 600,
    extra_clicks: Annotated[int, typer.Option(help="Further clicks, each at the largest error.")] = 0,
    repair_at: Annotated[
        Literal["border", "middle"],
        typer.Option(help="Where further clicks go: on the border, or in the middle of what is wrong."),
    ] = "border",
    limit: Annotated[int | None, typer.Option(help="Measure only this many objects.")] = None,
    seed: Annotated[int, typer.Option(help="For jitter, ties and the choice of objects.")] = 0,
    resize: Annotated[
        str | None, typer.Option(metavar="WxH", help="Resize photos to this size first.")
    ] = None,
    shuffle: Annotated[bool, typer.Option(help="Give the four clicks in a random order.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a model on photos with known masks."""
    with answering(as_json):
        from maa.learning.evaluate import evaluate as run_evaluation

        result = run_evaluation(
            model=model,
            data=data,
            clicks=clicks,
            jitter=jitter,
            min_area=min_area,
            extra_clicks=extra_clicks,
            limit=limit,
            seed=seed,
            resize=_size(resize) if resize else None,
            shuffle=shuffle,
            repair_at=repair_at,
            progress=sys.stderr.isatty(),
        )
        show(result, as_json, lambda made: "\n".join(f"{key:18} {value}" for key, value in made.items()))


def _points(text: str) -> tuple[Point, ...]:
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in text.split()]
        return tuple(Point(x, y) for x, y in pairs)
    except ValueError:
        raise InvalidInput(
            f'{text!r} is not a list of points. Write them like "10,20 30,5 60,25 28,70".'
        ) from None


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise InvalidInput(f"{text!r} is not a size. Write it like 1920x1080.")
    return int(match[1]), int(match[2])


def _predict(path: Path, prompt: Prompt, model: str | None) -> dict[str, Any]:
    from maa.dextr.outline import outline_of
    from maa.dextr.predictor import Predictor
    from maa.geometry import count_vertices, to_rings
    from maa.workflow.decoding import decode

    try:
        pixels = decode(path.read_bytes()).pixels
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from error
    except InvalidInput as error:
        raise InvalidInput(f"{path} cannot be used: {error}.") from error
    prediction = Predictor(model).predict(pixels, prompt)
    outline = outline_of(prediction)
    if outline.is_empty:
        raise InvalidInput("The model sees no object between these points. Move them.")
    return {
        "image": str(path),
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "model": prediction.model_id,
        "confidence": prediction.confidence,
        "milliseconds": prediction.milliseconds,
        "area": outline.area,
        "bounds": list(outline.bounds),
        "vertices": count_vertices(outline),
        "polygon": to_rings(outline),
    }


def _prediction_text(prediction: dict[str, Any]) -> str:
    lines = [
        f"{prediction['vertices']} vertices, {prediction['area']:.0f} square pixels",
        f"confidence {prediction['confidence']:.2f}, {prediction['milliseconds']:.0f} ms",
        f"model {prediction['model']}",
    ]
    for number, part in enumerate(prediction["polygon"], 1):
        for hole, ring in enumerate(part):
            what = f"part {number}" if hole == 0 else f"part {number}, hole {hole}"
            lines.append(f"{what}: " + " ".join(f"{x:.1f},{y:.1f}" for x, y in ring))
    return "\n".join(lines)
