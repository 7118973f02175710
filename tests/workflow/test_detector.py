"""A project's detector: trained in a real process, taken up, and proposing objects for pre-labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maa.dextr.shelves import ModelError, find_model
from maa.domain import InvalidInput, NotAllowed, Origin, Project, Role
from maa.domain.library import (
    ChoiceHow,
    DetectorMeasurement,
    JobKind,
    JobState,
    ModelPurpose,
    ModelState,
    PrelabelRun,
)
from maa.geometry import iou
from maa.store import micromodels, prelabels
from maa.workflow import (
    detector_training,
    disagreement,
    jobs,
    labeling,
    library,
    people,
    predict,
    prelabeling,
    promotion,
    proposals,
    queue,
    training,
)
from maa.workflow.settings import update_settings
from maa.workflow.workspace import Workspace
from tests.workflow.drawn_project import drawn_project, ellipses, put_untrained_model, waited_for

PHOTOS, LABELED = 36, 32


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Project]]:
    """A project with 32 approved photos, a detector trained on these, and four photos nobody has opened."""
    folder = tmp_path_factory.mktemp("detector")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAA_DATA_DIR", str(folder / "data"))
        patch.delenv("MAA_MODEL", raising=False)
        torch.set_num_threads(1)
        ws = Workspace(folder / "data")
        project = drawn_project(ws, folder / "photos", photos=PHOTOS, labeled=LABELED)
        # Long enough to learn to see ellipses at the lowest priority beside other tests.
        started = detector_training.train(ws, project.id, minutes=25 / 60, input_size=128)
        ended = waited_for(ws, started.id)
        assert (ended.state, ended.message) == (JobState.DONE, "")
        yield ws, project
        ws.close()


def propose(ws: Workspace, project: Project, **how: object) -> PrelabelRun:
    return prelabeling.go_on(ws, proposals.begin(ws, project.id, **how).id, lambda *_: None)


def unopened(ws: Workspace, project: Project) -> list[int]:
    return [task.id for task in queue.list_tasks(ws, project.id) if task.state == "ready"]


def test_a_training_leaves_a_detector_measured_on_what_it_never_saw(made: tuple[Workspace, Project]) -> None:
    ws, project = made
    (job,) = jobs.listed(ws, project.id)
    assert job.kind is JobKind.DETECTOR
    entry = library.entry(ws, "drawn-detector-1")
    assert entry.state is ModelState.CANDIDATE
    assert entry.model.detects
    assert entry.model.classes == ("ellipse",)
    assert entry.model.card["parent"] == find_model("duo").id
    assert entry.model.card["training_data"][0]["objects"] == job.objects  # type: ignore[index]
    (measured,) = entry.detector_measurements
    assert (measured.job_id, measured.objects) == (job.id, job.held_back)
    assert measured.threshold == pytest.approx(entry.model.threshold)
    # Each half of so few objects is measured with what the other half chose, which misses some.
    assert 0.5 <= measured.recall <= 1
    assert measured.average_precision > 0.8
    assert measured.against is None
    assert measured.opened_08 <= measured.opened_05 <= 1
    assert library.described(entry)["detects"]
    assert library.described(entry)["metrics"][0]["recall"] == round(measured.recall, 4)


def test_it_answers_no_clicks_and_is_offered_to_none(made: tuple[Workspace, Project]) -> None:
    ws, project = made
    assert [offer.model.name for offer in library.offers(ws, project.id)] == ["duo"]
    with pytest.raises(ModelError, match="answers no clicks"):
        predict.predictor("drawn-detector-1")
    with pytest.raises(InvalidInput, match="Choose another parent"):
        training.finetune(ws, project.id, minutes=1, parent="drawn-detector-1")


def test_from_export_to_another_library_and_a_damaged_file_is_refused(
    made: tuple[Workspace, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.export_model("drawn-detector-1", tmp_path / "detector.zip")
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "other"))
    other = Workspace(tmp_path / "other")
    try:
        model = library.import_model(other, tmp_path / "detector.zip", "theirs")
        assert model.detects
        assert library.entry(other, "theirs").state is ModelState.CANDIDATE
        weights = model.folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"x")
        predict._detectors.clear()
        with pytest.raises(ModelError, match="cut short, damaged"):
            predict.detector("theirs")
    finally:
        other.close()


def test_promoted_it_proposes_objects_on_images_that_nobody_has_opened(
    made: tuple[Workspace, Project],
) -> None:
    ws, project = made
    with pytest.raises(InvalidInput, match="no detector yet"):
        proposals.begin(ws, project.id)
    found = promotion.look_at(ws, project.id, "drawn-detector-1")
    assert found.passed, found.why
    choice = promotion.promote(ws, project.id, "drawn-detector-1")
    assert (choice.how, choice.purpose) == (ChoiceHow.PROMOTED, ModelPurpose.OBJECTS)
    assert promotion.present_model(ws, project.id).name == "duo"  # outlines come from there as before
    detector = promotion.present_detector(ws, project.id)
    assert detector is not None

    # Somebody opens the first of the four.
    zoe = people.add_person(ws, "Zoe", {project.id: Role.ANNOTATOR})
    opened = queue.claim_next(ws, project.id, zoe.id)
    assert opened is not None
    run = proposals.begin(ws, project.id)
    assert (run.images, run.other_model, run.least_score) == (3, detector.id, detector.threshold)
    # Stopped after one, and gone on with.
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) == 2

    run = prelabeling.go_on(ws, run.id, lambda *_: None, stop)
    assert (run.finished, run.looked_at) == (False, 1)
    run = prelabeling.go_on(ws, run.id, lambda *_: None)
    assert (run.finished, run.looked_at) == (True, 3)
    assert labeling.list_annotations(ws, opened.id) == []
    hits = 0
    for number, task_id in enumerate(sorted(unopened(ws, project)), start=LABELED + 1):
        for annotation in labeling.list_annotations(ws, task_id):
            revision = annotation.revision
            assert revision.prelabel
            assert (revision.origin, revision.model_id) == (Origin.PRELABEL, find_model("duo").id)
            assert revision.outline is not None
            hits += max(iou(revision.outline, truth) for truth in ellipses(number)) > 0.7
    assert hits >= 5  # of six

    # Nothing below a score that nothing reaches.
    assert propose(ws, project, least_score=1.0).objects == 0
    assert propose(ws, project).objects == run.objects

    back = promotion.roll_back(ws, project.id, ModelPurpose.OBJECTS)
    assert back.model_id is None
    assert promotion.present_detector(ws, project.id) is None


def test_detectors_of_several_projects_stay_loaded_beside_one_another(
    made: tuple[Workspace, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, _ = made
    library.export_model("drawn-detector-1", tmp_path / "detector.zip")
    names = ["drawn-detector-1", *(f"kept-{number}" for number in range(predict.KEPT))]
    for name in names[1:]:
        library.import_model(ws, tmp_path / "detector.zip", name)
    monkeypatch.setattr(predict, "_detectors", {})
    first, second = (predict.detector(name) for name in names[:2])
    assert predict.detector(names[0]) is first  # by turns, as two runs at once ask for them
    assert predict.detector(names[1]) is second
    for name in names[2:]:
        predict.detector(name)
    assert predict.detector(names[1]) is second
    assert predict.detector(names[0]) is not first  # the oldest made room


def test_two_models_are_asked_about_the_pre_labels_and_the_queue_follows(
    made: tuple[Workspace, Project],
) -> None:
    ws, project = made
    with pytest.raises(InvalidInput, match="has been trained for the project yet"):
        disagreement.begin(ws, project.id)
    put_untrained_model(ws, "blank")
    propose(ws, project, name="drawn-detector-1")
    update_settings(ws, project.id, prelabel_order="what two models disagree on")
    with pytest.raises(InvalidInput, match="cannot disagree with itself"):
        disagreement.begin(ws, project.id, candidate="duo")
    begun = disagreement.begin(ws, project.id, candidate="blank")
    run = prelabeling.go_on(ws, begun.id, lambda *_: None)
    waiting = len(unopened(ws, project))
    assert (run.finished, run.looked_at) == (True, waiting)
    with ws.store.read() as tx:
        scores = prelabels.scores(tx, project.id)
    by_image = {image_id: score.disagreement or 0.0 for image_id, score in scores.items()}
    assert len(by_image) == waiting
    assert all(0.05 < value <= 1 for value in by_image.values())
    tasks = {task.image_id: task for task in queue.list_tasks(ws, project.id)}
    for image_id, value in by_image.items():
        assert tasks[image_id].priority == round(50 * (2 * value - 1))
    update_settings(ws, project.id, prelabel_order="as they came")
    assert all(queue.get_task(ws, task.id).priority == 0 for task in tasks.values())
    update_settings(ws, project.id, prelabel_order="what two models disagree on")
    for image_id, value in by_image.items():
        assert queue.get_task(ws, tasks[image_id].id).priority == round(50 * (2 * value - 1))
    # A model does not disagree with a copy of itself, and what it is asked does not change the pre-labels.
    assert all(one.revision.prelabel for one in labeling.list_annotations(ws, unopened(ws, project)[0]))
    zed = people.add_person(ws, "Zed", {project.id: Role.ANNOTATOR})
    next_one = queue.claim_next(ws, project.id, zed.id)
    assert next_one is not None
    # The most disputed, to the whole point a priority has: two images may share it.
    assert by_image[next_one.image_id] == pytest.approx(max(by_image.values()), abs=0.01)


def test_too_little_work_and_strange_classes_are_said(
    made: tuple[Workspace, Project], tmp_path: Path
) -> None:
    ws, _ = made
    other = drawn_project(ws, tmp_path / "photos", photos=8, labeled=6, name="Few")
    with pytest.raises(InvalidInput, match="and 30 are needed"):
        detector_training.train(ws, other.id, minutes=1)
    strange = drawn_project(ws, tmp_path / "more", photos=2, labeled=0, name="Strange", label="tree")
    with pytest.raises(InvalidInput, match="none of these is a class"):
        proposals.begin(ws, strange.id, name="drawn-detector-1")


def test_held_back_objects_too_small_to_measure_on_are_said_before_anything_starts(
    made: tuple[Workspace, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, project = made
    monkeypatch.setattr(detector_training, "MIN_AREA", 10_000)  # a photo has 10 800 pixels
    before = jobs.listed(ws, project.id)
    with pytest.raises(InvalidInput, match="No held-back object is larger"):
        detector_training.train(ws, project.id, minutes=1)
    with pytest.raises(InvalidInput, match="No held-back object is larger"):
        detector_training.measure(ws, project.id, find_model("drawn-detector-1"))
    assert jobs.listed(ws, project.id) == before


def measured(model_id: str, **more: float) -> DetectorMeasurement:
    told = {
        "images": 20, "objects": 60, "average_precision": 0.7, "threshold": 0.4, "precision": 0.8,
        "recall": 0.7, "saved": 2.4, "low": 2.0, "high": 2.8, "opened_05": 0.7, "opened_08": 0.5, "job_id": 1,
    }  # fmt: skip
    return DetectorMeasurement(model_id=model_id, project_id=1, **told | more)  # type: ignore[arg-type]


def against(present: str, low: float) -> DetectorMeasurement:
    return replace(measured("new"), against=present, difference=0.3, difference_low=low, difference_high=0.5)


def test_what_a_comparison_found_is_kept(made: tuple[Workspace, Project]) -> None:
    ws, project = made
    found = replace(against("old@1", 0.1), project_id=project.id)
    with ws.store.write() as tx:
        micromodels.add_detector_measurement(tx, found)
        kept = micromodels.detector_measurements(tx, project_id=project.id)[-1]
    assert replace(kept, created_at=None) == found


@pytest.mark.parametrize(
    ("there", "present", "passed", "why"),
    [
        ([], None, False, "was not measured"),
        ([measured("new")], None, True, "saves work"),
        ([measured("new", objects=9)], None, False, "too little to tell"),
        ([measured("new", low=-0.1)], None, False, "does not clearly save work"),
        ([measured("new"), measured("old", saved=1.0)], "old", False, "was not compared with old"),
        ([against("older", low=0.1)], "old", False, "was not compared with old"),
        ([against("old", low=0.0)], "old", False, "not clearly better"),
        ([against("old", low=0.1)], "old", True, "Compared with old, which the project has, it saves +0.30"),
    ],
)
def test_a_detector_is_taken_up_when_it_saves_work_and_more_than_the_present_one(
    there: list[DetectorMeasurement], present: str | None, passed: bool, why: str
) -> None:
    found = promotion.detector_finding(there, "new", present)
    assert found.passed is passed
    assert why in found.why


def test_one_that_was_not_measured_here_needs_a_reason(
    made: tuple[Workspace, Project], tmp_path: Path
) -> None:
    ws, _ = made
    other = drawn_project(ws, tmp_path / "photos", photos=4, labeled=0, name="Other")
    library.export_model("drawn-detector-1", tmp_path / "detector.zip")
    library.import_model(ws, tmp_path / "detector.zip", "copy-of-it")
    # The same weights under another name: the state goes by the id, which has the name in it.
    assert library.entry(ws, "copy-of-it").state is ModelState.CANDIDATE
    with pytest.raises(NotAllowed, match="was not measured"):
        promotion.promote(ws, other.id, "copy-of-it")
    choice = promotion.promote(ws, other.id, "copy-of-it", override=True, reason="same photos")
    assert choice.how is ChoiceHow.OVERRIDDEN
    assert library.entry(ws, "copy-of-it").projects[0].name == "Other"


def test_annotators_start_none_of_it(made: tuple[Workspace, Project]) -> None:
    ws, project = made
    ana = people.add_person(ws, "Ann", {project.id: Role.ANNOTATOR})
    for attempt in (
        lambda: detector_training.train(ws, project.id, minutes=1, by=ana.id),
        lambda: proposals.begin(ws, project.id, name="drawn-detector-1", by=ana.id),
        lambda: disagreement.begin(ws, project.id, by=ana.id),
        lambda: promotion.promote(ws, project.id, "drawn-detector-1", by=ana.id),
    ):
        with pytest.raises(NotAllowed):
            attempt()
