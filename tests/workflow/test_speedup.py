"""The comparison of the model with handwork: who gets which arm, and a report that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from shapely import MultiPolygon, box

from maa.domain import Arm, Effort, Origin, Task
from maa.workflow import arms, labeling, projects, queue
from maa.workflow.settings import update_settings
from maa.workflow.speedup import MIN_TASKS, SpeedReport, speed_report

from .office import Office, open_office, square
from .test_metrics import MONDAY, days


def compare(office: Office, share: float = 0.5) -> None:
    update_settings(office.ws, office.project.id, manual_share=share, salt="fixed")


def label(office: Office, task: Task, seconds: list[float]) -> None:
    """One object for each of the seconds, made the task's way."""
    origin = Origin.MANUAL if task.arm is Arm.MANUAL else Origin.ASSISTED
    for number, taken in enumerate(seconds):
        new = office.new_revision(
            square(left=5 * number),
            origin=origin,
            model=square(left=5 * number) if origin is Origin.ASSISTED else None,
            effort=Effort(active_seconds=taken),
        )
        office.save(task, office.ana, new)


def report(office: Office) -> SpeedReport:
    return speed_report(office.ws, days(office, MONDAY, MONDAY))


def arm_of(office: Office, task: Task) -> Arm | None:
    """As the workbench hears of it."""
    project = projects.get_project(office.ws, task.project_id)
    return arms.arm_now(project, queue.get_task(office.ws, task.id))


def test_chance_gives_each_task_an_arm_that_stays(office: Office) -> None:
    before = office.add_images(1)[0]
    assert office.claim(office.ana).arm is None
    assert arm_of(office, before) is None
    queue.release(office.ws, before.id, office.ana.id)
    compare(office, 0.3)
    office.add_images(99)
    given = []
    for _ in range(100):
        task = office.claim(office.ana)
        given.append(task.arm)
        assert arm_of(office, task) is task.arm
        assert task.arm is arms.drawn(projects.get_project(office.ws, task.project_id), task.id)
        labeling.submit(office.ws, task.id, office.ana.id)
    assert 18 <= given.count(Arm.MANUAL) <= 42  # 30 expected, plus or minus 2.6 standard deviations
    compare(office, 1.0)
    office.send_back_next(office.rita)
    assert office.claim(office.ana).arm is given[0], "what was begun one way goes on that way"
    compare(office, 0.0)
    assert arm_of(office, before) is None, "the comparison is over"


def test_a_small_sample_says_that_it_is_too_small(office: Office) -> None:
    assert "No approved images" in report(office).says
    compare(office)
    office.add_images(1)
    task = office.claim(office.ana)
    label(office, task, [3.0])
    labeling.submit(office.ws, task.id, office.ana.id)
    office.approve_next(office.rita)
    found = report(office)
    assert (found.ratio, found.interval) == (None, None)
    assert found.says.startswith("Too small a sample to tell: ")
    assert found.assisted.tasks + found.manual.tasks == 1


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Images with three objects: 4 + 5 + 6 seconds assisted, 9 + 10 + 11 by hand; a second image of each kind
    takes twice that. Of the first assisted one an object is deleted again and another grows from 80 to 100
    square pixels after it was sent back.
    """
    office = open_office(tmp_path_factory.mktemp("arms"))
    compare(office)
    office.add_images(60)
    counts = {Arm.ASSISTED: 0, Arm.MANUAL: 0}
    for _ in range(60):
        task = office.claim(office.ana)
        assert task.arm is not None
        times = 2 if counts[task.arm] % 2 else 1
        base = [4.0, 5.0, 6.0] if task.arm is Arm.ASSISTED else [9.0, 10.0, 11.0]
        label(office, task, [times * seconds for seconds in base])
        corrected = task.arm is Arm.ASSISTED and counts[task.arm] == 0
        if corrected:
            _a_correction(office, task)
        counts[task.arm] += 1
        if not corrected:
            labeling.submit(office.ws, task.id, office.ana.id)
            office.approve_next(office.rita)
    yield office
    office.ws.close()


def _a_correction(office: Office, task: Task) -> None:
    mistake = office.save(task, office.ana, office.new_revision(effort=Effort(active_seconds=7.0)))
    labeling.delete_annotation(office.ws, task.id, office.ana.id, mistake.id)
    grown = office.save(
        task,
        office.ana,
        office.new_revision(MultiPolygon([box(60, 60, 70, 68)]), origin=Origin.ASSISTED, effort=Effort(2.0)),
    )
    labeling.submit(office.ws, task.id, office.ana.id)
    office.clock.advance(seconds=1)
    office.send_back_next(office.rita)
    office.clock.advance(seconds=1)
    office.claim(office.ana)
    larger = office.new_revision(
        MultiPolygon([box(60, 60, 70, 70)]), origin=Origin.ASSISTED, effort=Effort(1.0)
    )
    labeling.save_annotation(office.ws, task.id, office.ana.id, larger, annotation_id=grown.id)
    labeling.submit(office.ws, task.id, office.ana.id)
    office.clock.advance(seconds=1)
    office.approve_next(office.rita)


def test_the_report_is_what_can_be_counted_by_hand(worked: Office) -> None:
    found = report(worked)
    for arm, seconds, more_seconds, more_objects in (
        (found.assisted, 15.0, 7.0 + 2.0 + 1.0, 1),
        (found.manual, 30.0, 0.0, 0),
    ):
        assert arm.tasks >= MIN_TASKS
        singles, doubles = (arm.tasks + 1) // 2, arm.tasks // 2
        assert arm.objects == 3 * arm.tasks + more_objects
        assert arm.seconds_per_object == pytest.approx(
            (seconds * (singles + 2 * doubles) + more_seconds) / arm.objects
        )
        assert (arm.people, arm.followed, arm.trials, arm.gold_score) == (1, 1.0, 0, None)
    assert found.assisted.quality == pytest.approx(
        (found.assisted.objects - 1 + 0.8) / found.assisted.objects
    )
    assert found.manual.quality == 1.0
    assert found.assisted.seconds_per_object is not None
    assert found.manual.seconds_per_object is not None
    assert found.ratio == pytest.approx(found.assisted.seconds_per_object / found.manual.seconds_per_object)
    assert found.interval is not None
    assert found.interval[0] < found.ratio < found.interval[1] < 1
    assert "less time per object than by hand" in found.says
    assert found.says.endswith("Both are equally good.")
    assert report(worked) == found, "the same data give the same interval"


def test_an_interval_is_as_wide_as_theory_says(worked: Office) -> None:
    """Of a ratio of two means: the relative standard errors add up by their squares."""
    found = report(worked)
    per_task = {
        "assisted": np.array([15.0, 30.0] * 30)[: found.assisted.tasks],
        "manual": np.array([30.0, 60.0] * 30)[: found.manual.tasks],
    }
    relative = np.sqrt(sum(np.var(x) / len(x) / np.mean(x) ** 2 for x in per_task.values()))
    assert found.interval is not None
    assert found.ratio is not None
    width = (found.interval[1] - found.interval[0]) / found.ratio
    assert width == pytest.approx(2 * 1.96 * relative, rel=0.2)
