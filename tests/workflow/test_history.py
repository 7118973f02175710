from __future__ import annotations

from maa.workflow import history

from .office import Office


def test_what_is_recorded_comes_back_newest_first(office: Office) -> None:
    (task,) = office.add_images(1)
    for number in range(3):
        office.clock.advance(seconds=1)
        history.record(
            office.ws,
            "predicted",
            project_id=office.project.id,
            task_id=task.id,
            person_id=office.ana.id,
            data={"milliseconds": number, "text": "猫 'quoted' \" \n", "nested": {"list": [1, None]}},
        )
    events = history.events(office.ws, kinds=["predicted"])
    assert [event.data["milliseconds"] for event in events] == [2, 1, 0]
    assert events[0].data["text"] == "猫 'quoted' \" \n"
    assert events[0].data["nested"] == {"list": [1, None]}
    assert events[0].created_at == office.clock.now
    assert history.events(office.ws, kinds=["predicted"], limit=1) == events[:1]


def test_events_are_narrowed_to_a_project_a_task_and_kinds(office: Office) -> None:
    one, other = office.add_images(2)
    history.record(office.ws, "opened", project_id=office.project.id, task_id=one.id)
    history.record(office.ws, "opened", project_id=office.project.id, task_id=other.id)
    history.record(office.ws, "opened", project_id=999)
    assert len(history.events(office.ws, kinds=["opened"])) == 3
    assert len(history.events(office.ws, project_id=office.project.id, kinds=["opened"])) == 2
    assert [e.kind for e in history.events(office.ws, task_id=one.id)] == ["opened", "imported"]
    assert history.events(office.ws, kinds=[]) == []
