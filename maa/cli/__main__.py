from maa.cli import app

app(prog_name="maa")
