"""The Projects page: what a manager does with a project, and what the others see of it."""

import io
import json
import zipfile
from pathlib import Path

import cv2
from streamlit.testing.v1 import AppTest

from maa.domain import Project, TaskState, Verdict
from maa.workflow import exports, images, labeling, projects, queue, review
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, add_images, label, picture, shown


def section(app: AppTest, name: str) -> AppTest:
    app.session_state["project_section"] = name
    return app.run()


def png(number: int) -> bytes:
    return cv2.imencode(".png", picture(number)[..., ::-1])[1].tobytes()


def test_with_no_project_it_says_what_to_do_next(team: Team, open_page: OpenPage) -> None:
    assert "New project" in shown(open_page("projects", team.max))
    assert "A manager can give you a role in one" in shown(open_page("projects", team.ana))


def test_a_manager_creates_a_project_and_is_taken_to_it(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max)
    app.button(key="new_project").click().run()
    app.text_input(key="new_project_name").input("Leaves")
    app.text_area(key="new_project_classes").input("oak\n\n elm ").run()
    app.color_picker(key="new_project_color_1").set_value("#123456")
    app.text_area(key="new_project_guidelines").input("All of them.")
    many = "\n".join(["oak", "elm", *(f"tree {number}" for number in range(58))])
    app.text_area(key="new_project_classes").input(many).run()
    assert len(app.color_picker) == 50
    assert "60 classes" in shown(app)
    app.button(key="new_project_create").click().run()
    assert not app.exception
    made = projects.find_project(ws, "Leaves")
    assert made.guidelines == "All of them."
    classes = projects.list_classes(ws, made.id)
    assert [c.name for c in classes][:2] == ["oak", "elm"]
    assert len(classes) == 60
    assert classes[1].color == "#123456"
    assert app.session_state["project"] == "Leaves"
    assert "No images yet" in shown(app)


def test_a_mistake_in_the_form_is_explained_and_nothing_typed_is_lost(
    team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("projects", team.max)
    app.button(key="new_project").click().run()
    app.text_input(key="new_project_name").input("Bolts")
    app.text_area(key="new_project_classes").input("a")
    app.button(key="new_project_create").click().run()
    assert app.error
    assert app.text_input(key="new_project_name").value == "Bolts"


def test_uploads_are_imported_and_what_was_skipped_is_reported(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/two.png", png(2))
        archive.writestr("../three.png", png(3))
    app = open_page("projects", team.max)
    (box,) = app.file_uploader
    box.set_value(
        [
            ("one.png", png(1), "image/png"),
            ("=bad.png", b"no picture", "image/png"),
            ("more.zip", packed.getvalue(), "application/zip"),
        ]
    )
    app.run()
    app.button(key="upload_add").click().run()
    assert not app.exception
    assert {i.file_name.split("/")[-1] for i in images.list_images(ws, project.id)} == {"one.png", "two.png"}
    assert "2 images added" in shown(app)
    skipped = next(d.value for d in app.dataframe if "Why not" in d.value)
    assert {"=bad.png"} < set(skipped["File"])
    assert all(skipped["Why not"])
    assert app.download_button(key="import_report_csv")
    app.button(key="import_report_close").click().run()
    assert "2 images added" not in shown(app)


def test_a_folder_on_the_server_is_imported(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "one.png").write_bytes(png(1))
    app = open_page("projects", team.max)
    app.text_input(key="folder_path").input(str(folder)).run()
    app.button(key="folder_add").click().run()
    assert not app.exception
    assert len(images.list_images(ws, project.id)) == 1


def test_a_folder_that_is_not_there_is_explained(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("projects", team.max)
    for hopeless in ("~nobody-of-this-name/photos", "/tmp/" + 300 * "x", "/nowhere/\x00"):
        app.text_input(key="folder_path").input(hopeless).run()
        app.button(key="folder_add").click().run()
        assert not app.exception
        assert "0 images added" in shown(app), hopeless
    app.text_input(key="folder_path").input("/nowhere/at/all").run()
    app.button(key="folder_add").click().run()
    assert not app.exception
    skipped = next(d.value for d in app.dataframe if "Why not" in d.value)
    assert skipped["File"][0] == "all"
    assert "0 images added" in shown(app)


def test_classes_change_after_work_exists_and_no_object_is_lost(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    bolt, nut = projects.list_classes(ws, project.id)

    def names() -> list[str]:
        by_id = {c.id: c.name for c in projects.list_classes(ws, project.id, include_retired=True)}
        return [by_id[a.revision.class_id] for a in labeling.list_annotations(ws, task.id)]

    app = section(open_page("projects", team.max), "Classes")
    app.text_input(key=f"class_name_{bolt.id}").input("screw").run()
    assert names() == ["screw", "nut"]
    app.color_picker(key=f"class_color_{bolt.id}").set_value("#101010").run()
    assert projects.list_classes(ws, project.id)[0].color == "#101010"
    app.button(key=f"class_down_{bolt.id}").click().run()
    assert [c.name for c in projects.list_classes(ws, project.id)] == ["nut", "screw"]
    app.text_input(key=f"new_class_name_{project.id}").input("washer")
    app.button(key="new_class_add").click().run()
    assert [c.name for c in projects.list_classes(ws, project.id)] == ["nut", "screw", "washer"]
    app.selectbox(key=f"class_merge_into_{nut.id}").select("screw")
    app.button(key=f"class_merge_do_{nut.id}").click().run()
    assert names() == ["screw", "screw"]
    app.button(key=f"class_restore_{nut.id}").click().run()
    assert names() == ["screw", "nut"]
    app.button(key=f"class_retire_{nut.id}").click().run()
    assert names() == ["screw", "nut"]
    assert [c.name for c in projects.list_classes(ws, project.id)] == ["screw", "washer"]
    assert not app.exception
    assert not app.error


def test_a_class_name_that_is_taken_is_refused_and_the_old_one_shown(
    team: Team, ws: Workspace, project: Project, open_page: OpenPage
) -> None:
    bolt, _ = projects.list_classes(ws, project.id)
    app = section(open_page("projects", team.max), "Classes")
    app.text_input(key=f"class_name_{bolt.id}").input("nut").run()
    assert app.error
    assert app.text_input(key=f"class_name_{bolt.id}").value == "bolt"


def test_settings_are_saved_and_the_project_stays_chosen_under_its_new_name(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    projects.create_project(ws, "Another", ["x"])
    app = section(open_page("projects", team.max), "Settings")
    app.text_input(key=f"settings_{project.id}_name_1").input("Screws")
    app.text_area(key=f"settings_{project.id}_guidelines_1").input("Line one.\nLine two.")
    app.button(key="project_save").click().run()
    assert not app.exception
    saved = projects.get_project(ws, project.id)
    assert (saved.name, saved.guidelines) == ("Screws", "Line one.\nLine two.")
    assert app.session_state["project"] == "Screws"


def test_an_archived_project_disappears_and_comes_back(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    other = projects.create_project(ws, "Nuts", ["nut"])
    team.join(other)
    app = section(open_page("projects", team.max), "Settings")
    app.button(key="archive").click().run()
    assert not app.exception
    assert "The project **Bolts** is archived. Choose another one in the sidebar." in shown(app)
    app.toggle(key="show_archived").set_value(True).run()
    app.button(key=f"unarchive_{project.id}").click().run()
    assert projects.get_project(ws, project.id).archived_at is None
    assert app.session_state["project"] == "Bolts"


def test_an_approved_image_is_reopened_with_its_objects(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, objects = label(ws, project, team.ana)
    review.claim_next_review(ws, project.id, team.rita.id)
    review.decide(ws, task.id, team.rita.id, Verdict.APPROVE)
    app = open_page("projects", team.max)
    app.multiselect(key="images_states").select("approved").run()
    app.session_state["images_table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    app.button(key="reopen").click().run()
    assert not app.exception
    assert queue.get_task(ws, task.id).state is TaskState.READY
    assert len(labeling.list_annotations(ws, task.id)) == len(objects)


def test_the_export_holds_the_approved_work(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    task, _ = label(ws, project, team.ana)
    review.claim_next_review(ws, project.id, team.rita.id)
    review.decide(ws, task.id, team.rita.id, Verdict.APPROVE)
    app = section(open_page("projects", team.max), "Import and export")
    app.button(key="export_do").click().run()
    assert not app.exception
    assert app.download_button(key="export_download")
    exported = json.loads(app.session_state["export_ready"][-1].content)
    assert (len(exported["images"]), len(exported["annotations"])) == (1, 2)
    app.radio(key="export_status").set_value("All images, whatever their state").run()
    assert not [b for b in app.download_button if b.key == "export_download"]
    app.button(key="export_do").click().run()
    assert len(json.loads(app.session_state["export_ready"][-1].content)["images"]) == 2
    app.segmented_control(key="export_format").set_value("yolo").run()
    assert not [b for b in app.download_button if b.key == "export_download"]
    app.button(key="export_do").click().run()
    with zipfile.ZipFile(io.BytesIO(app.session_state["export_ready"][-1].content)) as archive:
        assert len([name for name in archive.namelist() if name.startswith("labels/")]) == 1
    assert app.download_button(key="export_download")


def test_objects_of_a_coco_file_come_onto_the_project_s_images(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    label(ws, project, team.ana)
    _, other = images.list_images(ws, project.id)
    exported = json.loads(exports.export(ws, project.id, status="all").content)
    (known, unknown) = ({**exported["annotations"][0], "id": number} for number in (1, 2))
    known["image_id"] = next(i["id"] for i in exported["images"] if i["file_name"] == other.file_name)
    unknown["image_id"] = 99
    foreign = {
        **exported,
        "images": [*exported["images"], {"id": 99, "file_name": "no.png", "width": 9, "height": 9}],
        "annotations": [known, unknown],
    }
    app = section(open_page("projects", team.max), "Import and export")
    assert app.button(key="bring_in_do").disabled
    for content in (b'{"images": 3}', json.dumps(foreign).encode()):
        app.file_uploader(key="bring_in_file").set_value(("theirs.json", content, "application/json")).run()
        app.button(key="bring_in_do").click().run()
        assert bool(app.error) == (len(content) < 20)
    assert not app.exception
    assert "1 object added" in shown(app)
    assert "import the image first" in app.dataframe[-1].value["Why not"][0]
    task = next(t for t in queue.list_tasks(ws, project.id) if t.image_id == other.id)
    assert [a.revision.origin.value for a in labeling.list_annotations(ws, task.id)] == ["imported"]


def test_a_back_up_is_restored_as_a_project_of_its_own(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos")
    label(ws, project, team.ana)
    app = section(open_page("projects", team.max), "Import and export")
    app.button(key="backup_do").click().run()
    assert not app.exception
    (file,) = (ws.data_dir / "backups").iterdir()
    app.button(key="restore").click().run()
    app.text_input(key="restore_path").input(str(file))
    app.text_input(key="restore_name").input("Bolts again").run()
    app.button(key="restore_do").click().run()
    assert not app.exception
    restored = projects.find_project(ws, "Bolts again")
    assert projects.progress(ws, restored.id).objects == 2
    assert app.session_state["project"] == "Bolts again"


def test_a_file_that_is_no_back_up_is_explained(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("projects", team.max)
    app.button(key="restore").click().run()
    app.file_uploader(key="restore_file").set_value(("x.zip", b"not a zip", "application/zip")).run()
    app.button(key="restore_do").click().run()
    assert not app.exception
    assert app.error


def test_annotators_and_reviewers_read_and_change_nothing(
    ws: Workspace, team: Team, project: Project, open_page: OpenPage
) -> None:
    for someone in (team.ana, team.rita):
        app = open_page("projects", someone)
        assert not app.exception
        assert "Every part." in shown(app)
        assert "bolt" in shown(app)
        assert [button.key for button in app.button] == ["sign_out"]
        assert not app.text_input
        assert not app.file_uploader


def test_text_from_people_is_shown_as_text(ws: Workspace, team: Team, open_page: OpenPage) -> None:
    nasty = "<script>x</script> **b** [a](javascript:alert(1)) :smile: $x$"
    made = projects.create_project(ws, nasty, [f"{nasty} class"], guidelines=nasty, by=team.max.id)
    team.join(made)
    app = open_page("projects", team.ana)
    for element in [*app.markdown, *app.header]:
        assert "**b**" not in element.value
        assert "[a](" not in element.value
        assert ":smile:" not in element.value
    assert nasty in [t.value for t in app.text]
    assert projects.get_project(ws, made.id).name == nasty


def test_a_manager_pauses_a_project_and_lets_people_choose(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 2)
    app = section(open_page("projects", team.max), "Rules")
    app.button(key="rules_pause").click().run()
    assert projects.get_project(ws, project.id).settings.paused
    assert "**Paused.**" in shown(app)
    app.button(key="rules_pause").click().run()
    app.toggle(key=f"rules_{project.id}_pick_any_1").set_value(True)
    app.button(key="rules_save").click().run()
    settings = projects.get_project(ws, project.id).settings
    assert (settings.paused, settings.pick_any) == (False, True)


def test_a_selected_image_stays_selected_when_its_row_moves(
    ws: Workspace, team: Team, project: Project, tmp_path: Path, open_page: OpenPage
) -> None:
    add_images(ws, project, tmp_path / "photos", 3)
    tasks = [label(ws, project, team.ana)[0] for _ in range(3)]
    for _ in tasks:
        reviewed = review.claim_next_review(ws, project.id, team.rita.id)
        assert reviewed is not None
        review.decide(ws, reviewed.id, team.rita.id, Verdict.APPROVE)
    app = open_page("projects", team.max)
    app.multiselect(key="images_states").set_value(["approved"]).run()
    shown_first = [int(number) for number in app.dataframe(key="images_table").value["Task"]]
    app.session_state["images_table"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    queue.reopen(ws, shown_first[0], by=team.max.id)
    app.number_input(key="images_priority").set_value(7).run()
    app.button(key="images_set_priority").click().run()
    given = {task.id: task.priority for task in queue.list_tasks(ws, project.id)}
    assert [number for number, priority in given.items() if priority == 7] == [shown_first[1]]
