from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maa.domain import Role, TaskState
from maa.workflow import accounts, demo, images, people, projects, queue
from maa.workflow.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path / "data")
    yield workspace
    workspace.close()


def test_the_demo_has_five_photos_classes_and_a_person_of_each_role(ws: Workspace) -> None:
    project = demo.seed(ws)
    assert [image.file_name for image in images.list_images(ws, project.id)] == list(demo.PHOTOS)
    assert [label.name for label in projects.list_classes(ws, project.id)] == list(demo.CLASSES)
    assert {person.name: person.role for person in people.list_members(ws, project.id)} == {
        "Ana": Role.ANNOTATOR,
        "Ben": Role.ANNOTATOR,
        "Rita": Role.REVIEWER,
        "Max": Role.MANAGER,
    }
    assert projects.progress(ws, project.id).tasks[TaskState.READY] == 5
    assert images.load_pixels(ws, images.list_images(ws, project.id)[0].id).shape == (300, 451, 3)


def test_seeding_again_changes_nothing_that_people_did_to_it(ws: Workspace) -> None:
    project = demo.seed(ws)
    people.set_active(ws, people.list_people(ws)[0].id, False)
    projects.update_project(ws, project.id, name="Ours now")
    again = demo.seed(ws)
    assert (again.id, again.name) == (project.id, "Ours now")
    assert len(projects.list_projects(ws)) == 1
    assert len(people.list_people(ws)) == 3
    assert len(queue.list_tasks(ws, project.id)) == 5


def test_a_seeding_that_was_interrupted_is_finished(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(images, "import_paths", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            demo.seed(ws)
    project = demo.seed(ws)
    assert len(images.list_images(ws, project.id)) == 5
    assert len(projects.list_projects(ws)) == 1
    assert len(people.list_people(ws)) == 4


def test_where_people_are_already_nobody_with_a_known_password_is_added(
    ws: Workspace,
) -> None:
    people.add_person(ws, "ana", admin=True)
    demo.seed(ws)
    assert [person.name for person in people.list_people(ws)] == ["ana"]
    assert accounts.demo_names(ws) == []


def test_the_people_of_the_demo_sign_in_until_they_have_a_password_of_their_own(ws: Workspace) -> None:
    demo.seed(ws)
    assert accounts.demo_names(ws) == ["Ana", "Ben", "Rita", "Max"]
    ana = accounts.sign_in(ws, "Ana", demo.PASSWORD)
    accounts.give_one_time(ws, ana.id)
    assert accounts.demo_names(ws) == ["Ben", "Rita", "Max"]


def test_no_network_is_needed(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.socket.connect", refuse)
    demo.seed(ws)
