"""Does the model save time? Measured on tasks that chance gave to one way or the other (`arms`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maa.domain import Arm
from maa.domain.wording import count
from maa.store import metrics_speed
from maa.workflow.metrics import Filter, read
from maa.workflow.workspace import Workspace

MIN_TASKS = 20
MIN_OBJECTS = 50
"""With fewer in either arm the interval itself cannot be trusted, so none is given."""
SAME_QUALITY = 0.02
"""Mean IoU by which the arms may differ and still count as equally good."""
RESAMPLES = 2000
_MAX_GROUPS = 1000

Sums = NDArray[np.float64]
"""(N, 3): seconds, objects, sum of kept IoU."""


@dataclass(frozen=True, slots=True)
class ArmNumbers:
    """One arm."""

    tasks: int
    objects: int
    people: int
    seconds_per_object: float | None
    """All seconds on the tasks' objects over the approved objects."""
    quality: float | None
    """Mean IoU of what was handed in first and what was approved: 1 when reviewers changed nothing."""
    followed: float | None
    """Share of the objects that were begun the arm's way."""
    trials: int
    gold_score: float | None
    """Mean score of the arm's gold trials."""


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """Assisted against by hand. Intervals hold 95 %."""

    assisted: ArmNumbers
    manual: ArmNumbers
    ratio: float | None
    """Seconds per object assisted / by hand: below 1 the model saves time. None when there is too little."""
    interval: tuple[float, float] | None
    quality_difference: float | None
    """Quality assisted - by hand."""
    quality_interval: tuple[float, float] | None
    says: str
    """The finding in a sentence or two, for the page."""


def speed_report(ws: Workspace, f: Filter) -> SpeedReport:
    """The comparison over the tasks approved in the period.

    The ratio is all seconds over all objects of one arm over the same of the other; what a person drew and
    deleted again costs, too. Intervals are percentiles of a bootstrap (B. Efron, "Bootstrap methods: another
    look at the jackknife", 1979) over tasks, since the objects of a task resemble each other. The same data
    give the same interval.
    """
    tasks = read(ws, metrics_speed.approved_tasks_by_arm, f)
    trials = read(ws, metrics_speed.trials_by_arm, f).set_index("arm")
    assisted, manual = (_numbers(tasks[tasks["arm"] == arm.value], trials, arm) for arm in _ARMS)
    small = min(assisted.tasks, manual.tasks) < MIN_TASKS
    if small or min(assisted.objects, manual.objects) < MIN_OBJECTS:
        return SpeedReport(assisted, manual, None, None, None, None, _too_little(assisted, manual))
    random = np.random.default_rng(0)
    a, m = (_sums(tasks[tasks["arm"] == arm.value], random) for arm in _ARMS)
    interval, quality_interval = compare_arms(a, m, random)
    assert assisted.seconds_per_object is not None
    assert assisted.quality is not None
    assert manual.seconds_per_object is not None
    assert manual.quality is not None
    if not manual.seconds_per_object:
        return SpeedReport(assisted, manual, None, None, None, None, _NO_SECONDS)
    ratio = assisted.seconds_per_object / manual.seconds_per_object
    difference = assisted.quality - manual.quality
    says = f"{_speed(ratio, interval)} {_quality(difference, quality_interval)}"
    return SpeedReport(assisted, manual, ratio, interval, difference, quality_interval, says)


def compare_arms(
    assisted: Sums, manual: Sums, random: np.random.Generator
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The 95 % intervals of the ratio of seconds per object and of the difference in quality."""
    a, m = _resampled(assisted, random), _resampled(manual, random)
    ratios = _per_object(a, 0) / _per_object(m, 0)
    return _interval(ratios), _interval(_per_object(a, 2) - _per_object(m, 2))


_ARMS = (Arm.ASSISTED, Arm.MANUAL)
_NO_SECONDS = "No time was recorded by hand, so there is nothing to compare with."


def _numbers(tasks: pd.DataFrame, trials: pd.DataFrame, arm: Arm) -> ArmNumbers:
    objects = int(tasks["objects"].sum())
    tried = arm.value in trials.index
    return ArmNumbers(
        tasks=len(tasks),
        objects=objects,
        people=tasks["person_id"].nunique(),
        seconds_per_object=float(tasks["seconds"].sum() / objects) if objects else None,
        quality=float(tasks["kept"].sum() / objects) if objects else None,
        followed=float(tasks["followed"].sum() / objects) if objects else None,
        trials=int(trials.loc[arm.value, "trials"]) if tried else 0,
        gold_score=float(trials.loc[arm.value, "score"]) if tried else None,
    )


def _sums(tasks: pd.DataFrame, random: np.random.Generator) -> Sums:
    """One row a task, or so many random groups of tasks where there are more: their sums vary alike."""
    sums = tasks[["seconds", "objects", "kept"]].to_numpy(dtype=float)
    if len(sums) <= _MAX_GROUPS:
        return sums
    groups = random.permutation(np.arange(len(sums)) % _MAX_GROUPS)
    return np.column_stack([np.bincount(groups, sums[:, column], _MAX_GROUPS) for column in range(3)])


def _resampled(sums: Sums, random: np.random.Generator) -> Sums:
    """(RESAMPLES, 3): the sums of as many rows, drawn with replacement."""
    counts = random.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    return counts @ sums


def _per_object(sums: Sums, column: int) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[:, column] / sums[:, 1]


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def _too_little(assisted: ArmNumbers, manual: ArmNumbers) -> str:
    if not assisted.tasks and not manual.tasks:
        return "No approved images were part of a comparison. Switch one on under Projects, Rules."
    return (
        f"Too small a sample to tell: {count(assisted.tasks, 'image')} with "
        f"{count(assisted.objects, 'object')} assisted, {manual.tasks} with {manual.objects} by hand. "
        f"It takes {MIN_TASKS} images with {MIN_OBJECTS} objects each way."
    )


def _speed(ratio: float, interval: tuple[float, float]) -> str:
    low, high = interval
    if low <= 1 <= high:
        return (
            f"It cannot be told yet which is faster: assisted takes {ratio:.2f} times as long, and anything "
            f"from {low:.2f} to {high:.2f} fits what was measured."
        )
    faster = ratio < 1
    change = f"{abs(1 - ratio):.0%} {'less' if faster else 'more'} time per object"
    return f"Assisted takes {change} than by hand ({low:.2f} to {high:.2f} times as long)."


def _quality(difference: float, interval: tuple[float, float]) -> str:
    low, high = interval
    if low >= -SAME_QUALITY and high <= SAME_QUALITY:
        return "Both are equally good."
    if low > SAME_QUALITY or high < -SAME_QUALITY:
        better = "Assisted" if difference > 0 else "By hand"
        return f"But quality differs: {better} is better by {abs(difference):.3f} IoU."
    return f"Whether both are equally good cannot be told yet ({low:+.3f} to {high:+.3f} IoU)."
