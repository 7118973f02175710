from __future__ import annotations

import pytest

from maa.domain import InvalidInput, NotAllowed, NotFound, TaskState, Verdict
from maa.workflow import comments, history, people

from .office import Office


def test_a_thread_stays_open_until_somebody_resolves_it(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    thread = comments.comment(office.ws, task.id, office.rita.id, "  Is this one object?\n ")
    comments.answer(office.ws, thread.id, office.ana.id, "Two, I think.")
    (found,) = comments.threads(office.ws, task.id)
    assert [(c.person_id, c.text) for c in found.comments] == [
        (office.rita.id, "Is this one object?"),
        (office.ana.id, "Two, I think."),
    ]
    assert not found.resolved
    assert comments.resolve(office.ws, thread.id, office.rita.id).resolved
    assert comments.resolve(office.ws, thread.id, office.rita.id).resolved
    assert [one.resolved for one in comments.threads(office.ws, task.id)] == [True]
    reopened = comments.answer(office.ws, thread.id, office.ana.id, "But look at the left.")
    assert not reopened.resolved
    assert [one.resolved for one in comments.threads(office.ws, task.id)] == [False]
    kinds = [event.kind for event in history.events(office.ws, task_id=task.id)][:5]
    assert kinds == [
        "comment_said", "comment_reopened", "comment_resolved", "comment_said", "comment_said",
    ]  # fmt: skip


def test_what_is_sent_twice_is_said_once(office: Office) -> None:
    office.add_images(1)
    task = office.submitted(office.ana)
    first = comments.comment(office.ws, task.id, office.rita.id, "Look here", place=(3.0, 4.0))
    assert comments.comment(office.ws, task.id, office.rita.id, "Look here", place=(3.0, 4.0)).id == first.id
    assert comments.comment(office.ws, task.id, office.rita.id, "Look here", place=(9.0, 4.0)).id != first.id
    for _ in range(2):
        thread = comments.answer(office.ws, first.id, office.ana.id, "Done")
    assert [one.text for one in thread.comments] == ["Look here", "Done"]
    office.clock.advance(minutes=3)
    assert len(comments.answer(office.ws, first.id, office.ana.id, "Done").comments) == 3


def test_a_thread_may_be_about_one_object(office: Office) -> None:
    office.add_images(2)
    task = office.claim(office.ana)
    saved = office.save(task, office.ana)
    thread = comments.comment(office.ws, task.id, office.ana.id, "unsure", annotation_id=saved.id)
    assert thread.annotation_id == saved.id
    with pytest.raises(NotFound, match="no object"):
        comments.comment(office.ws, task.id + 1, office.ana.id, "x", annotation_id=saved.id)


def test_a_thread_may_be_about_a_place(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    thread = comments.comment(office.ws, task.id, office.ana.id, "here", place=(12.5, 3.0))
    comments.answer(office.ws, thread.id, office.rita.id, "seen")
    (found,) = comments.threads(office.ws, task.id)
    assert found.place == (12.5, 3.0)
    with pytest.raises(InvalidInput, match="outside"):
        comments.comment(office.ws, task.id, office.ana.id, "there", place=(1e5, 3.0))


def test_nothing_is_approved_with_an_open_comment(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    task = office.claim_review(office.rita)
    thread = comments.comment(office.ws, task.id, office.rita.id, "Hm?")
    with pytest.raises(InvalidInput, match=r"C1 on this image is still open .Rita: “Hm.”"):
        office.decide(task, office.rita, Verdict.APPROVE)
    comments.resolve(office.ws, thread.id, office.rita.id, "Fine.")
    assert office.decide(task, office.rita, Verdict.APPROVE).state is TaskState.APPROVED


def test_empty_comments_and_answers_to_nothing_are_refused(office: Office) -> None:
    (task,) = office.add_images(1)
    with pytest.raises(InvalidInput, match="empty"):
        comments.comment(office.ws, task.id, office.ana.id, " \n ")
    thread = comments.comment(office.ws, task.id, office.ana.id, "x")
    reply = comments.answer(office.ws, thread.id, office.ana.id, "y").comments[-1]
    for nowhere in (999, reply.id):
        with pytest.raises(NotFound):
            comments.answer(office.ws, nowhere, office.ana.id, "z")
    people.set_active(office.ws, office.ben.id, False, by=office.max.id)
    with pytest.raises(NotAllowed):
        comments.answer(office.ws, thread.id, office.ben.id, "z")
