"""Changing what DuckDB does not let change: an indexed column of a row that foreign keys point to."""

from __future__ import annotations

from maa.store.connection import Transaction


def rewrite(tx: Transaction, table: str, assignment: str, *values: object) -> None:
    """`UPDATE table SET assignment`, by making the table anew with all that refer to it.

    In the caller's transaction, so it happens as a whole or not at all. `table` and `assignment` are SQL of
    this package, never text from people. Takes as long as copying those tables; for what is done rarely.
    """
    made = {
        row["table_name"]: row["sql"]
        for row in tx.rows(
            "SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary"
        )
    }
    order = _with_referring(tx, table)
    for name in order:
        tx.run(f"CREATE TEMP TABLE kept_{name} AS SELECT * FROM main.{name}")
    for name in reversed(order):
        tx.run(f"DROP TABLE main.{name}")
    tx.run(f"UPDATE kept_{table} SET {assignment}", *values)
    for name in order:
        tx.run(made[name])
        tx.run(f"INSERT INTO main.{name} SELECT * FROM kept_{name}")
        tx.run(f"DROP TABLE kept_{name}")


def _with_referring(tx: Transaction, table: str) -> list[str]:
    """The table and those that refer to it, also by others; each after those that it refers to."""
    references = [
        (row["table_name"], row["referenced_table"])
        for row in tx.rows(
            "SELECT table_name, referenced_table FROM duckdb_constraints()"
            " WHERE constraint_type = 'FOREIGN KEY'"
        )
    ]
    wanted = {table}
    while more := {child for child, parent in references if parent in wanted} - wanted:
        wanted |= more
    order: list[str] = []
    while left := wanted - set(order):
        free = [n for n in left if not any(child == n and parent in left for child, parent in references)]
        order += sorted(free)
    return order
