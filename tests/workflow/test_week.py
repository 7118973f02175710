"""A simulated week of twelve people: the dashboard finds the truth that was put in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import sqrt

import numpy as np
import pytest

from maa.domain import Role
from maa.workflow import metrics, people, quality
from maa.workflow.metrics import Filter
from maa.workflow.speedup import compare_arms, speed_report
from maa.workflow.summary import summarize
from maa.workflow.workspace import Workspace
from tools.simulated_week import AS_IS, PEOPLE, SPEEDUP, Truth, Week

from .office import Clock

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Truth, Filter]]:
    clock = Clock(START)
    ws = Workspace(tmp_path_factory.mktemp("week"), clock=clock)

    def set_clock(now: datetime) -> None:
        clock.now = now

    truth = Week(ws, START, set_clock).run(rounds=2)
    everybody = tuple(p.id for p in people.list_members(ws, truth.project.id) if p.role is Role.ANNOTATOR)
    yield ws, truth, Filter(truth.project.id, date(2026, 3, 2), date(2026, 3, 8), everybody)
    ws.close()


def within(found: float, truth: float, n: float) -> bool:
    """Whether a share of `n` trials is no further off than four standard errors (and one object)."""
    return abs(found - truth) <= 4 * sqrt(truth * (1 - truth) / n) + 1 / n


def test_the_true_speedup_is_in_the_interval_and_the_interval_is_of_use(week) -> None:
    ws, _, chosen = week
    report = speed_report(ws, chosen)
    assert report.interval is not None
    low, high = report.interval
    assert low <= SPEEDUP <= high < 1
    assert high - low < 0.25
    assert (report.assisted.people, report.assisted.followed) == (PEOPLE, 1.0)
    assert report.quality_difference == pytest.approx(0.0, abs=0.01), "equally good by construction"


def test_work_is_counted_to_the_last_object(week) -> None:
    ws, truth, chosen = week
    table = metrics.throughput(ws, chosen)
    assert Counter(dict(table.groupby("person")["objects"].sum())) == truth.drawn
    assert summarize(ws, chosen).images_approved == truth.approved
    reasons = dict(metrics.return_reasons(ws, chosen).itertuples(index=False))
    assert reasons == dict(truth.reasons)


def test_gold_finds_who_misses_and_mistakes_what(week) -> None:
    ws, truth, chosen = week
    scores = quality.gold_scores(ws, chosen).groupby("person").sum(numeric_only=True)
    shown = sum(truth.gold_objects.values())
    assert shown > 15
    for name, row in scores.iterrows():
        assert row["missed"] == truth.gold_missed[name]
        assert row["wrong_class"] == truth.gold_wrong[name]
        assert row["extra"] == 0
    expected = sum(truth.skills[name].misses * n for name, n in truth.gold_objects.items()) / shown
    assert within(scores["missed"].sum() / shown, expected, shown)
    by_class = quality.gold_scores(ws, chosen).dropna(subset=["iou"])
    for _, row in by_class.iterrows():
        assert row["iou"] == pytest.approx(truth.skills[row["person"]].tightness, abs=1e-6)


def test_what_people_keep_of_the_model_is_found(week) -> None:
    ws, _, chosen = week
    outcomes = metrics.model_outcomes(ws, chosen)
    objects = outcomes["objects"].sum()
    kept = (outcomes["as_is"] * outcomes["objects"]).sum() / objects
    assert objects > 60
    assert within(kept, AS_IS, objects)
    assert (outcomes["redrawn"] == 0).all()


def test_two_people_agree_as_often_as_their_mistakes_allow(week) -> None:
    ws, truth, chosen = week
    everything = quality.agreement(ws, chosen).set_index("class").loc[quality.ALL_CLASSES]
    mistakes = float(np.mean([skill.mistakes for skill in truth.skills.values()]))
    pairs = everything["pairs"]
    assert pairs > 10
    assert within(everything["same_class"] / pairs, (1 - mistakes) ** 2 + mistakes**2, pairs)
    assert 0 < everything["kappa"] <= 1


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """95 of 100 weeks like these; the numbers alone, without a database."""
    random = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        arms = []
        for mean in (20.0 * SPEEDUP, 20.0):
            pace = random.uniform(0.8, 1.2, size=60)
            objects = random.integers(1, 5, size=60)
            seconds = [
                random.gamma(4.0, mean * p / 4.0, size=n).sum() for p, n in zip(pace, objects, strict=True)
            ]
            arms.append(np.column_stack([seconds, objects, objects]))
        low, high = compare_arms(*arms, np.random.default_rng(0))[0]
        held += low <= SPEEDUP <= high
    assert 180 <= held <= 198
