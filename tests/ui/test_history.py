"""The history of an image: who may see it, its revisions, and restoring one."""

from pathlib import Path

from shapely import MultiPolygon, box

from maa.domain import Origin, Project, TaskState
from maa.workflow import labeling, projects, queue
from maa.workflow.labeling import NewRevision
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label, shown


def test_a_manager_restores_an_earlier_revision(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage, tmp_path: Path
) -> None:
    add_images(ws, project, tmp_path / "photos", 1)
    task = queue.claim_next(ws, project.id, team.ana.id)
    assert task is not None
    first, second = MultiPolygon([box(20, 20, 70, 60)]), MultiPolygon([box(22, 22, 60, 50)])
    bolt = projects.list_classes(ws, project.id)[0].id
    saved = labeling.save_annotation(ws, task.id, team.ana.id, NewRevision(bolt, first, Origin.MANUAL))
    labeling.save_annotation(
        ws, task.id, team.ana.id, NewRevision(bolt, second, Origin.MANUAL), annotation_id=saved.id
    )
    labeling.submit(ws, task.id, team.ana.id)
    app = open_page("history", team.max)
    assert not app.exception
    events = next(d.value for d in app.dataframe if "what" in d.value)
    assert list(events["what"]) == ["submitted", "saved", "saved", "taken to label", "image imported"]
    assert set(events["who"]) == {"Ana", "MAA"}
    assert "Revision 2 of 2" in shown(app)
    assert app.button(key="history_restore").disabled, "the present one is no earlier one"
    app.session_state[f"history_revisions_{saved.id}"] = {"selection": {"rows": [1], "columns": []}}
    app.run()
    assert "Revision 1 of 2" in shown(app)
    app.button(key="history_restore").click().run()
    assert not app.exception
    present = labeling.revisions(ws, saved.id)[-1]
    assert (present.number, present.outline) == (3, first)
    assert queue.get_task(ws, task.id).state is TaskState.SUBMITTED


def test_a_reviewer_sees_it_and_restores_only_what_they_hold(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage, tmp_path: Path
) -> None:
    add_images(ws, project, tmp_path / "photos", 2)
    first, second = (label(ws, project, team.ana)[0] for _ in range(2))
    app = open_page("history", team.rita)  # the review page has handed her the first one
    assert app.selectbox(key="history_task").value == first.id
    assert "This is the current revision" in shown(app)
    app.selectbox(key="history_task").select(second.id).run()
    assert "Only managers, and the person who has the image in hand" in shown(app)
    assert app.button(key="history_restore").disabled
    assert "This is for reviewers" in shown(open_page("history", team.ana))
