from __future__ import annotations

import pytest

from maa.domain import InvalidInput, NotAllowed, Settings
from maa.workflow import history, projects
from maa.workflow.settings import update_settings

from .office import Office


def test_settings_are_kept_and_the_history_says_what_each_was(office: Office) -> None:
    salt = office.project.settings.salt
    assert office.project.settings == Settings(salt=salt)
    changed = update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert projects.get_project(office.ws, office.project.id) == changed
    assert changed.settings == Settings(paused=True, salt=salt)
    (event,) = history.events(office.ws, kinds=["settings_changed"])
    assert (event.person_id, event.data) == (office.max.id, {"paused": [False, True]})
    update_settings(office.ws, office.project.id, paused=True, by=office.max.id)
    assert len(history.events(office.ws, kinds=["settings_changed"])) == 1, "nothing changed"
    renamed = projects.update_project(office.ws, office.project.id, name="Road")
    assert renamed.settings == Settings(paused=True, salt=salt)


def test_only_managers_change_settings_and_only_known_ones(office: Office) -> None:
    with pytest.raises(NotAllowed):
        update_settings(office.ws, office.project.id, paused=True, by=office.rita.id)
    with pytest.raises(InvalidInput, match="no setting 'speed'"):
        update_settings(office.ws, office.project.id, speed=3)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"paused": 1},
        {"pick_any": "yes"},
        {"review_share": 1.01},
        {"review_share": float("nan")},
        {"review_share": True},
        {"review_newcomers": -1},
        {"review_stages": 3},
        {"salt": 5},
        {"reasons": ()},
        {"reasons": ("a", "A")},
        {"reasons": (" a",)},
        {"reasons": "loose"},
    ],
    ids=str,
)
def test_values_that_make_no_sense_are_refused(office: Office, nonsense: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        update_settings(office.ws, office.project.id, **nonsense)
