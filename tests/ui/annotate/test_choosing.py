"""Taking a particular image, from the sidebar."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from maa.domain import Person, Point, Project, TaskState
from maa.ui.annotate import canvas_choice
from maa.workflow import images, queue
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace

OpenPage = Callable[..., AppTest]


def test_who_may_choose_finds_an_image_by_its_name_and_has_it_on_the_desk(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana)
    assert "choose_image_0" not in {box.key for box in app.selectbox}, (
        "images are handed out one after the other"
    )
    update_settings(ws, street.id, pick_any=True)
    (first,) = queue.held_by(ws, ana.id, street.id)
    (other,) = queue.list_tasks(ws, street.id, states=[TaskState.READY])
    name = images.get_image(ws, other.image_id).file_name
    for canvas in (canvas_choice.WORKBENCH, canvas_choice.CLASSIC):
        app = open_page("annotate", ana, canvas=canvas)
        app.text_input(key="choose_search_0").set_value(name[:-4].upper()).run()
        assert app.selectbox(key="choose_image_0").options == [name]
        app.selectbox(key="choose_image_0").set_value(other.id).run()
        assert not app.exception
        assert {task.id for task in queue.held_by(ws, ana.id, street.id)} == {first.id, other.id}
        on_desk = queue.claim_next(ws, street.id, ana.id)
        assert on_desk is not None
        assert on_desk.id == other.id, "what they had comes again afterwards"
        queue.release(ws, other.id, ana.id)


def test_what_was_left_open_on_the_other_canvas_is_in_nobodys_way(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    update_settings(ws, street.id, pick_any=True)
    app = open_page("annotate", ana, canvas=canvas_choice.CLASSIC)
    app.session_state["_annotate_desk"].work.change_points((), (Point(10, 10), Point(50, 20), Point(30, 40)))
    (other,) = queue.list_tasks(ws, street.id, states=[TaskState.READY])
    app.selectbox(key="choose_image_0").set_value(other.id).run()
    assert "open outline" in " ".join(box.value for box in app.error), "it would be lost"
    app.selectbox(key="canvas_choice").set_value(canvas_choice.WORKBENCH).run()
    app.selectbox(key="choose_image_1").set_value(other.id).run()
    assert queue.get_task(ws, other.id).state is TaskState.LEASED
