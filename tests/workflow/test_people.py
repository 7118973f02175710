from __future__ import annotations

import pytest

from maa.domain import Conflict, InvalidInput, NotAllowed, NotFound, Role, TaskState
from maa.workflow import history, people, projects, queue, review

from .office import Office


def test_people_are_listed_by_name_and_inactive_ones_on_request(office: Office) -> None:
    people.set_active(office.ws, office.ben.id, False, by=office.max.id)
    assert [p.name for p in people.list_people(office.ws)] == ["Ana", "Max", "Rita", "Rolf"]
    everybody = people.list_people(office.ws, include_inactive=True)
    assert [p.name for p in everybody] == ["Ana", "Ben", "Max", "Rita", "Rolf"]


@pytest.mark.parametrize("name", ["ana", " Ana ", "ANA", "Ana\u0020"])
def test_a_name_is_taken_whatever_its_case_and_spaces(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput, match="'Ana' already"):
        people.add_person(office.ws, name)


def test_composed_and_decomposed_letters_are_the_same_name(office: Office) -> None:
    people.add_person(office.ws, "Zoe\u0301")
    with pytest.raises(InvalidInput, match="already"):
        people.add_person(office.ws, "Zo\u00e9")


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "a\u202eb", "a\ud800b", "x" * 101, "a\u2028b"])
def test_unusable_names_are_refused(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput):
        people.add_person(office.ws, name)


@pytest.mark.parametrize(
    "name", ["李雷", "👩‍🚀 Zoë", "<script>alert(1)</script>", "x" * 100, "O'Brien; DROP TABLE person"]
)
def test_unusual_names_are_kept_as_they_are(office: Office, name: str) -> None:
    person = people.add_person(office.ws, name)
    assert people.get_person(office.ws, person.id).name == name


def test_a_project_s_roles_are_given_by_its_managers_and_by_admins(office: Office) -> None:
    ws, street = office.ws, office.project.id
    other = projects.create_project(ws, "Other", ["cat"]).id
    people.set_role(ws, office.rolf.id, other, Role.MANAGER)
    for stranger in (office.ana, office.rita, office.rolf):
        with pytest.raises(NotAllowed, match="manager"):
            people.set_role(ws, office.ben.id, street, Role.MANAGER, by=stranger.id)
    people.set_role(ws, office.ben.id, other, Role.REVIEWER, by=office.rolf.id)
    assert people.roles_of(ws, office.ben.id) == {street: Role.ANNOTATOR, other: Role.REVIEWER}
    people.set_role(ws, office.ben.id, other, None, by=office.max.id)
    assert people.roles_of(ws, office.ben.id) == {street: Role.ANNOTATOR}
    with pytest.raises(NotAllowed, match="has no role in this project"):
        queue.claim_next(ws, other, office.ben.id)


def test_without_a_role_a_project_is_not_seen(office: Office) -> None:
    other = projects.create_project(office.ws, "Other", ["cat"])
    assert projects.list_projects(office.ws, of=office.max.id) == [office.project]
    people.set_role(office.ws, office.max.id, other.id, Role.ANNOTATOR, by=office.max.id)
    assert projects.list_projects(office.ws, of=office.max.id) == [office.project, other]


def test_who_creates_a_project_manages_it(office: Office) -> None:
    with pytest.raises(NotAllowed, match="created by admins"):
        projects.create_project(office.ws, "Hers", ["cat"], by=office.rita.id)
    people.set_role(office.ws, office.rita.id, office.project.id, Role.MANAGER, by=office.max.id)
    hers = projects.create_project(office.ws, "Hers", ["cat"], by=office.rita.id)
    assert [(m.name, m.role) for m in people.list_members(office.ws, hers.id)] == [("Rita", Role.MANAGER)]


def test_who_loses_a_role_gives_back_what_it_let_them_hold(office: Office) -> None:
    office.add_images(3)
    office.submitted(office.ana)
    reviewing, labeling = office.claim_review(office.rita), office.claim(office.rita)
    people.set_role(office.ws, office.rita.id, office.project.id, Role.ANNOTATOR, by=office.max.id)
    assert queue.get_task(office.ws, reviewing.id).state is TaskState.SUBMITTED
    assert queue.get_task(office.ws, labeling.id).holder_id == office.rita.id
    people.set_role(office.ws, office.rita.id, office.project.id, None, by=office.max.id)
    assert queue.get_task(office.ws, labeling.id).state is TaskState.READY


def test_sent_back_work_waits_for_its_author_only_while_they_have_a_role(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    office.send_back_next(office.rita)
    assert queue.claim_next(office.ws, office.project.id, office.ben.id) is None
    people.set_role(office.ws, office.ana.id, office.project.id, None, by=office.max.id)
    assert office.claim(office.ben).id == task.id


def test_only_admins_add_people_and_make_admins(office: Office) -> None:
    people.set_role(office.ws, office.rita.id, office.project.id, Role.MANAGER, by=office.max.id)
    for change in (
        lambda: people.add_person(office.ws, "Eva", by=office.rita.id),
        lambda: people.set_admin(office.ws, office.rita.id, True, by=office.rita.id),
        lambda: people.set_active(office.ws, office.ana.id, False, by=office.rita.id),
    ):
        with pytest.raises(NotAllowed, match="admins"):
            change()
    people.set_admin(office.ws, office.rita.id, True, by=office.max.id)
    assert people.add_person(office.ws, "Eva", by=office.rita.id).name == "Eva"


def test_the_last_admin_stays_one(office: Office) -> None:
    with pytest.raises(NotAllowed, match="only admin"):
        people.set_admin(office.ws, office.max.id, False, by=office.max.id)
    with pytest.raises(NotAllowed, match="only admin"):
        people.set_active(office.ws, office.max.id, False, by=office.max.id)
    people.set_admin(office.ws, office.rita.id, True, by=office.max.id)
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
    people.set_role(office.ws, office.ana.id, office.project.id, Role.REVIEWER, by=office.max.id)
    event = history.events(office.ws, kinds=["role_changed"])[0]
    assert (event.person_id, event.project_id) == (office.max.id, office.project.id)
    assert event.person_id == office.max.id
    assert event.data == {"person_id": office.ana.id, "from": "annotator", "to": "reviewer"}


def test_a_project_keeps_a_manager_but_for_the_operator(office: Office) -> None:
    for role in (None, Role.ANNOTATOR):
        with pytest.raises(Conflict, match="only manager"):
            people.set_role(office.ws, office.max.id, office.project.id, role, by=office.max.id)
    people.set_role(office.ws, office.rita.id, office.project.id, Role.MANAGER, by=office.max.id)
    people.set_role(office.ws, office.max.id, office.project.id, Role.ANNOTATOR, by=office.max.id)
    people.set_role(office.ws, office.rita.id, office.project.id, None)
