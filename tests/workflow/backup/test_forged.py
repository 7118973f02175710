"""What is no whole, honest backup is refused and changes nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from maa.domain import (
    InvalidInput,
)
from maa.workflow.backup import restore
from maa.workflow.workspace import Workspace
from tests.workflow.backup.forging import assert_untouched, rewritten, with_rows
from tests.workflow.pictures import encoded, photo


def test_a_file_cut_anywhere_is_refused_and_changes_nothing(file: Path, empty: Workspace) -> None:
    content = file.read_bytes()
    for share in (0.0, 0.01, 0.3, 0.6, 0.9, 0.999):
        cut = file.with_name("cut.zip")
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(InvalidInput, match="not a backup, or it was cut short"):
            restore(empty, cut)
    assert_untouched(empty)


def test_a_byte_changed_anywhere_is_noticed(file: Path, empty: Workspace) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        places = [entry.header_offset + 60 + entry.file_size // 2 for entry in archive.infolist()]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 0x20
        altered = file.with_name("altered.zip")
        altered.write_bytes(changed)
        with pytest.raises(InvalidInput):
            restore(empty, altered)
    assert_untouched(empty)


def remove_picture(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("images/"))]


def swap_picture(members: dict[str, bytes]) -> None:
    members[next(name for name in members if name.startswith("images/"))] = encoded(photo(seed=77))


def spoil_picture(members: dict[str, bytes]) -> None:
    members[next(name for name in members if name.startswith("images/"))] = b"no picture"


def add_member(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: b"x"})


def remove_table(members: dict[str, bytes]) -> None:
    del members["tables/review.parquet"]


def spoil_table(members: dict[str, bytes]) -> None:
    members["tables/review.parquet"] = b"PAR1 no table PAR1"


def newer(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "schema_version": 999}).encode()


def no_manifest(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b"[]"


FORGED = {
    "a picture removed": (remove_picture, True, "pictures"),
    "a picture swapped": (swap_picture, True, "another picture"),
    "a picture spoiled": (spoil_picture, True, "usable picture"),
    "a picture changed under its hash": (swap_picture, False, "altered"),
    "a table removed": (remove_table, True, "tables"),
    "a table spoiled": (spoil_table, True, "cannot be read"),
    "a path out of the folder": (add_member("../../evil"), True, "do not belong"),
    "an absolute path": (add_member("/etc/evil"), True, "do not belong"),
    "an extra table": (add_member("tables/evil.parquet"), True, "tables"),
    "an unlisted member": (add_member("images/" + "0" * 64), False, "manifest"),
    "a newer version": (newer, True, "newer MAA"),
    "no manifest": (no_manifest, False, "manifest"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_members_are_refused_and_change_nothing(name: str, file: Path, empty: Workspace) -> None:
    change, sign, reason = FORGED[name]
    with pytest.raises(InvalidInput, match=reason):
        restore(empty, rewritten(file, change, sign=sign))
    assert_untouched(empty)


FORGED_ROWS = {
    "classes merged in a circle": ("label_class", "SELECT * REPLACE (id AS merged_into) FROM t", "circle"),
    "a task of no image": ("task", "SELECT * REPLACE (9999 AS image_id) FROM t", "name a image"),
    "a missing person": ("person", "SELECT * FROM t WHERE false", "name a person"),
    "two projects": ("project", "SELECT * FROM t UNION ALL SELECT * REPLACE (77 AS id) FROM t", "2 projects"),
    "a state of no meaning": ("task", "SELECT * REPLACE ('lost' AS state) FROM t", "accepted task"),
    "a role of no meaning": ("member", "SELECT * REPLACE ('king' AS role) FROM t", "king"),
    "an outline outside": (
        "revision",
        "SELECT * REPLACE (CAST('[[[[0,0],[900,0],[900,900]]]]' AS JSON) AS outline) FROM t",
        "leaves the image",
    ),
    "an outline of no numbers": (
        "revision",
        "SELECT * REPLACE (CAST('[[[[0,0],[\"x\",0],[900,900]]]]' AS JSON) AS outline) FROM t",
        "pair of numbers",
    ),
    "a missing column": ("image", "SELECT * EXCLUDE (pixel_hash) FROM t", "rule of the database"),
    "a column of another type": ("image", "SELECT * REPLACE ('x' AS width) FROM t", "do not fit"),
    "an unknown column": ("image", "SELECT *, 1 AS evil FROM t", "do not fit"),
    "a doubled id": ("image", "SELECT * REPLACE (min(id) OVER () AS id) FROM t", "an id twice"),
    "a colour that is markup": ("label_class", "SELECT * REPLACE ('<b>' AS color) FROM t", "not a colour"),
    "a name of two lines": (
        "label_class",
        "SELECT * REPLACE (name || chr(10) AS name) FROM t",
        "line breaks",
    ),
    "a file name of two lines": ("image", "SELECT * REPLACE (chr(10) AS file_name) FROM t", "file names"),
    "another size": ("image", "SELECT * REPLACE (7 AS width) FROM t", "pictures"),
    "no accepted task": ("task", "SELECT * REPLACE (false AS accepted) FROM t", "accepted task"),
    "a remark outside": (
        "review",
        "SELECT * REPLACE (CAST(9e9 AS DOUBLE) AS x, CAST(1 AS DOUBLE) AS y) FROM t",
        "outside its image",
    ),
    "a remark nowhere": (
        "review",
        "SELECT * REPLACE (CAST('nan' AS DOUBLE) AS x, CAST(1 AS DOUBLE) AS y) FROM t",
        "outside its image",
    ),
    "a verdict of no meaning": ("review", "SELECT * REPLACE ('maybe' AS verdict) FROM t", "maybe"),
}


@pytest.mark.parametrize("name", FORGED_ROWS)
def test_forged_rows_are_refused_and_change_nothing(name: str, file: Path, empty: Workspace) -> None:
    table, sql, reason = FORGED_ROWS[name]
    with pytest.raises(InvalidInput, match=reason):
        restore(empty, with_rows(file, table, sql))
    assert_untouched(empty)


def test_what_is_no_backup_is_refused(tmp_path: Path, empty: Workspace) -> None:
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(InvalidInput, match="no manifest"):
        restore(empty, plain)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", " " * 10_000_000)
    with pytest.raises(InvalidInput, match="compressed"):
        restore(empty, packed)
    with pytest.raises(InvalidInput, match="No such file"):
        restore(empty, tmp_path / "none.zip")
    with pytest.raises(InvalidInput, match="Is a directory"):
        restore(empty, tmp_path)


def test_a_backup_that_lacks_a_table_of_its_version_is_refused(file: Path, empty: Workspace) -> None:
    with pytest.raises(InvalidInput, match="exactly the tables"):
        restore(empty, rewritten(file, lambda members: members.pop("tables/comment.parquet")))
    assert_untouched(empty)


@pytest.mark.parametrize("settings", ['{"review_share": 5}', '{"reasons": "x"}', "[1]", "null"])
def test_settings_that_make_no_sense_are_refused(file: Path, empty: Workspace, settings: str) -> None:
    forged = with_rows(file, "project", f"SELECT * REPLACE (CAST('{settings}' AS JSON) AS settings) FROM t")
    with pytest.raises(InvalidInput):
        restore(empty, forged)
    assert_untouched(empty)
