"""`maa models …`: what is in the library of models, and bringing one in. Touches no project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from maa.cli.output import AsJson, answering, show
from maa.dextr.shelves import LibraryModel, ModelError, find_model, list_models

app = typer.Typer(help="List models, and import published ones.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the models of the library."""
    with answering(as_json):
        try:
            default = find_model().id
        except ModelError:
            default = None
        models = [_described(model) | {"default": model.id == default} for model in list_models()]
        none = "The library is empty. Train a model: maa train NAME --data DIR --minutes N"
        show(models, as_json, lambda found: "\n".join(map(_line, found)) or none)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint of DEXTR's authors (.pth).")],
    name: Annotated[str | None, typer.Option(help="What to call the model; else as the file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a model of the library from a checkpoint of the original DEXTR. It answers as published."""
    with answering(as_json):
        from maa.dextr.checkpoint_import import import_checkpoint

        model = import_checkpoint(file, name or file.stem)
        result = {"name": model.name, "id": model.id, "path": str(model.folder)}
        show(
            result,
            as_json,
            lambda made: (
                f"{made['id']} in {made['path']}. Use it: --model {made['name']}, or MAA_MODEL={made['name']}"
            ),
        )


def _described(model: LibraryModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "architecture": model.architecture,
        "sha256": model.sha256,
        "input_size": model.input_size,
    }


def _line(model: dict[str, Any]) -> str:
    mark = ", default" if model["default"] else ""
    size = model["input_size"]
    return f"{model['name']}@{model['sha256'][:12]}: {model['architecture']}, {size} x {size}{mark}"
