"""`maa user …`: the first admin of a new installation, and looking after people without a browser."""

from __future__ import annotations

from pathlib import Path

from maa.workflow import accounts, sessions
from maa.workflow.workspace import Workspace
from tests.cli.conftest import Maa, MaaJson


def test_the_first_admin_gets_a_password_that_is_shown_once(
    maa: Maa, maa_json: MaaJson, folder: Path
) -> None:
    assert "maa user add NAME --admin" in maa("user", "list").stdout
    shown = maa("user", "add", "Eva", "--admin").stdout
    assert shown.startswith("Eva: admin\n")
    given = shown.split()[-1]
    assert given not in maa("user", "list", "--json").stdout
    ws = Workspace(folder.parent / "data")
    eva = accounts.sign_in(ws, "Eva", given)
    sessions.begin(ws, eva.id, device="Firefox on Linux")
    ws.close()
    (session,) = maa_json("user", "sessions", "eva")["sessions"]
    assert (session["device"], session["way"]) == ("Firefox on Linux", "password")
    assert "signed out" in maa("user", "sessions", "Eva", "--end").stdout
    assert maa("user", "sessions", "Eva").stdout == "Eva is not signed in.\n"
    assert maa_json("user", "password", "Eva")["password"] != given


def test_roles_are_given_and_taken(maa: Maa, maa_json: MaaJson) -> None:
    assert "Nobody has a role in it yet" in maa("project", "create", "street", "--classes", "car").stdout
    made = maa_json("user", "add", "Ana", "--role", "street=annotator", "--email", "Ana@example.org")
    assert made == {
        "name": "Ana",
        "email": "ana@example.org",
        "locked": False,
        "active": True,
        "admin": False,
        "roles": {"street": "annotator"},
    }
    assert maa_json("user", "role", "ana", "street", "manager")["roles"] == {"street": "manager"}
    assert maa_json("user", "role", "ana", "street", "none")["roles"] == {}
    assert maa_json("user", "admin", "ana")["admin"]
    assert "only admin" in maa("user", "disable", "Ana").stderr
    maa("user", "add", "Eva", "--admin")
    assert maa("user", "disable", "Ana").stdout == "Ana: admin, switched off\n"
    assert maa_json("user", "enable", "Ana")["active"]
    assert maa_json("user", "unlock", "Ana")["locked"] is False
    assert maa_json("user", "email", "Ana", "")["email"] is None


def test_what_cannot_be_is_said_in_one_line(maa: Maa) -> None:
    maa("project", "create", "street", "--classes", "car")
    for arguments, said in (
        (("role", "Nobody", "street", "manager"), "There is nobody called 'Nobody'"),
        (("add", "Ana", "--role", "street"), "is not PROJECT=ROLE"),
        (("add", "Ana", "--role", "street=king"), "is not a role"),
        (("add", "Ana", "--email", "ana"), "is not an e-mail address"),
    ):
        result = maa("user", *arguments)
        assert result.exit_code == 1
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
    assert "There is nobody yet" in maa("user", "list").stdout
