from __future__ import annotations

import pytest

from maa.domain import InvalidInput, LabelClass, NotAllowed, NotFound, TaskState
from maa.workflow import labeling, projects, queue

from .office import Office, add_image


def names(labels: list[LabelClass]) -> list[str]:
    return [label.name for label in labels]


def test_classes_get_different_colours_and_keep_their_order(office: Office) -> None:
    project = projects.create_project(office.ws, "Sea", ["whale", ("crab", "#ABCDEF"), "squid"])
    labels = projects.list_classes(office.ws, project.id)
    assert names(labels) == ["whale", "crab", "squid"]
    assert labels[1].color == "#abcdef"
    assert len({label.color for label in labels}) == 3


def test_a_hundred_classes_are_possible(office: Office) -> None:
    project = projects.create_project(office.ws, "Many", [f"class {n}" for n in range(100)])
    assert len(projects.list_classes(office.ws, project.id)) == 100


@pytest.mark.parametrize(
    "classes",
    [
        [],
        ["cat", "Cat"],
        ["cat", " CAT "],
        [""],
        ["a\nb"],
        [("cat", "red")],
        [("cat", "#12345")],
        ["x" * 101],
    ],
)
def test_unusable_classes_are_refused_and_leave_no_project_behind(office: Office, classes: list[str]) -> None:
    with pytest.raises(InvalidInput):
        projects.create_project(office.ws, "Sea", classes)
    assert [p.name for p in projects.list_projects(office.ws)] == ["Street"]


def test_a_project_is_found_by_name_and_a_miss_names_those_that_exist(office: Office) -> None:
    assert projects.find_project(office.ws, "street") == office.project
    with pytest.raises(NotFound, match="'Street'"):
        projects.find_project(office.ws, "Sea")


def test_a_project_name_is_taken_also_by_an_archived_project(office: Office) -> None:
    projects.archive_project(office.ws, office.project.id, by=office.max.id)
    with pytest.raises(InvalidInput, match="archived"):
        projects.create_project(office.ws, "STREET", ["cat"])


def test_update_changes_only_what_is_given(office: Office) -> None:
    projects.update_project(office.ws, office.project.id, guidelines="Box the cats.\r\nNot the dogs.")
    project = projects.update_project(office.ws, office.project.id, name="Road", lease_minutes=5)
    assert (project.name, project.guidelines, project.lease_minutes) == (
        "Road",
        "Box the cats.\nNot the dogs.",
        5,
    )
    assert projects.get_project(office.ws, office.project.id) == project
    with pytest.raises(InvalidInput, match="1440"):
        projects.update_project(office.ws, office.project.id, lease_minutes=0)


def test_a_project_with_work_can_be_renamed(office: Office) -> None:
    office.add_images(1)
    office.submitted(office.ana)
    assert projects.update_project(office.ws, office.project.id, name="Road").name == "Road"


def test_only_managers_change_projects(office: Office) -> None:
    with pytest.raises(NotAllowed, match="manager"):
        projects.create_project(office.ws, "Sea", ["crab"], by=office.ana.id)
    with pytest.raises(NotAllowed, match="manager"):
        projects.archive_project(office.ws, office.project.id, by=office.rita.id)
    with pytest.raises(NotAllowed, match="manager"):
        projects.rename_class(office.ws, office.cat.id, "lion", by=office.rita.id)


def test_an_archived_project_is_hidden_and_cannot_be_changed_until_it_is_unarchived(office: Office) -> None:
    office.add_images(1)
    projects.archive_project(office.ws, office.project.id, by=office.max.id)
    assert projects.list_projects(office.ws) == []
    assert [p.id for p in projects.list_projects(office.ws, include_archived=True)] == [office.project.id]
    for change in (
        lambda: projects.add_class(office.ws, office.project.id, "crab"),
        lambda: projects.update_project(office.ws, office.project.id, name="Road"),
        lambda: queue.claim_next(office.ws, office.project.id, office.ana.id),
        lambda: add_image(office.ws, office.project, "late.png"),
    ):
        with pytest.raises(NotAllowed, match="archived"):
            change()
    projects.unarchive_project(office.ws, office.project.id, by=office.max.id)
    assert office.claim(office.ana)


def test_a_save_is_refused_when_the_project_was_archived_meanwhile(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    projects.archive_project(office.ws, office.project.id, by=office.max.id)
    with pytest.raises(NotAllowed, match="archived"):
        office.save(task, office.ana)


def test_progress_counts_images_objects_and_states(office: Office) -> None:
    assert projects.progress(office.ws, office.project.id).approved_share == 0
    office.add_images(5)
    office.submitted(office.ana, objects=3)
    office.submitted(office.ben, objects=2)
    office.approve_next(office.rita)
    task = office.claim(office.ana)
    queue.skip(office.ws, task.id, office.ana.id, "other")
    deleted = office.save(office.claim(office.ben), office.ben)
    labeling.delete_annotation(office.ws, deleted.task_id, office.ben.id, deleted.id)
    progress = projects.progress(office.ws, office.project.id)
    assert (progress.images, progress.objects) == (5, 5)
    assert {state: n for state, n in progress.tasks.items() if n} == {
        TaskState.APPROVED: 1,
        TaskState.SUBMITTED: 1,
        TaskState.SKIPPED: 1,
        TaskState.LEASED: 1,
        TaskState.READY: 1,
    }
    assert progress.approved_share == 1 / 4


def test_a_class_with_objects_can_be_renamed_and_recoloured(office: Office) -> None:
    office.add_images(1)
    annotation = office.save(office.claim(office.ana), office.ana)
    projects.rename_class(office.ws, office.cat.id, "lion", by=office.max.id)
    label = projects.recolor_class(office.ws, office.cat.id, "#010203", by=office.max.id)
    assert (label.name, label.color) == ("lion", "#010203")
    (seen,) = labeling.list_annotations(office.ws, annotation.task_id)
    assert seen.revision.class_id == office.cat.id
    assert projects.rename_class(office.ws, office.cat.id, "Lion").name == "Lion", "its own name is not taken"
    with pytest.raises(InvalidInput, match="'dog' already"):
        projects.rename_class(office.ws, office.cat.id, "DOG")


def test_a_class_moves_and_the_others_close_up(office: Office) -> None:
    bird = projects.add_class(office.ws, office.project.id, "bird")
    projects.move_class(office.ws, bird.id, 0)
    assert names(projects.list_classes(office.ws, office.project.id)) == ["bird", "cat", "dog"]
    projects.move_class(office.ws, bird.id, 99)
    labels = projects.list_classes(office.ws, office.project.id)
    assert names(labels) == ["cat", "dog", "bird"]
    assert [label.position for label in labels] == [0, 1, 2]


def test_a_retired_class_keeps_its_objects_but_gets_no_new_ones(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    old = office.save(task, office.ana)
    projects.retire_class(office.ws, office.cat.id)
    assert names(projects.list_classes(office.ws, office.project.id)) == ["dog"]
    assert names(projects.list_classes(office.ws, office.project.id, include_retired=True)) == ["dog", "cat"]
    with pytest.raises(InvalidInput, match="not in use"):
        office.save(task, office.ana)
    edited = labeling.save_annotation(
        office.ws, task.id, office.ana.id, office.new_revision(), annotation_id=old.id, base_revision=1
    )
    assert edited.revision.class_id == office.cat.id, "an old object may keep it through an edit"
    bird = projects.add_class(office.ws, office.project.id, "bird")
    back = projects.restore_class(office.ws, office.cat.id)
    labels = projects.list_classes(office.ws, office.project.id)
    assert names(labels) == ["cat", "dog", "bird"], "its key is the old one"
    assert [label.position for label in labels] == [0, 1, 2] == [back.position, 1, bird.position]
    office.save(task, office.ana)


def test_the_last_class_in_use_stays(office: Office) -> None:
    projects.retire_class(office.ws, office.cat.id)
    with pytest.raises(InvalidInput, match="last class"):
        projects.retire_class(office.ws, office.dog.id)


def test_a_name_of_a_retired_class_is_taken_and_the_message_says_what_to_do(office: Office) -> None:
    projects.retire_class(office.ws, office.cat.id)
    with pytest.raises(InvalidInput, match="restore it"):
        projects.add_class(office.ws, office.project.id, "cat")


def test_merged_classes_show_as_their_target_through_chains_and_nothing_is_rewritten(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    kitten = projects.add_class(office.ws, office.project.id, "kitten")
    saved = office.save(task, office.ana, office.new_revision(label=kitten))
    projects.merge_class(office.ws, kitten.id, office.cat.id, by=office.max.id)
    projects.merge_class(office.ws, office.cat.id, office.dog.id, by=office.max.id)
    (seen,) = labeling.list_annotations(office.ws, task.id)
    assert seen.revision.class_id == office.dog.id
    assert labeling.revisions(office.ws, saved.id)[0].class_id == kitten.id
    assert names(projects.list_classes(office.ws, office.project.id)) == ["dog"]
    projects.restore_class(office.ws, office.cat.id)
    (seen,) = labeling.list_annotations(office.ws, task.id)
    assert seen.revision.class_id == office.cat.id, "undoing the second merge leaves the first"


def test_what_was_changed_while_its_class_was_merged_gets_it_back_with_the_undo(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    ws, cat, dog = office.ws, office.cat, office.dog
    edited, removed, turned = (office.save(task, office.ana).id for _ in range(3))
    projects.merge_class(ws, cat.id, dog.id)
    shown = labeling.save_annotation(
        ws, task.id, office.ana.id, office.new_revision(label=dog), annotation_id=edited
    )
    assert shown.revision.class_id == dog.id
    labeling.delete_annotation(ws, task.id, office.ana.id, removed)
    assert labeling.restore_annotation(ws, task.id, office.ana.id, removed).revision.class_id == dog.id
    crab = projects.add_class(ws, office.project.id, "crab")
    labeling.save_annotation(
        ws, task.id, office.ana.id, office.new_revision(label=crab), annotation_id=turned
    )
    new = office.save(task, office.ana, office.new_revision(label=dog)).id
    projects.restore_class(ws, cat.id)
    found = {one.id: one.revision.class_id for one in labeling.list_annotations(ws, task.id)}
    assert found == {edited: cat.id, removed: cat.id, turned: crab.id, new: dog.id}


def test_objects_are_counted_by_the_class_they_show_as(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    ws, cat, dog = office.ws, office.cat, office.dog
    for label in (cat, cat, dog):
        office.save(task, office.ana, office.new_revision(label=label))
    gone = office.save(task, office.ana, office.new_revision(label=cat))
    labeling.delete_annotation(ws, task.id, office.ana.id, gone.id)
    assert projects.count_by_class(ws, office.project.id) == {cat.id: 2, dog.id: 1}
    projects.merge_class(ws, cat.id, dog.id)
    assert projects.count_by_class(ws, office.project.id) == {cat.id: 2, dog.id: 3}
    assert projects.progress(ws, office.project.id).objects == 3


def test_a_revision_that_is_restored_comes_with_the_class_it_was_written_with(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    ws, cat, dog = office.ws, office.cat, office.dog
    found = office.save(task, office.ana, office.new_revision(label=cat))
    labeling.save_annotation(
        ws, task.id, office.ana.id, office.new_revision(label=dog), annotation_id=found.id
    )
    projects.merge_class(ws, cat.id, dog.id)
    back = labeling.restore_revision(ws, task.id, office.ana.id, found.id, 1)
    assert back.revision.class_id == dog.id, "as it shows while they are one"
    projects.restore_class(ws, cat.id)
    (seen,) = labeling.list_annotations(ws, task.id)
    assert seen.revision.class_id == cat.id


def test_a_page_drawn_before_a_merge_saves_the_class_it_became(office: Office) -> None:
    office.add_images(1)
    task = office.claim(office.ana)
    projects.merge_class(office.ws, office.cat.id, office.dog.id)
    assert (
        office.save(task, office.ana, office.new_revision(label=office.cat)).revision.class_id
        == office.dog.id
    )


def test_merges_that_would_be_circles_or_leave_the_project_are_refused(office: Office) -> None:
    other = projects.create_project(office.ws, "Sea", ["crab"])
    (crab,) = projects.list_classes(office.ws, other.id)
    with pytest.raises(InvalidInput, match="itself"):
        projects.merge_class(office.ws, office.cat.id, office.cat.id)
    with pytest.raises(InvalidInput, match="another project"):
        projects.merge_class(office.ws, office.cat.id, crab.id)
    projects.merge_class(office.ws, office.cat.id, office.dog.id)
    with pytest.raises(InvalidInput, match="not in use"):
        projects.merge_class(office.ws, office.dog.id, office.cat.id)
    with pytest.raises(NotFound):
        projects.merge_class(office.ws, office.dog.id, 999)


def test_a_class_of_another_project_cannot_be_used(office: Office) -> None:
    office.add_images(1)
    other = projects.create_project(office.ws, "Sea", ["crab"])
    (crab,) = projects.list_classes(office.ws, other.id)
    with pytest.raises(InvalidInput, match="does not belong"):
        office.save(office.claim(office.ana), office.ana, office.new_revision(label=crab))
