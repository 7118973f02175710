from __future__ import annotations

import resource
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from maa.domain import Role
from maa.store import annotations, drafts, events, people, reviews, schema
from maa.store.connection import Store, StoreBusy, StoreDamaged, StoreFailed, Transaction


def add(tx: Transaction, name: str) -> None:
    people.add(tx, name, name.casefold())


def everybody(store: Store) -> list[str]:
    with store.read() as tx:
        return [person.name for person in people.everybody(tx, include_inactive=True)]


def test_what_was_written_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    store = Store(tmp_path / "maa.duckdb")
    with store.write() as tx:
        add(tx, "Ana")
    store.close()
    store.close()
    again = Store(tmp_path / "maa.duckdb")
    assert everybody(again) == ["Ana"]
    again.close()


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.write() as tx:  # noqa: PT012 the block is what is tested
        add(tx, "Ana")
        raise KeyboardInterrupt
    assert everybody(store) == []
    with store.write() as tx:
        add(tx, "Ben")
    assert everybody(store) == ["Ben"]


def test_a_reader_sees_one_consistent_moment_and_waits_for_no_writer(store: Store) -> None:
    with store.read() as before:
        assert people.everybody(before, include_inactive=True) == []
        with store.write() as tx:
            add(tx, "Ana")
            assert everybody(store) == [], "not yet committed"
        assert people.everybody(before, include_inactive=True) == []
    assert everybody(store) == ["Ana"]


def test_a_write_inside_a_write_is_an_error_and_not_a_standstill(store: Store) -> None:
    with store.write(), pytest.raises(RuntimeError, match="inside a write"), store.write():
        pass
    with store.write() as tx:
        add(tx, "Ana")


def test_many_threads_write_at_once_and_nothing_is_lost(store: Store) -> None:
    def work(number: int) -> None:
        for turn in range(4):
            with store.write() as tx:
                add(tx, f"{number}-{turn}")
                events.add(tx, "saved", data={"number": number})
            everybody(store)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(everybody(store)) == 200
    with store.read() as tx:
        ids = [e.id for e in events.newest(tx, project_id=None, task_id=None, kinds=None, limit=1000)]
    assert len(ids) == len(set(ids)) == 200


def test_times_keep_their_instant_whatever_their_zone(store: Store) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with store.read() as tx:
        back = tx.value("SELECT CAST($1 AS TIMESTAMP)", moment)
        assert (back, back.tzinfo) == (moment, UTC)
        with pytest.raises(ValueError, match="time zone"):
            tx.value("SELECT $1", datetime(2026, 1, 1))


def test_a_file_another_process_has_is_busy_and_the_message_says_what_to_do(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from maa.domain import MaaError\n"
        "from maa.store.connection import Store, StoreBusy\n"
        "try: Store(Path(sys.argv[1]))\n"
        "except StoreBusy as error: print(isinstance(error, MaaError), error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("True The database")
    assert "in use by another process" in done.stdout
    assert "stop it first" in done.stdout


def test_a_second_owner_in_the_same_process_is_refused(store: Store) -> None:
    with pytest.raises(StoreBusy, match="this process"):
        Store(store.path)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n" * 500, b"a,b\n1,2\n"], ids=["empty", "image", "text"]
)
def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "maa.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="left as it was"):
        Store(path)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["maa.duckdb"]


def test_a_database_that_could_not_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "maa.duckdb"

    def full(name: str, **_: object) -> None:
        Path(name).write_bytes(bytes(4096))
        raise duckdb.IOException("Could not write all bytes to file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", full)
        with pytest.raises(StoreDamaged, match=r"No database can be created .* Make room"):
            Store(path)
    Store(path).close()


def test_a_database_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "maa.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales (amount INTEGER)")
    content = path.read_bytes()
    with pytest.raises(StoreDamaged, match="something else"):
        Store(path)
    assert path.read_bytes() == content


def test_a_cut_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "maa.duckdb"
    store = Store(path)
    with store.write() as tx:
        for number in range(2000):
            events.add(tx, "saved", data={"text": f"some text {number}" * 20})
    store.close()
    cut = path.read_bytes()[:6000]
    path.write_bytes(cut)
    with pytest.raises(StoreDamaged):
        Store(path)
    assert path.read_bytes() == cut


def test_a_database_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "maa.duckdb"
    store = Store(path)
    with store.write() as tx:
        schema.apply(tx, schema.Migration(9999, "future", "CREATE TABLE future (id INTEGER)"))
    store.close()
    with pytest.raises(StoreDamaged, match=r"newer MAA.*9999"):
        Store(path)


def test_a_migration_that_fails_leaves_the_database_at_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "maa.duckdb"
    store = Store(path)
    with store.write() as tx:
        add(tx, "Ana")
    store.close()
    known = schema.known()
    broken = schema.Migration(
        known[-1].version + 1, "broken", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1)"
    )
    monkeypatch.setattr(schema, "known", lambda: (*known, broken))
    with pytest.raises(duckdb.CatalogException):
        Store(path)
    monkeypatch.undo()
    store = Store(path)
    with store.read() as tx:
        assert schema.applied(tx) == known[-1].version
        assert not tx.rows("SELECT table_name FROM information_schema.tables WHERE table_name = 'half'")
    assert everybody(store) == ["Ana"]
    store.close()


def test_a_database_is_brought_up_to_date_without_losing_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "maa.duckdb"
    store = Store(path)
    with store.write() as tx:
        add(tx, "Ana")
    store.close()
    known = schema.known()
    added = schema.Migration(known[-1].version + 1, "next", "ALTER TABLE project ADD COLUMN motto TEXT")
    monkeypatch.setattr(schema, "known", lambda: (*known, added))
    store = Store(path)
    with store.read() as tx:
        assert schema.applied(tx) == added.version
        assert tx.rows("SELECT motto FROM project") == []
    assert everybody(store) == ["Ana"]
    store.close()


def test_work_from_the_first_version_gets_what_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = schema.known()
    monkeypatch.setattr(schema, "known", lambda: known[:1])
    store = Store(tmp_path / "maa.duckdb")
    with store.write() as tx:
        tx.run(
            """
            INSERT INTO person (name, name_key, role, created_at) VALUES ('Ana', 'ana', 'manager', now());
            INSERT INTO project (name, name_key, guidelines, created_at) VALUES ('P', 'p', '', now());
            INSERT INTO label_class (project_id, name, name_key, color, position)
                VALUES (1, 'c', 'c', '#000000', 0);
            INSERT INTO image (project_id, file_name, width, height, file_hash, pixel_hash, created_at)
                VALUES (1, 'a.png', 9, 9, 'f', 'p', now());
            INSERT INTO task (project_id, image_id, purpose, state, accepted, updated_at)
                VALUES (1, 1, 'work', 'approved', true, now());
            INSERT INTO annotation (task_id, created_at) VALUES (1, now());
            INSERT INTO revision VALUES (1, 1, 1, '[[[[0,0],[5,0],[5,5]]]]', 'manual', 1, now(), false, NULL,
                NULL, NULL, NULL, NULL, 0, 0, 0, 0, 'key');
            INSERT INTO review (task_id, reviewer_id, verdict, reason, comment, created_at)
                VALUES (1, 1, 'approve', '', '', now());
            """
        )
    store.close()
    monkeypatch.undo()
    store = Store(tmp_path / "maa.duckdb")
    with store.read() as tx:
        assert [said.place for said in reviews.of_task(tx, 1)] == [None]
        assert [revision.correction for revision in annotations.revisions(tx, 1)] == [False]
        assert drafts.get(tx, 1, 1) is None
        ana = people.member(tx, 1, 1)
        assert ana is not None
        assert (ana.role, ana.admin) == (Role.MANAGER, True)
    store.close()


def test_migrations_have_numbers_of_their_own_and_travel_with_the_package() -> None:
    versions = [migration.version for migration in schema.known()]
    assert versions[0] == 1
    assert versions == sorted(set(versions))


def test_a_migration_with_a_lower_number_may_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "maa.duckdb"
    known = schema.known()
    last = known[-1].version
    late = schema.Migration(last + 1, "late", "CREATE TABLE late (id INTEGER)")
    early = schema.Migration(last + 2, "early", "CREATE TABLE early (id INTEGER)")
    monkeypatch.setattr(schema, "known", lambda: (*known, early))
    Store(path).close()
    monkeypatch.setattr(schema, "known", lambda: (*known, late, early))
    store = Store(path)
    with store.read() as tx:
        assert tx.rows("SELECT * FROM late") == tx.rows("SELECT * FROM early") == []
        assert schema.pending(tx) == []
    store.close()


def test_a_store_that_was_closed_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "maa.duckdb")
    store.close()
    with pytest.raises(StoreFailed, match="closed"), store.read():
        pass


def test_a_full_disk_is_said_and_what_came_before_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "maa.duckdb")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with store.write() as tx:
        events.add(tx, "before")
    written = sum(path.stat().st_size for path in tmp_path.glob("*.wal"))
    # the system then refuses what is written beyond, as it does on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (written + 1000, hard))
    try:
        with (
            pytest.raises(StoreFailed, match=r"was not saved.*has room"),
            store.write() as tx,
        ):
            events.add(tx, "too_much", data={"text": "much " * 1000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with store.write() as tx:
        events.add(tx, "after")
    store.close()
    store = Store(tmp_path / "maa.duckdb")
    with store.read() as tx:
        assert [row["kind"] for row in tx.rows("SELECT kind FROM event ORDER BY id")] == ["before", "after"]
    store.close()
