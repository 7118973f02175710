"""Commands about people: who is there, and what they may do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from maa.cli.data import call
from maa.cli.output import AsJson, answering, show
from maa.domain import InvalidInput

app = typer.Typer(help="Add people and say what they may do.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]


@app.command("add")
def add(
    name: Name,
    role: Annotated[
        list[str] | None,
        typer.Option(help="A role in a project, for example street=annotator; can be repeated."),
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="Make them an admin of the installation.")] = False,
    email: Annotated[
        str | None, typer.Option(help="Their address for single sign-on, instead of a password.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a person; prints the password for their first sign-in, once."""
    with answering(as_json):
        roles = dict(map(_role, role or []))
        show(call("user add", name=name, admin=admin, roles=roles, email=email), as_json, _line)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List everybody, including people who are switched off."""
    with answering(as_json):
        none = "There is nobody yet. Add the first admin: maa user add NAME --admin"
        show(call("user list"), as_json, lambda found: "\n".join(map(_line, found)) or none)


@app.command("disable")
def disable(name: Name, as_json: AsJson = False) -> None:
    """Switch a person off: their work stays, what they held goes back to the queue."""
    with answering(as_json):
        show(call("user active", name=name, active=False), as_json, _line)


@app.command("enable")
def enable(name: Name, as_json: AsJson = False) -> None:
    """Switch a person on again."""
    with answering(as_json):
        show(call("user active", name=name, active=True), as_json, _line)


@app.command("role")
def role(
    name: Name,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name.")],
    role: Annotated[str, typer.Argument(metavar="ROLE", help="annotator, reviewer, manager, or none.")],
    as_json: AsJson = False,
) -> None:
    """Give a person a role in a project, or take it away."""
    with answering(as_json):
        show(call("user role", name=name, project=project, role=role), as_json, _line)


@app.command("admin")
def admin(
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="Remove the admin right.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a person an admin of the installation."""
    with answering(as_json):
        show(call("user admin", name=name, admin=not off), as_json, _line)


@app.command("password")
def password(name: Name, as_json: AsJson = False) -> None:
    """Give a person a new password for one sign-in; printed once. They are signed out everywhere."""
    with answering(as_json):
        show(call("user password", name=name), as_json, _line)


@app.command("email")
def email(
    name: Name,
    email: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address; empty removes it.")],
    as_json: AsJson = False,
) -> None:
    """Set a person's e-mail address for single sign-on."""
    with answering(as_json):
        show(call("user email", name=name, email=email), as_json, _line)


@app.command("unlock")
def unlock(name: Name, as_json: AsJson = False) -> None:
    """Let a person sign in again at once after failed attempts."""
    with answering(as_json):
        show(call("user unlock", name=name), as_json, _line)


@app.command("sessions")
def sessions(
    name: Name,
    end: Annotated[bool, typer.Option("--end", help="Sign them out of all of these.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the browsers in which a person is signed in."""
    with answering(as_json):
        show(call("user sessions", name=name, end=end), as_json, _sessions)


def _role(text: str) -> tuple[str, str]:
    project, equals, role = text.rpartition("=")
    if not equals:
        raise InvalidInput(f"{text!r} is not PROJECT=ROLE.")
    return project, role


def _line(person: dict[str, Any]) -> str:
    what = [f"{role} in {project}" for project, role in person["roles"].items()]
    what += ["admin"] * person["admin"] + ["switched off"] * (not person["active"])
    what += ["locked after failed sign-ins"] * person["locked"]
    line = f"{person['name']}: {', '.join(what) or 'no role yet'}"
    if "password" in person:
        line += f"\nPassword for the first sign-in, not shown again: {person['password']}"
    return line


def _sessions(found: dict[str, Any]) -> str:
    lines = [f"{one['device']}, since {one['since']}, by {one['way']}" for one in found["sessions"]]
    if not lines:
        return f"{found['name']} is not signed in."
    return "\n".join([*lines, *(["All of them are signed out."] if found["ended"] else [])])
