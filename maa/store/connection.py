"""The one owner of the database connection.

DuckDB's file belongs to one process. Writes take turns by one lock; reads run beside them, each on a cursor
of its own that sees what was committed when it began.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from maa.domain import MaaError
from maa.store import schema
from maa.store.remembered import Answer, Remembered, harmless

Row = dict[str, Any]
Parsed = tuple[duckdb.Statement | str, bool]
"""A statement, or the text of several, and whether it leaves alone what writers remember."""


class StoreBusy(MaaError):
    """The database is open already, most often in another process."""


class StoreDamaged(MaaError):
    """The file is not a MAA database, or one that this program cannot read."""


class StoreFailed(MaaError):
    """The database could not do its work now (disk full, file gone). What it had acknowledged is safe."""


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


class Transaction:
    """One transaction: what the modules of this package run their SQL on.

    `now` is its time. Parameters are $1, $2, ... Times go in and come out aware; the tables hold them in UTC.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        now: datetime,
        parsed: dict[str, Parsed],
        remembered: Remembered | None,
    ) -> None:
        self._cursor = cursor
        self._parsed = parsed
        self._remembered = remembered
        self.now = now

    def known(self, question: Hashable, read: Callable[[], Answer]) -> Answer:
        """What `read` finds in the tables of `remembered.TABLES` and nowhere else.

        It is not read again by this and later writers until one changes any of these tables.
        """
        return read() if self._remembered is None else self._remembered.answer(question, read)

    def known_already(self, question: Hashable) -> Any | None:
        """What is remembered as the answer; None when nothing is."""
        return None if self._remembered is None else self._remembered.get(question)

    def rows(self, sql: str, *values: object, accounted: bool = False) -> list[Row]:
        """Every row of the answer, as a dict by column name.

        `accounted`: the caller brings what is remembered up to date after the statement, so keep it.
        """
        self._execute(sql, values, accounted)
        names = [column[0] for column in self._cursor.description or ()]
        return [
            dict(zip(names, map(_from_database, values), strict=True)) for values in self._cursor.fetchall()
        ]

    def row(self, sql: str, *values: object, accounted: bool = False) -> Row | None:
        """The first row of the answer, None when there is none."""
        rows = self.rows(sql, *values, accounted=accounted)
        return rows[0] if rows else None

    def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row; the answer must have one."""
        (first, *_) = self.rows(sql, *values)
        return next(iter(first.values()))

    def change(self, sql: str, *values: object, accounted: bool = False) -> int:
        """Run an UPDATE and say how many rows it changed."""
        (counted,) = self.rows(sql, *values, accounted=accounted)
        changed: int = next(iter(counted.values()))
        return changed

    def run(self, sql: str, *values: object) -> None:
        """Run a statement for what it does."""
        self._execute(sql, values)

    def frame(self, sql: str, *values: object) -> pd.DataFrame:
        """The answer as a DataFrame; times in it are naive UTC."""
        self._execute(sql, values)
        return self._cursor.fetch_df()

    def _execute(self, sql: str, values: tuple[object, ...], accounted: bool = False) -> None:
        # parsing takes longer than finding one row does; the texts are few and the same all day
        parsed = self._parsed.get(sql)
        if parsed is None:
            statements = self._cursor.extract_statements(sql)
            one = len(statements) == 1
            parsed = self._parsed[sql] = (statements[0] if one else sql, one and harmless(sql))
        statement, leaves_alone = parsed
        if self._remembered is not None and not leaves_alone and not accounted:
            self._remembered.forget()
        self._cursor.execute(statement, [_to_database(value) for value in values])


def _to_database(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _from_database(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


# DuckDB hands a second connection of one process the same open file, so that two write locks would not meet.
_open_paths: set[Path] = set()
_open_paths_lock = threading.Lock()


class Store:
    """The open database file: created when missing, brought up to date by the numbered migrations.

    Raises `StoreBusy` when it is open elsewhere and `StoreDamaged`, leaving the file as it is, when it cannot
    be used.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = path.resolve()
        self._clock = clock
        self._write_lock = threading.Lock()
        self._writer: int | None = None
        self.changes = 0
        """Counts the write transactions: what was read while it stood the same is still so."""
        self._cursor_lock = threading.Lock()
        self._parsed: dict[str, Parsed] = {}
        self._remembered = Remembered()
        with _open_paths_lock:
            if self.path in _open_paths:
                raise StoreBusy(f"The database {self.path} is open in this process already. Use that one.")
            self._connection = _connect(self.path)
            _open_paths.add(self.path)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may change things: on disk once the block has ended, undone if it raises.

        Writers wait for each other; a block should hold no slow work. Not to be nested.
        """
        if self._writer == threading.get_ident():
            raise RuntimeError("a write transaction inside a write transaction would wait for itself")
        with self._write_lock:
            self._writer = threading.get_ident()
            try:
                with self._transaction(self._remembered) as tx:
                    yield tx
            except BaseException:
                # what it read after a change of its own never came to be
                self._remembered.forget()
                raise
            finally:
                self.changes += 1
                self._writer = None

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads: one consistent view of what was committed when it began."""
        with self._transaction() as tx:
            yield tx

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        with self._write_lock:
            self._parsed.clear()
            self._connection.close()
        with _open_paths_lock:
            _open_paths.discard(self.path)

    @contextmanager
    def _transaction(self, remembered: Remembered | None = None) -> Iterator[Transaction]:
        try:
            with self._cursor_lock:
                cursor = self._connection.cursor()
            with contextlib.closing(cursor):
                cursor.begin()
                try:
                    yield Transaction(cursor, self._clock(), self._parsed, remembered)
                except BaseException:
                    with contextlib.suppress(duckdb.Error):
                        cursor.rollback()
                    raise
                try:
                    cursor.commit()
                except duckdb.TransactionException as error:
                    if not _OF_THE_DISK.search(str(error)):
                        raise
                    raise duckdb.IOException(str(error)) from error
        except _OUT_OF_ORDER as error:
            raise StoreFailed(
                f"The database {self.path} could not be used: {_first_line(error)} This change was not "
                "saved; everything saved before it is safe. Check that the disk has room and the folder is "
                "writable, then try again; restart the app if that does not help."
            ) from error

    def _migrate(self) -> None:
        with self.write() as tx:
            tables = {
                row["table_name"] for row in tx.rows("SELECT table_name FROM information_schema.tables")
            }
            if tables and schema.TABLE not in tables:
                raise StoreDamaged(
                    f"{self.path} is a database of something else. Move it away. {_CHOOSE_ANOTHER}"
                )
            if not tables:
                schema.prepare(tx)
            newest = schema.applied(tx)
            known = schema.known()
            if newest > known[-1].version:
                raise StoreDamaged(
                    f"{self.path} was made by a newer MAA (its tables are version {newest}, this program "
                    f"knows {known[-1].version}). Update MAA. {_CHOOSE_ANOTHER}"
                )
            pending = schema.pending(tx)
        for migration in pending:
            with self.write() as tx:
                schema.apply(tx, migration)


# what the machine does to a database, unlike what a wrong statement does
_OUT_OF_ORDER = (
    duckdb.ConnectionException,
    duckdb.FatalException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
)
_OF_THE_DISK = re.compile(
    r"could not (write|sync|flush|truncate)|No space left|I/O|IO Error|Permission denied|Read-only file",
    re.IGNORECASE,
)
"""In the words of a commit that failed."""
_CHOOSE_ANOTHER = "Or choose another data folder with MAA_DATA_DIR. The file was left as it was."


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        # nothing may reach for the network at run time; what is used is built in
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # a name in SQL is a table, never a Python variable that happens to be called so
        "python_enable_replacements": False,
    }
    new = not path.exists()
    try:
        return duckdb.connect(str(path), config=settings)
    except duckdb.Error as error:
        message = _first_line(error)
        if "Could not set lock" in message:
            raise StoreBusy(
                f"The database {path} is in use by another process. Use the running app, or stop it first. "
                f"({message})"
            ) from error
        if new:
            # What was begun of it would look like a damaged one from now on.
            with contextlib.suppress(OSError):
                path.unlink()
            raise StoreDamaged(
                f"No database can be created at {path}: {message} Make room there and make it writable, or "
                "choose another data folder with MAA_DATA_DIR."
            ) from error
        if "Read-only file system" in message or "Permission denied" in message:
            raise StoreDamaged(
                f"The database {path} cannot be written to: {message} Make its folder writable. "
                f"{_CHOOSE_ANOTHER}"
            ) from error
        raise StoreDamaged(
            f"{path} cannot be opened as a database: {message} Restore it from a backup. {_CHOOSE_ANOTHER}"
        ) from error


def _first_line(error: BaseException) -> str:
    line = str(error).strip().splitlines()[0].removeprefix("TransactionContext Error: Failed to commit: ")
    return line if line.endswith(".") else f"{line}."
