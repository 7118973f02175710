"""A project calls people by pseudonyms in its history and numbers."""

from __future__ import annotations

from datetime import date

from maa.domain import Effort
from maa.workflow import history, labeling, metrics, projects, pseudonyms, quality
from maa.workflow.metrics import Filter
from maa.workflow.settings import update_settings

from .office import Office


def test_history_and_numbers_name_people_as_the_project_chooses(office: Office) -> None:
    office.add_images(2)
    task = office.claim(office.ana)
    office.save(task, office.ana, office.new_revision(effort=Effort(9, 4, 0, 0)))
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    chosen = Filter(office.project.id, date(2026, 3, 1), date(2026, 3, 31))
    assert {row.who for row in history.of_task(office.ws, task.id)} == {"", "Ana", "Rita"}
    assert list(metrics.throughput(office.ws, chosen)["person"]) == ["Ana"]
    project = update_settings(office.ws, office.project.id, pseudonyms=True)
    ana, rita = (pseudonyms.pseudonym(project, one.id) for one in (office.ana, office.rita))
    assert {row.who for row in history.of_task(office.ws, task.id)} == {"", ana, rita}
    for table in (metrics.throughput, metrics.seconds_per_object, metrics.review_outcomes):
        assert list(table(office.ws, chosen)["person"]) == [ana]
    assert quality.gold_people(office.ws, chosen).empty
    update_settings(office.ws, office.project.id, pseudonyms=False)
    assert list(metrics.throughput(office.ws, chosen)["person"]) == ["Ana"]


def test_a_pseudonym_is_a_person_s_own_in_one_project(office: Office) -> None:
    other = projects.create_project(office.ws, "Other", ["cat"])
    everybody = (office.ana, office.ben, office.rita, office.rolf, office.max)
    here, there = (
        [pseudonyms.pseudonym(project, one.id) for one in everybody] for project in (office.project, other)
    )
    assert len({*here, *there}) == 10
    assert here == [pseudonyms.pseudonym(office.project, one.id) for one in everybody]
    update_settings(office.ws, other.id, pseudonyms=True)
    both = pseudonyms.shown_names(office.ws, [office.project.id, other.id])
    assert list(both.values()) == [
        there[everybody.index(one)] for one in sorted(everybody, key=lambda p: p.name)
    ]
