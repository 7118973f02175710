"""What the canvas can do with its pass: every call on its good path."""

from __future__ import annotations

from typing import Any

import pytest

from maa.domain import Origin, TaskPurpose, TaskState
from maa.geometry import from_rings, iou
from maa.store import annotations
from maa.workflow import gold, history, labeling, predict, projects, queue
from maa.workflow.settings import update_settings
from tests.api.bench import CAT, SQUARE, Bench, task_of
from tests.workflow.office import square


def kinds(bench: Bench) -> list[str]:
    return [event.kind for event in history.events(bench.ws)]


def test_opening_gives_everything_to_begin_with(bench: Bench) -> None:
    task, tab = bench.claimed()
    saved = bench.office.save(task, bench.office.ana)
    seen = tab.ask("open", take=False)
    now = bench.office.clock.now.isoformat()
    assert seen["seat"] == {"mine": True, "since": now, "who": "Ana", "free": False}
    assert seen["draft"] is None
    assert seen["classes"] == [
        {"id": label.id, "name": label.name, "color": label.color, "retired": False, "becomes": None}
        for label in (bench.office.cat, bench.office.dog)
    ]
    assert seen["pins"] == []
    assert seen["remark"] is None
    (object_,) = seen["annotations"]
    assert object_["id"] == saved.id
    assert object_["author"] == "Ana"
    assert object_["class"] == bench.office.cat.id
    assert from_rings(object_["outline"]).equals(square())
    assert kinds(bench)[0] == "opened"


def test_a_class_that_is_not_offered_any_more_can_still_be_shown(bench: Bench) -> None:
    task, tab = bench.claimed()
    bench.office.save(task, bench.office.ana)
    projects.retire_class(bench.ws, bench.office.cat.id, by=bench.office.max.id)
    seen = tab.ask("open")
    assert [(label["name"], label["retired"]) for label in seen["classes"]] == [("dog", False), ("cat", True)]


def test_a_tab_hears_of_a_merge_of_classes(bench: Bench) -> None:
    office, tab = bench.office, bench.claimed()[1]
    kitten = projects.add_class(bench.ws, office.project.id, "kitten", by=office.max.id)
    projects.merge_class(bench.ws, kitten.id, office.cat.id, by=office.max.id)
    projects.merge_class(bench.ws, office.cat.id, office.dog.id, by=office.max.id)
    told = {label["id"]: label["becomes"] for label in tab.ask("touch")["classes"]}
    assert told == {kitten.id: office.dog.id, office.cat.id: office.dog.id, office.dog.id: None}


def test_a_prompt_is_answered_as_the_workflow_would_and_noted_after_the_answer(bench: Bench) -> None:
    _, tab = bench.claimed()
    said = tab.ask("predict", rev=17, points=CAT, prior=None, crop=None, threshold=None, detail=0.5)
    assert said["rev"] == 17
    outline = from_rings(said["outline"])
    assert outline.is_valid
    assert outline.area > 20_000
    assert said["vertices"] == sum(len(ring) for part in said["outline"] for ring in part)
    assert said["threshold"] == predict.model_threshold()
    assert said["detail"] == 0.5
    assert said["model"] == predict.predictor().model_id
    assert said["unsure"] == (said["confidence"] < predict.LOW_CONFIDENCE)
    assert said["ms"] > 0
    left, _, right, _ = said["crop"]
    assert left < 128
    assert right > 320
    event = history.events(bench.ws, kinds=["predicted"])[0]
    assert event.data["points"] == 4
    assert event.data["model"] == said["model"]


def test_a_further_click_and_a_prior_repair(bench: Bench) -> None:
    _, tab = bench.claimed()
    first = tab.ask("predict", rev=1, points=CAT)
    more = [*CAT, [150.0, 60.0, "outside"]]
    again = tab.ask("predict", rev=2, points=more, crop=first["crop"])
    assert again["crop"] == first["crop"]
    repaired = tab.ask("predict", rev=3, points=[[300.0, 280.0, "inside"]], prior=SQUARE)
    assert from_rings(repaired["outline"]).is_valid


def test_threshold_and_detail_are_obeyed(bench: Bench) -> None:
    _, tab = bench.claimed()
    tight = tab.ask("predict", rev=1, points=CAT, threshold=0.9, detail=0.0)
    wide = tab.ask("predict", rev=2, points=CAT, threshold=0.2, detail=1.0)
    assert tight["vertices"] < wide["vertices"]
    assert from_rings(tight["outline"]).area < from_rings(wide["outline"]).area
    assert (tight["threshold"], tight["detail"]) == (0.9, 0.0)


def save_assisted(tab: Any, bench: Bench, said: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {
        "key": "accept 1",
        "annotation": None,
        "base_revision": None,
        "class": bench.office.dog.id,
        "outline": said["outline"],
        "origin": "assisted",
        "prompt": {"points": CAT, "prior": None, "crop": said["crop"]},
        "answer": {"threshold": None, "detail": 0.5, "model": said["model"]},
        "effort": {"active_seconds": 3.25, "clicks": 4, "extra_points": 0, "vertices_moved": 0},
    }
    return tab.ask("save", **{**given, **more})["annotation"]


def test_accepting_keeps_what_the_model_had_proposed(bench: Bench) -> None:
    task, tab = bench.claimed()
    said = tab.ask("predict", rev=1, points=CAT, detail=0.5)
    kept = save_assisted(tab, bench, said)
    assert kept["outline"] == said["outline"] == kept["model_outline"]
    assert (kept["model"], kept["confidence"]) == (said["model"], said["confidence"])
    assert kept["prompt"]["points"] == CAT
    assert kept["prompt"]["crop"] == said["crop"]
    (stored,) = labeling.list_annotations(bench.ws, task.id)
    assert stored.id == kept["id"]
    assert stored.revision.number == kept["revision"] == 1
    assert stored.revision.effort.active_seconds == 3.25
    assert stored.revision.effort.clicks == 4
    assert labeling.model_agreement(stored.revision) == 1.0


def test_a_browser_cannot_say_what_the_model_proposed(bench: Bench) -> None:
    """An outline drawn otherwise is compared with what the model really says to these points."""
    _, tab = bench.claimed()
    said = tab.ask("predict", rev=1, points=CAT, detail=0.5)
    kept = save_assisted(tab, bench, said, outline=SQUARE, model_outline=SQUARE, confidence=1.0)
    assert kept["outline"] == SQUARE
    assert kept["model_outline"] == said["outline"]
    assert iou(from_rings(kept["model_outline"]), from_rings(SQUARE)) < 0.5


def test_the_answer_of_another_model_is_saved_without_its_proposal(bench: Bench) -> None:
    _, tab = bench.claimed()
    said = tab.ask("predict", rev=1, points=CAT)
    kept = save_assisted(tab, bench, {**said, "model": "gone@0123456789ab"})
    assert kept["model"] is None
    assert kept["model_outline"] is None
    assert kept["outline"] == said["outline"]


def test_a_missing_model_does_not_keep_from_saving(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tab = bench.claimed()
    said = tab.ask("predict", rev=1, points=CAT)
    monkeypatch.setenv("MAA_MODEL", "gone")
    assert save_assisted(tab, bench, said)["model"] is None


def test_an_object_is_changed_deleted_and_brought_back(bench: Bench) -> None:
    task, tab = bench.claimed()
    first = tab.save().json()["annotation"]
    wider = [[[[10.0, 10.0], [90.0, 10.0], [90.0, 60.0], [10.0, 60.0]]]]
    second = tab.save(wider, annotation=first["id"], base_revision=1).json()["annotation"]
    assert (second["id"], second["revision"], second["outline"]) == (first["id"], 2, wider)
    assert tab.ask("delete", annotation=first["id"]) == {"annotation": None}
    assert tab.ask("open")["annotations"] == []
    back = tab.ask("restore", annotation=first["id"])["annotation"]
    assert (back["revision"], back["outline"]) == (4, wider)
    assert [a.id for a in labeling.list_annotations(bench.ws, task.id)] == [first["id"]]


def test_a_save_that_is_sent_again_is_saved_once_and_answered_the_same(bench: Bench) -> None:
    task, tab = bench.claimed()
    answers = [tab.save(key="once").json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    (stored,) = labeling.list_annotations(bench.ws, task.id)
    assert len(labeling.revisions(bench.ws, stored.id)) == 1


def test_a_save_whose_answer_was_lost_is_answered_even_when_the_task_is_gone(bench: Bench) -> None:
    task, tab = bench.claimed()
    first = tab.save(key="once").json()
    labeling.submit(bench.ws, task.id, bench.office.ana.id)
    assert tab.save(key="once").json() == first
    bench.assert_refused(tab.save(key="twice"), 409, "conflict", by=bench.office.ana)


def test_an_outline_of_no_model_is_given_the_vertices_it_needs(bench: Bench) -> None:
    _, tab = bench.claimed()
    line = [[10 + step, 10.0] for step in range(100)] + [[109.0, 80.0], [10.0, 80.0]]
    said = tab.ask("simplify", outline=[[line]], detail=0.5)
    assert said["vertices"] <= 5
    assert iou(from_rings(said["outline"]), from_rings([[line]])) > 0.99


def test_outlines_are_worked_on_with_areas_and_lines(bench: Bench) -> None:
    _, tab = bench.claimed()
    ring = [[40.0, 40.0], [80.0, 40.0], [80.0, 50.0], [40.0, 50.0]]
    added = tab.ask("shape", op="add", outline=SQUARE, ring=ring)
    assert from_rings(added["outlines"][0]).area == 2500 + 200
    assert tab.ask("shape", op="add", outline=None, ring=ring)["vertices"] == [4]
    assert from_rings(tab.ask("shape", op="cut", outline=SQUARE, ring=ring)["outlines"][0]).area == 2300
    pieces = tab.ask("shape", op="split", outline=SQUARE, line=[[0.0, 30.0], [70.0, 30.0]])
    assert [from_rings(piece).area for piece in pieces["outlines"]] == [1500, 1000]
    assert pieces["vertices"] == [4, 4]
    beside = [[[[61.0, 10.0], [100.0, 10.0], [100.0, 60.0], [61.0, 60.0]]]]
    (whole,) = tab.ask("shape", op="merge", outlines=[SQUARE, beside])["outlines"]
    assert from_rings(whole).area == pytest.approx(90 * 50)
    (snug,) = tab.ask("shape", op="share", outline=SQUARE, neighbours=[beside], tolerance=3)["outlines"]
    assert from_rings(snug).area == pytest.approx(51 * 50)
    bow = [[[[0.0, 0.0], [40.0, 40.0], [40.0, 0.0], [-20.0, 60.0]]]]
    (sound,) = tab.ask("shape", op="repair", outline=bow)["outlines"]
    assert from_rings(sound).is_valid
    assert from_rings(sound).bounds[0] >= 0


def test_a_draft_outlives_the_page_and_ends_with_the_work(bench: Bench) -> None:
    task, tab = bench.claimed()
    begun = {"points": CAT, "note": "Łódź 🚗 \u2028", "deep": [[[1.5]]], "zoom": None}
    assert tab.ask("draft", draft=begun) == {}
    assert tab.ask("open")["draft"] == begun
    tab.ask("draft", draft={"points": []})
    assert tab.ask("open")["draft"] == {"points": []}, "the newest wins"
    tab.ask("draft", draft=None)
    assert tab.ask("open")["draft"] is None
    tab.ask("draft", draft=begun)
    tab.ask("submit", active_seconds=12.5)
    queue_again = bench.tab(bench.office.ana, bench.office.claim(bench.office.ana))
    assert queue_again.ask("open")["draft"] is None
    assert task_of(bench, task).state is TaskState.SUBMITTED


def test_a_drawing_that_was_saved_is_no_draft_any_more(bench: Bench) -> None:
    """The word that nothing is open is sent a little later than the save, and can be lost with the page."""
    _, tab = bench.claimed()
    tab.ask("open", take=True)
    begun = {"drawing": {"key": "once", "points": []}, "ops": [], "classId": 1}
    tab.ask("draft", draft=begun)
    assert tab.ask("open")["draft"] == begun
    tab.ask("save", key="once", **{"class": bench.office.cat.id}, outline=SQUARE, origin="manual")
    assert tab.ask("open")["draft"] == {**begun, "drawing": None}
    other = {**begun, "drawing": {"key": "another", "points": []}}
    tab.ask("draft", draft=other)
    assert tab.ask("open")["draft"] == other


def test_a_released_task_gives_its_draft_back_to_who_takes_it_again(bench: Bench) -> None:
    update_settings(bench.ws, bench.office.project.id, pick_any=True)
    task, tab = bench.claimed()
    tab.ask("draft", draft={"points": CAT})
    tab.ask("release")
    assert task_of(bench, task).state is TaskState.READY
    again = queue.claim(bench.ws, task.id, bench.office.ben.id)
    assert bench.tab(bench.office.ben, again).ask("open")["draft"] is None, "not to somebody else"
    bench.office.save(again, bench.office.ben)
    queue.release(bench.ws, task.id, bench.office.ben.id)
    mine = queue.claim(bench.ws, task.id, bench.office.ana.id)
    seen = bench.tab(bench.office.ana, mine).ask("open")
    assert seen["draft"] == {"points": CAT}
    assert seen["others"] == 1, "and is told that somebody else has worked on it since"


def test_submit_and_skip_end_the_task(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.save()
    assert tab.ask("submit", active_seconds=12.5) == {}
    assert history.events(bench.ws, kinds=["submitted"])[0].data == {"active_seconds": 12.5}
    assert task_of(bench, task).state is TaskState.SUBMITTED
    following, tab = bench.claimed()
    assert tab.ask("skip", reason="unusable image") == {}
    assert task_of(bench, following).state is TaskState.SKIPPED


def test_a_submission_whose_answer_was_lost_may_come_again(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.save()
    tab.ask("submit", active_seconds=1)
    bench.assert_refused(tab.post("submit", active_seconds=1), 409, "conflict", by=bench.office.ana)
    assert tab.ask("submit", active_seconds=1, again=True) == {}
    assert len(history.events(bench.ws, kinds=["submitted"])) == 1
    labeling.take_back(bench.ws, task.id, bench.office.ana.id)
    tab.ask("submit", active_seconds=1, again=True)
    assert task_of(bench, task).state is TaskState.SUBMITTED, "what came back is submitted like any other"


def test_what_somebody_else_has_now_was_not_submitted(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.save()
    bench.office.clock.advance(hours=2)
    update_settings(bench.ws, bench.office.project.id, pick_any=True)
    queue.claim(bench.ws, task.id, bench.office.ben.id)
    labeling.submit(bench.ws, task.id, bench.office.ben.id)
    answer = tab.post("submit", active_seconds=1, again=True)
    bench.assert_refused(answer, 409, "conflict", by=bench.office.ana)


def test_touching_renews_the_lease_when_it_is_due_and_the_person_is_there(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.ask("open")
    begun = task_of(bench, task).lease_expires_at
    tab.ask("touch", active=True)
    assert task_of(bench, task).lease_expires_at == begun, "not yet due"
    bench.office.clock.advance(minutes=7)
    tab.ask("touch", active=False)
    assert task_of(bench, task).lease_expires_at == begun, "nobody is there"
    assert tab.ask("touch", active=True)["seat"]["mine"]
    assert task_of(bench, task).lease_expires_at == bench.office.clock.now + (begun - task.updated_at)


def test_one_tab_writes_and_the_other_can_take_over(bench: Bench) -> None:
    _, tab = bench.claimed()
    other = tab.other()
    tab.ask("open")
    bench.office.clock.advance(seconds=3)
    seen = other.ask("open")
    assert seen["seat"]["mine"] is False
    assert seen["seat"]["who"] == "Ana"
    answer = other.save()
    bench.assert_refused(answer, 409, "seat", by=bench.office.ana)
    assert answer.json()["since"] == seen["seat"]["since"]
    assert other.ask("open", take=True)["seat"]["mine"]
    assert other.save().status_code == 200
    for call in ("delete", "restore", "draft", "submit", "skip", "release"):
        more = {"annotation": 1, "active_seconds": 1, "reason": "other"}
        bench.assert_refused(tab.post(call, **more), 409, "seat", by=bench.office.ana)
    assert tab.ask("predict", rev=1, points=CAT)["vertices"], "looking is free"
    assert tab.ask("touch")["seat"]["mine"] is False


def test_who_lost_the_task_takes_nobody_s_seat_by_a_late_save(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.ask("open")
    queue.release(bench.ws, task.id, bench.office.ana.id)
    held = bench.office.claim(bench.office.ben)
    assert held.id == task.id
    ben = bench.tab(bench.office.ben, held, "annotate")
    ben.ask("open")
    assert tab.save().status_code == 409
    assert ben.ask("touch", active=True)["seat"]["mine"]
    assert ben.other().ask("touch")["seat"]["mine"] is False


def test_keys_that_nobody_knows_are_ignored(bench: Bench) -> None:
    _, tab = bench.claimed()
    assert tab.ask("touch", active=True, colour="green", nested={"deep": [1]})["seat"]["mine"]


def test_an_object_of_hand_has_no_model(bench: Bench) -> None:
    task, tab = bench.claimed()
    tab.save()
    (stored,) = labeling.list_annotations(bench.ws, task.id)
    assert stored.revision.origin is Origin.MANUAL
    assert stored.revision.model_outline is None
    assert stored.revision.prompt is None


def test_the_model_is_not_asked_where_the_arm_is_by_hand(bench: Bench) -> None:
    update_settings(bench.ws, bench.office.project.id, manual_share=1.0)
    _, tab = bench.claimed()
    tab.ask("open")
    question = {"points": CAT, "prior": None, "crop": None}
    answer = tab.post("predict", rev=1, **question, threshold=None, detail=0.5)
    assert "by hand" in bench.assert_refused(answer, 403, "not_allowed", by=bench.office.ana)
    told = {"threshold": None, "detail": 0.5, "model": predict.predictor().model_id}
    saved = tab.save(origin="manual", prompt=question, answer=told).json()["annotation"]
    assert saved["model_outline"] is None
    update_settings(bench.ws, bench.office.project.id, manual_share=0.0)
    tab.ask("predict", rev=2, **question, threshold=None, detail=0.5)


def test_a_trial_is_worked_on_like_any_image_and_not_exported(bench: Bench) -> None:
    office = bench.office
    office.submitted(office.ben, 0)
    approved = office.approve_next(office.rita)
    gold.mark(bench.ws, approved.id, by=office.max.id)
    update_settings(bench.ws, office.project.id, qualification_images=1)
    trial, tab = bench.claimed()
    assert trial.purpose is TaskPurpose.GOLD
    assert tab.ask("open")["annotations"] == []
    tab.save()
    tab.ask("submit", active_seconds=3.0)
    assert task_of(bench, trial).state is TaskState.SUBMITTED
    assert len(labeling.list_annotations(bench.ws, trial.id)) == 1
    with bench.ws.store.read() as tx:
        assert annotations.of_project(tx, office.project.id) == []
