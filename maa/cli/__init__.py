"""`maa …`: what the app can do without a browser."""

from __future__ import annotations

import typer

from maa.cli import data, models, network, prelabel, simulate, users

app = typer.Typer(
    help="ML Assisted Annotation. MAA_DATA_DIR chooses the data folder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data.app)
app.add_typer(users.app, name="user")
app.add_typer(network.app)
app.add_typer(models.app, name="models")
app.add_typer(prelabel.app, name="prelabel")
app.add_typer(simulate.app, name="simulate")
