from __future__ import annotations

import pytest

from maa.domain import InvalidInput, NotAllowed, NotFound, Role, TaskState
from maa.workflow import history, people, queue, review

from .office import Office


def test_people_are_listed_by_name_and_inactive_ones_on_request(office: Office) -> None:
    people.set_active(office.ws, office.ben.id, False, by=office.max.id)
    assert [p.name for p in people.list_people(office.ws)] == ["Ana", "Max", "Rita", "Rolf"]
    everybody = people.list_people(office.ws, include_inactive=True)
    assert [p.name for p in everybody] == ["Ana", "Ben", "Max", "Rita", "Rolf"]


@pytest.mark.parametrize("name", ["ana", " Ana ", "ANA", "Ana\u0020"])
def test_a_name_is_taken_whatever_its_case_and_spaces(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput, match="'Ana' already"):
        people.add_person(office.ws, name, Role.ANNOTATOR)


def test_composed_and_decomposed_letters_are_the_same_name(office: Office) -> None:
    people.add_person(office.ws, "Zoe\u0301", Role.ANNOTATOR)
    with pytest.raises(InvalidInput, match="already"):
        people.add_person(office.ws, "Zo\u00e9", Role.ANNOTATOR)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "a\u202eb", "a\ud800b", "x" * 101, "a\u2028b"])
def test_unusable_names_are_refused(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput):
        people.add_person(office.ws, name, Role.ANNOTATOR)


@pytest.mark.parametrize(
    "name", ["李雷", "👩‍🚀 Zoë", "<script>alert(1)</script>", "x" * 100, "O'Brien; DROP TABLE person"]
)
def test_unusual_names_are_kept_as_they_are(office: Office, name: str) -> None:
    person = people.add_person(office.ws, name, Role.ANNOTATOR)
    assert people.get_person(office.ws, person.id).name == name


def test_only_a_manager_changes_roles(office: Office) -> None:
    with pytest.raises(NotAllowed, match="manager"):
        people.set_role(office.ws, office.ana.id, Role.MANAGER, by=office.rita.id)
    assert people.set_role(office.ws, office.ana.id, Role.REVIEWER, by=office.max.id).role is Role.REVIEWER


def test_the_last_manager_stays_one(office: Office) -> None:
    with pytest.raises(NotAllowed, match="only manager"):
        people.set_role(office.ws, office.max.id, Role.ANNOTATOR, by=office.max.id)
    with pytest.raises(NotAllowed, match="only manager"):
        people.set_active(office.ws, office.max.id, False, by=office.max.id)
    people.set_role(office.ws, office.rita.id, Role.MANAGER, by=office.max.id)
    people.set_active(office.ws, office.max.id, False, by=office.rita.id)


def test_who_is_switched_off_gives_back_what_they_held_and_may_do_nothing(office: Office) -> None:
    office.add_images(2)
    labeling = office.claim(office.ana)
    office.submitted(office.ben)
    reviewing = office.claim_review(office.rita)
    for person in (office.ana, office.rita):
        people.set_active(office.ws, person.id, False, by=office.max.id)
    assert queue.get_task(office.ws, labeling.id).state is TaskState.READY
    assert queue.get_task(office.ws, reviewing.id).state is TaskState.SUBMITTED
    with pytest.raises(NotAllowed, match="not active"):
        queue.claim_next(office.ws, office.project.id, office.ana.id)
    with pytest.raises(NotAllowed, match="not active"):
        review.claim_next_review(office.ws, office.project.id, office.rita.id)


def test_nobody_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        people.get_person(office.ws, 999)


def test_every_change_of_people_is_in_the_history(office: Office) -> None:
    people.set_role(office.ws, office.ana.id, Role.REVIEWER, by=office.max.id)
    (event,) = history.events(office.ws, kinds=["role_changed"])
    assert event.person_id == office.max.id
    assert event.data == {"person_id": office.ana.id, "from": "annotator", "to": "reviewer"}
