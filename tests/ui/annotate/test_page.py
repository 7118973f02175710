"""What the annotate page says with the classic canvas; drawing on it is tested in a browser."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from shapely import MultiPolygon, box
from streamlit.testing.v1 import AppTest

from maa.domain import NewImage, Origin, Person, Project, Role, Task, Verdict
from maa.ui.annotate.remarks import latest_remarks, said
from maa.ui.annotate.work import DOUBLE_CLICK
from maa.workflow import comments, labeling, people, prelabels, projects, queue, review
from maa.workflow.labeling import NewRevision
from maa.workflow.review import ObjectVerdict, Pin
from maa.workflow.workspace import Workspace

OpenPage = Callable[..., AppTest]


@pytest.fixture
def rita(ws: Workspace, street: Project) -> Person:
    return people.add_person(ws, "Rita", {street.id: Role.REVIEWER})


def shown(app: AppTest) -> str:
    kinds = ("markdown", "text", "caption", "info", "success", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def labeled(ws: Workspace, project: Project, person: Person) -> Task:
    """The person's next task with two objects, submitted."""
    task = queue.claim_next(ws, project.id, person.id)
    assert task is not None
    (car, *_) = projects.list_classes(ws, project.id)
    for left in (10, 60):
        outline = MultiPolygon([box(left, 10, left + 30, 50)])
        labeling.save_annotation(ws, task.id, person.id, NewRevision(car.id, outline, Origin.MANUAL))
    return labeling.submit(ws, task.id, person.id)


def send_back(ws: Workspace, project: Project, reviewer: Person, comment: str) -> Task:
    task = review.claim_next_review(ws, project.id, reviewer.id)
    assert task is not None
    first = labeling.list_annotations(ws, task.id)[0]
    verdict = ObjectVerdict(Verdict.SEND_BACK, "loose outline", "too wide")
    return review.decide(
        ws,
        task.id,
        reviewer.id,
        Verdict.SEND_BACK,
        reason="missing object",
        comment=comment,
        objects={first.id: verdict},
    )


def test_the_next_image_is_handed_out_with_its_classes_on_keys(
    street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana, canvas="classic")
    assert "street-0.png" in shown(app)
    labels = [app.button(key=f"class_{n}").label.split() for n in (1, 2, 3)]
    assert [label[0] for label in labels] == ["car", "bus", "tram"]
    assert ["1" in label[1] for label in labels] == [True, False, False]


def test_opening_the_page_again_hands_out_the_same_image(
    street: Project, ana: Person, open_page: OpenPage
) -> None:
    open_page("annotate", ana, canvas="classic")
    assert "street-0.png" in shown(open_page("annotate", ana, canvas="classic"))


def test_submitting_goes_on_with_the_next_image_at_once(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana, canvas="classic")
    app.button(key="submit").click().run()
    assert "street-0.png" in shown(app), "an image without objects is asked about"
    time.sleep(DOUBLE_CLICK)
    app.button(key="submit").click().run()
    assert "street-1.png" in shown(app)
    assert projects.progress(ws, street.id).tasks["submitted"] == 1
    app.button(key="take_back").click().run()
    assert "street-0.png" in shown(app)
    assert projects.progress(ws, street.id).tasks["submitted"] == 0


def test_skipping_asks_for_a_reason_and_goes_on(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana, canvas="classic")
    app.button(key="skip_0").click().run()
    assert "street-1.png" in shown(app)
    assert projects.progress(ws, street.id).tasks["skipped"] == 1


def test_what_is_given_back_is_not_handed_out_again_until_asked_for(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    app = open_page("annotate", ana, canvas="classic")
    app.button(key="give_back").click().run()
    assert "gave the image back" in shown(app)
    assert projects.progress(ws, street.id).tasks["leased"] == 0
    app.button(key="resume").click().run()
    assert "street-0.png" in shown(app)


def test_a_project_without_images_says_who_adds_them(ws: Workspace, ana: Person, open_page: OpenPage) -> None:
    bare = projects.create_project(ws, "Bare", ["car"])
    people.set_role(ws, ana.id, bare.id, Role.ANNOTATOR)
    assert "A manager adds them under Projects" in shown(open_page("annotate", ana, canvas="classic"))


def test_with_everything_labeled_the_page_says_what_comes_next(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    labeled(ws, street, ana)
    labeled(ws, street, ana)
    text = shown(open_page("annotate", ana, canvas="classic"))
    assert "is labeled" in text
    assert "2 waiting for review" in text


def test_without_a_model_the_page_says_how_to_go_on(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAA_MODEL", "gone")
    text = shown(open_page("annotate", ana, canvas="classic"))
    assert "The model cannot help: It cannot be used at present" in text
    assert "gone" not in text
    assert "press M" in text
    people.set_role(ws, ana.id, street.id, Role.MANAGER)
    assert "There is no model named" in shown(open_page("annotate", ana, canvas="classic"))


def test_the_reasons_of_a_send_back_are_shown_as_they_were_written(
    ws: Workspace, street: Project, ana: Person, rita: Person, open_page: OpenPage
) -> None:
    labeled(ws, street, ana)
    send_back(ws, street, rita, comment="the <b>tram</b> *behind*")
    text = shown(open_page("annotate", ana, canvas="classic"))
    assert "missing object" in text
    assert r"\<b\>tram" in text  # escaped: shown as text
    assert "loose outline" in text
    assert "too wide" in text


def test_pins_and_comments_are_told(
    ws: Workspace, street: Project, ana: Person, rita: Person, open_page: OpenPage
) -> None:
    task = labeled(ws, street, ana)
    review.claim_next_review(ws, street.id, rita.id)
    comments.comment(ws, task.id, rita.id, "One <b>tram</b> or two?")
    pin = Pin(30, 40, "a *mirror* is missing")
    review.decide(ws, task.id, rita.id, Verdict.SEND_BACK, reason="missing object", pins=[pin])
    text = shown(open_page("annotate", ana, canvas="classic"))
    assert r"1 a \*mirror\* is missing" in text
    assert r"One \<b\>tram" in text


def test_pre_labels_are_told_from_objects(
    ws: Workspace, street: Project, ana: Person, open_page: OpenPage
) -> None:
    (task, _) = queue.list_tasks(ws, street.id)
    (car, *_) = projects.list_classes(ws, street.id)
    outline = MultiPolygon([box(10, 10, 40, 50)])
    with ws.store.write() as tx:
        prelabels.put(tx, task, [prelabels.Proposed(car.id, outline, None, "tiny@0123456789ab", 0.93)])
    app = open_page("annotate", ana, canvas="classic")
    assert "pre-label, 93% sure" in shown(app)
    assert "1 pre-label to decide" in shown(app)
    app.button(key="submit").click().run()
    assert projects.progress(ws, street.id).tasks["submitted"] == 1
    assert not labeling.list_annotations(ws, task.id)[0].revision.prelabel


def test_remarks_are_those_of_the_latest_round_only(
    ws: Workspace, street: Project, ana: Person, rita: Person
) -> None:
    labeled(ws, street, ana)
    back = send_back(ws, street, rita, comment="first")
    remarks = latest_remarks(ws, back)
    assert remarks.image is not None
    assert said(remarks.image) == "missing object: first"
    assert len(remarks.objects) == 1
    claimed = queue.claim_next(ws, street.id, ana.id)
    assert claimed is not None
    again = labeling.submit(ws, claimed.id, ana.id)
    assert latest_remarks(ws, again).image is None


def test_an_image_never_sent_back_has_no_remarks(ws: Workspace, street: Project, ana: Person) -> None:
    task = queue.claim_next(ws, street.id, ana.id)
    assert task is not None
    assert latest_remarks(ws, task).image is None


def test_names_of_files_are_shown_as_text(
    ws: Workspace, ana: Person, open_page: OpenPage, tmp_path: Path
) -> None:
    project = projects.create_project(ws, "Odd", ["a *bold* <i>class</i>"])
    people.set_role(ws, ana.id, project.id, Role.ANNOTATOR)
    with ws.store.write() as tx:
        queue.add_image(
            tx,
            project.id,
            NewImage(file_name="<script>x</script>.png", width=100, height=80, file_hash="f", pixel_hash="p"),
        )
    app = open_page("annotate", ana, canvas="classic")
    assert "<script>x</script>.png" in [element.value for element in app.text]
    assert app.button(key="class_1").label.startswith(r"a \*bold\* \<i\>class\<\/i\> ")
