"""The Review page: what a reviewer is handed, and what becomes of a verdict."""

from pathlib import Path

from maa.domain import Project, TaskState, Verdict
from maa.workflow import queue, review
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label, shown


def test_an_empty_desk_says_where_images_come_from(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("review", team.rita)
    assert "Nothing waits for a review" in shown(app)


def test_a_submitted_image_is_handed_out_with_its_objects(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, objects = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    assert not app.exception
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW
    assert "part-0.png" in shown(app)
    assert "by Ana" in shown(app)
    rows = [app.button(key=f"review_object_{o.id}").label for o in objects]
    assert "1 bolt" in rows[0]
    assert "2 nut" in rows[1]


def test_an_object_that_the_model_was_unsure_of_is_marked(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    _, objects = label(ws, project, team.ana, confidence=0.6)
    app = open_page("review", team.rita)
    rows = [app.button(key=f"review_object_{o.id}").label for o in objects]
    assert "model unsure" in rows[0]
    assert "model unsure" not in rows[1]


def test_approving_takes_the_next_image_at_once(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    first, _ = label(ws, project, team.ana)
    second, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="review_approve").click().run()
    assert not app.exception
    assert queue.get_task(ws, first.id).state is TaskState.APPROVED
    assert queue.get_task(ws, second.id).state is TaskState.IN_REVIEW
    assert "Approved part" in shown(app)
    app.button(key="review_approve").click().run()
    assert "Nothing waits for a review" in shown(app)


def test_sending_back_without_a_reason_is_explained(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="review_send_back").click().run()
    assert app.error
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW


def test_an_object_marked_wrong_sends_the_image_back_to_its_author(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, objects = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="review_next").click().run()
    app.button(key="review_object_good").click().run()
    app.button(key="review_next").click().run()
    app.text_input(key=f"review_object_comment_{objects[1].id}").input("follow the **edge**").run()
    app.button(key="review_object_wrong_2").click().run()
    assert app.button(key="review_approve").disabled
    assert "loose outline" in app.button(key=f"review_object_{objects[1].id}").label
    app.button(key="review_send_back").click().run()
    assert queue.get_task(ws, task.id).state is TaskState.RETURNED
    said = {r.annotation_id: r for r in review.list_reviews(ws, task.id)}
    assert said[objects[0].id].verdict is Verdict.APPROVE
    assert (said[objects[1].id].reason, said[objects[1].id].comment) == (
        "loose outline",
        "follow the **edge**",
    )


def test_the_same_mark_again_takes_it_away(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="review_next").click().run()
    app.button(key="review_object_wrong_1").click().run()
    assert app.button(key="review_approve").disabled
    app.button(key="review_object_wrong_1").click().run()
    assert not app.button(key="review_approve").disabled


def test_what_was_said_before_is_shown_when_the_image_returns(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 1)
    task, seen = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.selectbox(key=f"review_reason_{task.id}").select("missing object")
    app.text_input(key=f"review_comment_{task.id}").input("top <b>left</b>")
    app.button(key="review_send_back").click().run()
    _, added = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    assert "missing object, top \\<b\\>left\\<\\/b\\>" in shown(app)
    changed = ["changed" in app.button(key=f"review_object_{o.id}").label for o in seen + added]
    assert changed == [False, False, True, True]


def test_nobody_is_handed_their_own_work(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.rita)
    app = open_page("review", team.rita)
    assert "Nobody reviews their own work" in shown(app)
    assert queue.get_task(ws, task.id).state is TaskState.SUBMITTED


def test_an_image_given_back_is_not_handed_out_again_at_once(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    app.button(key="review_release").click().run()
    assert queue.get_task(ws, task.id).state is TaskState.SUBMITTED
    app.button(key="review_resume").click().run()
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW


def test_a_review_lost_to_somebody_else_is_explained(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 1)
    task, _ = label(ws, project, team.ana)
    app = open_page("review", team.rita)
    review.release_review(ws, task.id, team.rita.id)
    review.claim_next_review(ws, project.id, team.max.id)
    app.button(key="review_approve").click().run()
    assert app.error
    assert queue.get_task(ws, task.id).state is TaskState.IN_REVIEW


def test_annotators_do_not_review(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("review", team.ana)
    assert "This is for reviewers" in shown(app)
