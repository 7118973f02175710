"""A project's rows to and from Parquet files, for backups.

Reading in, every row gets a new id and every reference follows it, so that a project can come back beside
the one it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from maa.domain import InvalidInput, Unusable
from maa.store import schema
from maa.store.connection import Row, Transaction

_TASKS = "SELECT id FROM task WHERE project_id = $1"
_ANNOTATIONS = f"SELECT id FROM annotation WHERE task_id IN ({_TASKS})"


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a backup."""

    name: str
    of_project: str
    """SQL condition; $1 is the project."""
    references: dict[str, str]
    """Column -> the table whose id it holds."""
    numbered: bool = True
    """Whether it has an `id` of its own, from the sequence NAME_id."""
    order: str = "id"
    """Columns that put its rows in order."""
    since: int = 1
    """The version of the tables from which on it exists; older backups lack it."""


_WORK = (
    _Table("project", "id = $1", {}),
    _Table("label_class", "project_id = $1", {"project_id": "project", "merged_into": "label_class"}),
    _Table("image", "project_id = $1", {"project_id": "project"}),
    _Table("video", "project_id = $1", {"project_id": "project"}, since=31),
    _Table(
        "video_frame",
        "video_id IN (SELECT id FROM video WHERE project_id = $1)",
        {"image_id": "image", "video_id": "video"},
        numbered=False,
        order="image_id",
        since=31,
    ),
    _Table(
        "task",
        "project_id = $1",
        {
            "project_id": "project",
            "image_id": "image",
            "holder_id": "person",
            "author_id": "person",
            "sent_back_by": "person",
            "for_person_id": "person",
            "reference_task_id": "task",
        },
    ),
    _Table(
        "member",
        "project_id = $1",
        {"project_id": "project", "person_id": "person"},
        numbered=False,
        order="person_id",
        since=10,
    ),
    _Table("annotation", f"task_id IN ({_TASKS})", {"task_id": "task"}),
    _Table(
        "revision",
        f"annotation_id IN ({_ANNOTATIONS})",
        {"annotation_id": "annotation", "class_id": "label_class", "author_id": "person"},
        numbered=False,
        order="annotation_id, number",
    ),
    _Table(
        "review",
        f"task_id IN ({_TASKS})",
        {"task_id": "task", "annotation_id": "annotation", "reviewer_id": "person", "author_id": "person"},
    ),
    _Table(
        "taken_back_review",
        f"review_id IN (SELECT id FROM review WHERE task_id IN ({_TASKS}))",
        {"review_id": "review"},
        numbered=False,
        order="review_id",
        since=34,
    ),
    _Table(
        "approval",
        f"task_id IN ({_TASKS})",
        {"task_id": "task", "author_id": "person", "reviewer_id": "person"},
        since=4,
    ),
    _Table(
        "approved_object",
        f"approval_id IN (SELECT id FROM approval WHERE task_id IN ({_TASKS}))",
        {"approval_id": "approval", "annotation_id": "annotation"},
        numbered=False,
        order="approval_id, annotation_id",
        since=4,
    ),
    _Table(
        "taken_back_approval",
        f"approval_id IN (SELECT id FROM approval WHERE task_id IN ({_TASKS}))",
        {"approval_id": "approval"},
        numbered=False,
        order="approval_id",
        since=34,
    ),
    _Table(
        "comment",
        f"task_id IN ({_TASKS})",
        {"task_id": "task", "annotation_id": "annotation", "thread_id": "comment", "person_id": "person"},
        since=4,
    ),
    _Table(
        "comparison",
        f"task_id IN ({_TASKS})",
        {
            "task_id": "task",
            "reference_task_id": "task",
            "person_id": "person",
            "reference_person_id": "person",
        },
        since=5,
    ),
    _Table(
        "compared_object",
        f"comparison_id IN (SELECT id FROM comparison WHERE task_id IN ({_TASKS}))",
        {
            "comparison_id": "comparison",
            "annotation_id": "annotation",
            "class_id": "label_class",
            "reference_annotation_id": "annotation",
            "reference_class_id": "label_class",
        },
        numbered=False,
        order="comparison_id, number",
        since=5,
    ),
    _Table(
        "taken_back_comparison",
        f"comparison_id IN (SELECT id FROM comparison WHERE task_id IN ({_TASKS}))",
        {"comparison_id": "comparison"},
        numbered=False,
        order="comparison_id",
        since=35,
    ),
    _Table("model_choice", "project_id = $1", {"project_id": "project", "person_id": "person"}, since=35),
    _Table(
        "event",
        f"(project_id = $1 OR task_id IN ({_TASKS}))",
        {"project_id": "project", "task_id": "task", "annotation_id": "annotation", "person_id": "person"},
    ),
)
# Of the people only those that the work names, so that a backup does not carry the whole staff around.
_PEOPLE = _Table(
    "person",
    "id IN ("
    + " UNION ".join(
        f"SELECT {column} FROM {table.name} WHERE {table.of_project}"
        for table in _WORK
        for column, target in table.references.items()
        if target == "person"
    )
    + ")",
    {},
)
_ALL = (_PEOPLE, *_WORK)

TABLES = tuple(table.name for table in _ALL)
"""The names of a backup's tables; each is a file NAME.parquet."""


def tables_of(version: int) -> set[str]:
    """The names of the tables in a backup whose tables were of this version."""
    return {table.name for table in _ALL if table.since <= version}


def schema_version(tx: Transaction) -> int:
    """The version of the tables: the number of the newest migration."""
    return schema.applied(tx)


def dump(tx: Transaction, project_id: int, folder: Path) -> dict[str, int]:
    """Write the project's rows to `folder`, a Parquet file a table; returns how many rows each has."""
    for table in _ALL:
        tx.run(
            f"COPY (SELECT * FROM {table.name} WHERE {table.of_project} ORDER BY {table.order})"
            f" TO {_literal(_file(folder, table))} (FORMAT parquet, COMPRESSION zstd)",
            project_id,
        )
    return {table.name: tx.value(f"SELECT count(*) FROM {_source(folder, table)}") for table in _ALL}


def project_name(tx: Transaction, folder: Path) -> str:
    """The name of the project in a dump.

    Raises:
        InvalidInput: the table of projects cannot be read or does not hold exactly one.
    """
    rows = _read(tx, f"SELECT name FROM {_source(folder, _WORK[0])}", "project")
    if len(rows) != 1 or not isinstance(rows[0]["name"], str):
        raise Unusable(f"it holds {len(rows)} projects instead of one")
    return rows[0]["name"]


def load(tx: Transaction, folder: Path, name: str, name_key: str) -> int:
    """Add a dumped project under new ids and this name; returns its id.

    People are found by their name; those that are missing are added as they were. Columns that a dump from
    an older version lacks get their default.

    Raises:
        InvalidInput: a table is not as it should be, or refers to something that is not in the dump. The
            caller's transaction must then be undone.
    """
    older = _add_missing(tx, folder)
    for table in _ALL:
        _check_columns(tx, folder, table)
    _check_merges(tx, folder)
    _match_people(tx, folder)
    for table in _ALL:
        if table.numbered and table is not _PEOPLE:
            _number(tx, folder, table)
    try:
        for table in _ALL:
            _check_references(tx, folder, table)
            _insert(tx, folder, table)
        project_id: int = tx.value("SELECT new_id FROM new_project")
        tx.run(
            "UPDATE project SET name = $2, name_key = $3, archived_at = NULL WHERE id = $1",
            project_id,
            name,
            name_key,
        )
    except (duckdb.IntegrityError, duckdb.DataError, duckdb.ProgrammingError) as error:
        raise Unusable(f"its rows break a rule of the database ({_first_line(error)})") from error
    if "approval" in older:
        tx.run(
            "INSERT INTO approval (task_id, author_id, reviewer_id, created_at)"
            " SELECT task_id, author_id, reviewer_id, created_at FROM review"
            f" WHERE task_id IN ({_TASKS}) AND annotation_id IS NULL AND x IS NULL AND verdict = 'approve'"
            " ORDER BY id",
            project_id,
        )
    if "member" in older:
        # from the time when everybody had one role for all projects
        tx.run(
            "INSERT INTO member SELECT $1, new_id, dumped.role"
            f" FROM {_source(folder, _PEOPLE)} dumped JOIN new_person ON old_id = dumped.id",
            project_id,
        )
    for table in _ALL:
        if table.numbered:
            tx.run(f"DROP TABLE new_{table.name}")
    return project_id


def _add_missing(tx: Transaction, folder: Path) -> set[str]:
    """Put an empty file where a backup of an older version has no table; returns which."""
    missing = {table.name for table in _ALL if not _file(folder, table).exists()}
    for table in _ALL:
        if table.name in missing:
            file = _literal(_file(folder, table))
            tx.run(f"COPY (SELECT * FROM {table.name} LIMIT 0) TO {file} (FORMAT parquet)")
    return missing


def _check_columns(tx: Transaction, folder: Path, table: _Table) -> None:
    found = _columns(_read(tx, f"DESCRIBE SELECT * FROM {_source(folder, table)}", table.name))
    known = _columns(tx.rows(f"DESCRIBE {table.name}"))
    unknown = [name for name, kind in found.items() if known.get(name) != kind]
    if unknown:
        raise Unusable(f"its table {table.name} has columns that do not fit: {', '.join(unknown)[:200]}")


def _columns(described: list[Row]) -> dict[str, str]:
    return {row["column_name"]: row["column_type"] for row in described}


def _check_merges(tx: Transaction, folder: Path) -> None:
    """Refuse classes merged in a circle: nobody would ever come to the end of it."""
    rows = _read(tx, f"SELECT id, merged_into FROM {_source(folder, _WORK[1])}", "label_class")
    merged_into = {row["id"]: row["merged_into"] for row in rows}
    for start in merged_into:
        seen = set()
        step = start
        while step is not None:
            if step in seen:
                raise Unusable("its classes are merged in a circle")
            seen.add(step)
            step = merged_into.get(step)


def _match_people(tx: Transaction, folder: Path) -> None:
    source = _source(folder, _PEOPLE)
    tx.run(
        f"""
        CREATE TEMP TABLE new_person AS
        SELECT dumped.id AS old_id, coalesce(person.id, nextval('person_id')) AS new_id,
            person.id IS NULL AS missing
        FROM {source} dumped LEFT JOIN person ON person.name_key = dumped.name_key
        """
    )


def _number(tx: Transaction, folder: Path, table: _Table) -> None:
    """New ids in the order of the old ones, which is an order that people see."""
    count = tx.value(f"SELECT count(*) FROM {_source(folder, table)}")
    if count != tx.value(f"SELECT count(DISTINCT id) FROM {_source(folder, table)}"):
        raise Unusable(f"its table {table.name} has an id twice")
    first = tx.value(f"SELECT coalesce(min(nextval('{table.name}_id')), 0) FROM range($1)", count)
    tx.run(
        f"""
        CREATE TEMP TABLE new_{table.name} AS
        SELECT id AS old_id, $1 - 1 + row_number() OVER (ORDER BY id) AS new_id FROM {_source(folder, table)}
        """,
        first,
    )


def _references(tx: Transaction, folder: Path, table: _Table) -> dict[str, str]:
    """Those of the table's references that the dump has: an older one lacks the newer columns."""
    there = _columns(_read(tx, f"DESCRIBE SELECT * FROM {_source(folder, table)}", table.name))
    return {column: target for column, target in table.references.items() if column in there}


def _check_references(tx: Transaction, folder: Path, table: _Table) -> None:
    for column, target in _references(tx, folder, table).items():
        dangling = tx.value(
            f"SELECT count(*) FROM {_source(folder, table)} WHERE {column} IS NOT NULL"
            f" AND {column} NOT IN (SELECT old_id FROM new_{target})"
        )
        if dangling:
            raise InvalidInput(f"{dangling} rows of its table {table.name} name a {target} that is not in it")


def _insert(tx: Transaction, folder: Path, table: _Table) -> None:
    new = {
        column: f"(SELECT new_id FROM new_{target} WHERE old_id = dumped.{column})"
        for column, target in _references(tx, folder, table).items()
    }
    if table.numbered:
        new["id"] = f"(SELECT new_id FROM new_{table.name} WHERE old_id = dumped.id)"
    if table.name == "revision":
        # It names a request to the installation that the backup was made in.
        new["request_key"] = "NULL"
    replaced = ", ".join(f"{expression} AS {column}" for column, expression in new.items())
    only = " WHERE id IN (SELECT old_id FROM new_person WHERE missing)" if table is _PEOPLE else ""
    tx.run(
        f"INSERT INTO {table.name} BY NAME"
        f" SELECT * REPLACE ({replaced}) FROM {_source(folder, table)} dumped{only}"
    )


def _read(tx: Transaction, sql: str, table: str) -> list[Row]:
    try:
        return tx.rows(sql)
    except duckdb.Error as error:
        raise Unusable(f"its table {table} cannot be read ({_first_line(error)})") from error


def _source(folder: Path, table: _Table) -> str:
    return f"read_parquet({_literal(_file(folder, table))})"


def _file(folder: Path, table: _Table) -> Path:
    return folder / f"{table.name}.parquet"


def _literal(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200]
