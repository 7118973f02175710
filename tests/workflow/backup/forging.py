"""Backups as a forger, an accident or an older version would leave them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from maa.workflow.workspace import Workspace


def counts(ws: Workspace) -> dict[str, int]:
    with ws.store.read() as tx:
        tables = (
            "person",
            "project",
            "label_class",
            "image",
            "task",
            "annotation",
            "revision",
            "review",
            "taken_back_review",
            "approval",
            "taken_back_approval",
            "event",
        )
        return {table: tx.value(f"SELECT count(*) FROM {table}") for table in tables}


def assert_untouched(ws: Workspace) -> None:
    assert set(counts(ws).values()) == {0}
    assert [path for path in ws.images_dir.rglob("*") if path.is_file()] == []


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None], *, sign: bool = True) -> Path:
    """The backup with its members changed; `sign` writes the hashes anew, as a forger would."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if sign:
        manifest = json.loads(members.pop("manifest.json"))
        manifest["members"] = {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in members.items()
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    out = file.with_name("changed.zip")
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out


def with_rows(file: Path, table: str, sql: str) -> Path:
    """The backup with a table replaced by what `sql` makes of it (as `t`)."""
    path = file.with_name("table.parquet")

    def change(members: dict[str, bytes]) -> None:
        path.write_bytes(members[f"tables/{table}.parquet"])
        changed = sql.replace("FROM t", f"FROM read_parquet('{path}') t")
        duckdb.sql(f"COPY ({changed}) TO '{path}.new' (FORMAT parquet)")
        members[f"tables/{table}.parquet"] = Path(f"{path}.new").read_bytes()

    return rewritten(file, change)
