from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maa.api import passes
from maa.api.passes import PassRefused, Purpose
from maa.domain import MaaError, Session
from maa.workflow.workspace import Workspace
from tests.workflow.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(tmp_path)
    yield office
    office.ws.close()


def of(person_id: int) -> Session:
    """A session of this person."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Session(5, person_id, "password", "", now, now, now)


def test_a_pass_says_who_may_call_and_for_what(office: Office) -> None:
    text = passes.issue(office.ws, of(7), 42, "review")
    said = passes.check(office.ws, text)
    assert (said.session_id, said.person_id, said.task_id) == (5, 7, 42)
    assert said.purpose is Purpose.REVIEW
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum(), "fit for addresses"


def test_within_an_hour_a_pass_is_the_same_text_so_that_tiles_stay_cached(office: Office) -> None:
    first = passes.issue(office.ws, of(1), 1, "annotate")
    office.clock.advance(minutes=59)
    assert passes.issue(office.ws, of(1), 1, "annotate") == first
    office.clock.advance(minutes=2)
    assert passes.issue(office.ws, of(1), 1, "annotate") != first
    passes.check(office.ws, first)


def test_a_pass_runs_out_and_still_says_whose_it_was(office: Office) -> None:
    text = passes.issue(office.ws, of(7), 42, "annotate")
    office.clock.advance(hours=11, minutes=59)
    passes.check(office.ws, text)
    office.clock.advance(minutes=1)
    with pytest.raises(PassRefused, match="open for too long") as caught:
        passes.check(office.ws, text)
    assert caught.value.held_pass is not None
    assert caught.value.held_pass.person_id == 7


@pytest.mark.parametrize(
    "change", ["7.42", "6.7", "8.42", "7.43", "review", "later", "short", "other", "none"]
)
def test_nothing_about_a_pass_can_be_changed(office: Office, change: str) -> None:
    text = passes.issue(office.ws, of(7), 42, "annotate")
    session, person, task, _, until, signature = text.split(".")
    forged = {
        "7.42": "7.42",
        "6.7": f"6.{person}.{task}.annotate.{until}.{signature}",
        "8.42": f"{session}.8.{task}.annotate.{until}.{signature}",
        "7.43": f"{session}.{person}.43.annotate.{until}.{signature}",
        "review": f"{session}.{person}.{task}.review.{until}.{signature}",
        "later": f"{session}.{person}.{task}.annotate.{int(until) + 1}.{signature}",
        "short": text[:-1],
        "other": f"{session}.{person}.{task}.annotate.{until}.{signature[::-1]}",
        "none": f"{session}.{person}.{task}.annotate.{until}.",
    }[change]
    with pytest.raises(PassRefused, match="not issued by this server"):
        passes.check(office.ws, forged)


@pytest.mark.parametrize(
    "text", ["x", ".", "....", "1.1.annotate.9999999999.", "\u00e9" * 50, "\ud800.a", "a" * 10**6]
)
def test_what_is_no_pass_at_all_is_refused(office: Office, text: str) -> None:
    with pytest.raises(PassRefused):
        passes.check(office.ws, text)


def test_a_missing_pass_is_said(office: Office) -> None:
    with pytest.raises(PassRefused, match="no pass"):
        passes.check(office.ws, "")


def test_passes_of_another_data_folder_are_forged_ones(office: Office, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "other")
    with pytest.raises(PassRefused):
        passes.check(office.ws, passes.issue(other, of(1), 1, "annotate"))
    other.close()


def test_the_key_outlives_the_process_and_only_its_owner_can_read_it(office: Office, tmp_path: Path) -> None:
    text = passes.issue(office.ws, of(1), 1, "annotate")
    key = tmp_path / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32
    office.ws.close()
    again = Workspace(tmp_path, clock=office.clock)
    assert passes.check(again, text).person_id == 1
    assert sorted(path.name for path in tmp_path.glob("*secret*")) == ["secret.key"], (
        "nothing half made is left"
    )
    again.close()


def test_many_that_need_the_first_key_at_once_get_the_same(office: Office) -> None:
    found: set[str] = set()
    start = threading.Barrier(8)

    def issue() -> None:
        start.wait()
        found.add(passes.issue(office.ws, of(1), 1, "annotate"))

    threads = [threading.Thread(target=issue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_a_damaged_key_is_said_and_not_replaced_in_silence(office: Office, tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(MaaError, match="damaged"):
        passes.issue(office.ws, of(1), 1, "annotate")
