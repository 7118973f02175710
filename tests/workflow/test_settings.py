from __future__ import annotations

import pytest

from maa.domain import InvalidInput, NotAllowed, Settings
from maa.workflow import history, projects
from maa.workflow.settings import update_settings

from .office import Office


def test_settings_are_kept_and_the_history_says_what_each_was(office: Office) -> None:
    assert office.project.settings == Settings()
    changed = update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert projects.get_project(office.ws, office.project.id) == changed
    assert changed.settings == Settings(paused=True)
    (event,) = history.events(office.ws, kinds=["settings_changed"])
    assert (event.person_id, event.data) == (office.max.id, {"paused": [False, True]})
    update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert len(history.events(office.ws, kinds=["settings_changed"])) == 1, "nothing changed"
    renamed = projects.update_project(office.ws, office.project.id, name="Road")
    assert renamed.settings == Settings(paused=True)


def test_only_managers_change_settings_and_only_known_ones(office: Office) -> None:
    with pytest.raises(NotAllowed):
        update_settings(office.ws, office.project.id, paused=True, by=office.rita.id)
    with pytest.raises(InvalidInput, match="no setting 'speed'"):
        update_settings(office.ws, office.project.id, speed=3)


@pytest.mark.parametrize("nonsense", [{"paused": 1}, {"pick_any": "yes"}])
def test_values_that_make_no_sense_are_refused(office: Office, nonsense: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        update_settings(office.ws, office.project.id, **nonsense)
