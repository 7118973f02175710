from __future__ import annotations

import pytest

from maa.domain import Conflict, InvalidInput, TaskState, Verdict
from maa.workflow import labeling, queue, review
from maa.workflow.drafts import MAX_BYTES, get_draft, put_draft, written_by_others
from maa.workflow.settings import update_settings

from .office import Office

LEASED = TaskState.LEASED


def test_the_newest_draft_is_kept_for_each_person(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    assert get_draft(office.ws, task.id, office.ana.id) is None
    for content in ({"n": 1}, {"n": 2, "text": "ÿ\u2028🚗"}):
        put_draft(office.ws, task.id, office.ana.id, LEASED, content)
        assert get_draft(office.ws, task.id, office.ana.id) == content
    assert get_draft(office.ws, task.id, office.ben.id) is None
    put_draft(office.ws, task.id, office.ana.id, LEASED, None)
    assert get_draft(office.ws, task.id, office.ana.id) is None


def test_only_the_holder_keeps_a_draft(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    with pytest.raises(Conflict, match="Ana"):
        put_draft(office.ws, task.id, office.ben.id, LEASED, {})
    labeling.submit(office.ws, task.id, office.ana.id)
    with pytest.raises(Conflict):
        put_draft(office.ws, task.id, office.ana.id, LEASED, {})


def test_submit_and_skip_end_everybody_s_drafts(office: Office) -> None:
    update_settings(office.ws, office.project.id, pick_any=True)
    office.add_images(2)
    for end in (labeling.submit, lambda *who: queue.skip(*who, "other")):
        task = office.claim(office.ben)
        put_draft(office.ws, task.id, office.ben.id, LEASED, {"of": "ben"})
        queue.release(office.ws, task.id, office.ben.id)
        queue.claim(office.ws, task.id, office.ana.id)
        put_draft(office.ws, task.id, office.ana.id, LEASED, {"of": "ana"})
        end(office.ws, task.id, office.ana.id)
        assert get_draft(office.ws, task.id, office.ana.id) is None
        assert get_draft(office.ws, task.id, office.ben.id) is None


def test_what_others_wrote_makes_a_draft_old_and_nothing_of_one_s_own_does(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana, objects=2)
    assert written_by_others(office.ws, task.id, office.ana.id) == 0
    office.claim_review(office.rita)
    review.save_correction(office.ws, task.id, office.rita.id, office.new_revision())
    assert written_by_others(office.ws, task.id, office.ana.id) == 1
    assert written_by_others(office.ws, task.id, office.rita.id) == 2
    office.decide(task, office.rita, Verdict.SEND_BACK, "other")
    assert written_by_others(office.ws, task.id, office.ana.id) == 2
    assert written_by_others(office.ws, task.id, office.rita.id) == 2, "her own verdict"


def test_what_is_too_large_or_no_data_leaves_the_one_before(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    put_draft(office.ws, task.id, office.ana.id, LEASED, {"n": 1})
    for content in ({"a": "x" * MAX_BYTES}, {"a": float("nan")}):
        with pytest.raises(InvalidInput):
            put_draft(office.ws, task.id, office.ana.id, LEASED, content)
    assert get_draft(office.ws, task.id, office.ana.id) == {"n": 1}
