"""What the simulated annotator's steps cost, and what that says: ratios, intervals, groups, losers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .simulate_assisted import Action, Step

Counts = NDArray[np.float64]
"""float64 (5,) or (N, 5): clicks, vertices, drags, accepts, seconds of waiting for answers."""

RESAMPLES = 2000
CLICKS = {Action.LOOK: 0, Action.FOUR_CLICKS: 4, Action.CLICK: 1, Action.DRAG: 0}
"""That an action takes."""
SMALL, LARGE = 32**2, 96**2
"""Pixels: COCO's bounds of small, medium and large objects."""
THIN = 0.4
"""An object is thin when its widest place, over the root of its area, is under this; a square has 1."""
POOR = 0.75
"""A first answer under this IoU is poor."""
PLAIN = 5
"""Up to so many vertices by hand take about as long as the four clicks and the acceptance alone."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """What each action takes a person: four extreme clicks in 7 s after Papadopoulos et al., "Extreme
    clicking for efficient object annotation", ICCV 2017; the others are fixed beside it."""

    click: float = 1.75
    vertex: float = 1.5
    drag: float = 2.0
    accept: float = 0.7
    answer: float = 1.0
    """Seconds a measured second counts for; 1 but where the sensitivity is looked at."""

    @property
    def weights(self) -> Counts:
        return np.array([getattr(self, field.name) for field in fields(self)])


@dataclass(frozen=True, slots=True)
class ByHand:
    """Vertices that drawing an object by hand takes."""

    fewest: tuple[int, ...]
    """The fewest for each target, wherever they lie: nobody draws so well."""
    on_border: tuple[int, ...]
    """The fewest for each target, all on the object's border, where people put them."""
    drawn: int
    """Those that people draw."""


@dataclass(frozen=True, slots=True)
class Case:
    """One object and what happened on it."""

    source: str
    photo: str
    id: int
    area: int
    thickness: float
    """Widest place of the object over the root of its area; a square has 1."""
    parts: int
    hand: ByHand
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the assisted way ended for one target and one density of drawing by hand."""

    counts: Counts
    clicks: int
    """Further clicks."""
    drags: int
    reached: bool
    """False: drawn by hand after all."""


def by_hand(vertices: int) -> Counts:
    return np.array([0.0, vertices, 0.0, 1.0, 0.0])


def outcome(steps: Sequence[Step], target: float, vertices: int) -> Outcome:
    """Follow the steps until the target is reached or the person gives up and draws `vertices` by hand, on
    top of all that was done.

    A person gives up when the steps end, or when even vertex repairs as good as the next one would take
    longer up to the target than drawing by hand. (That decision is made with the fixed seconds.)
    """
    seconds = Seconds()
    drawing = float(by_hand(vertices) @ seconds.weights)
    counts = np.zeros(5)
    clicks = drags = 0
    iou = 0.0
    for step in steps:
        if step.action is Action.DRAG:
            needed = math.ceil((target - iou) / max(step.iou - iou, 1e-9))
            if needed * seconds.drag > drawing:
                break
        drags += step.action is Action.DRAG
        clicks += step.action is Action.CLICK
        counts[0] += CLICKS[step.action]
        counts[2] += step.action is Action.DRAG
        counts[4] += step.answer_seconds
        iou = step.iou
        if iou >= target:
            counts[3] = 1
            return Outcome(counts, clicks, drags, True)
    return Outcome(counts + by_hand(vertices), clicks, drags, False)


def target_report(cases: Sequence[Case], number: int, target: float, seed: int) -> dict[str, object]:
    """All figures of the target at position `number` of the cases' targets. Ready for JSON.

    `ratio`: assisted seconds of all objects together over manual seconds of all together, by hand with the
    fewest vertices; `ratio_interval`: 95 %, bootstrap over objects. `ratio_of_perfect_answers`: what a model
    without any error would get. Shares are of all objects.
    """
    fewest = [case.hand.fewest[number] for case in cases]
    on_border = [case.hand.on_border[number] for case in cases]
    drawn = [case.hand.drawn for case in cases]
    lean, bordered, dense = (
        [outcome(case.steps, target, count) for case, count in zip(cases, counts, strict=True)]
        for counts in (fewest, on_border, drawn)
    )
    assisted, manual = _stacked(lean), np.array([by_hand(count) for count in fewest])
    assisted_border, manual_border = _stacked(bordered), np.array([by_hand(count) for count in on_border])
    assisted_drawn, manual_drawn = _stacked(dense), np.array([by_hand(count) for count in drawn])
    perfect = assisted.copy()
    perfect[:, :4] = 4, 0, 0, 1
    perfect[:, 4] = [case.steps[0].answer_seconds for case in cases]
    weights = Seconds().weights
    took, by_hand_took = assisted @ weights, manual @ weights
    return {
        "target_iou": target,
        "n": len(cases),
        **_ratio(took, by_hand_took, seed),
        **_ratio(assisted_border @ weights, manual_border @ weights, seed, "_on_border"),
        **_ratio(assisted_drawn @ weights, manual_drawn @ weights, seed, "_drawn_density"),
        "ratio_of_perfect_answers": _rounded(_over(perfect @ weights, by_hand_took)),
        "ratio_of_perfect_answers_on_border": _rounded(_over(perfect @ weights, manual_border @ weights)),
        "ratio_of_perfect_answers_drawn_density": _rounded(
            _over(perfect @ weights, manual_drawn @ weights)
        ),
        "seconds_mean": {
            "assisted": _rounded(took.mean()), "manual_fewest_vertices": _rounded(by_hand_took.mean()),
        },
        "seconds_median": {
            "assisted": _rounded(np.median(took)),
            "manual_fewest_vertices": _rounded(np.median(by_hand_took)),
            "manual_on_border": _rounded(np.median(manual_border @ weights)),
            "manual_drawn_density": _rounded(np.median(manual_drawn @ weights)),
        },
        "vertices_by_hand_median": {
            "fewest": float(np.median(fewest)),
            "on_border": float(np.median(on_border)),
            "drawn_density": float(np.median(drawn)),
        },
        "answer_ms_median": _rounded(
            1000 * np.median([case.steps[0].answer_seconds for case in cases]), 1
        ),
        "first_iou_mean": _rounded(np.mean([case.steps[0].iou for case in cases])),
        "accepted_at_once": _share([one.reached and one.clicks + one.drags == 0 for one in lean]),
        "share_by_further_clicks": _shares([one.clicks for one in lean]),
        "share_by_vertex_repairs": _shares([one.drags for one in lean]),
        "fallbacks": _share([not one.reached for one in lean]),
        "fallbacks_drawn_density": _share([not one.reached for one in dense]),
        "assisted_slower": _share(list(took > by_hand_took)),
        "by_size": _groups([_size(case.area) for case in cases], took, by_hand_took, seed),
        "by_source": _groups([case.source for case in cases], took, by_hand_took, seed),
        "sensitivity": _sensitivity(assisted, manual),
        "sensitivity_drawn_density": _sensitivity(assisted_drawn, manual_drawn),
        **_losers(cases, fewest, lean, took, by_hand_took),
    }  # fmt: skip


def _stacked(outcomes: Sequence[Outcome]) -> Counts:
    return np.array([one.counts for one in outcomes])


def _over(assisted: Counts, manual: Counts, axis: int = -1) -> Counts:
    return assisted.sum(axis=axis) / manual.sum(axis=axis)


def _ratio(assisted: Counts, manual: Counts, seed: int, name: str = "") -> dict[str, object]:
    ratio = _rounded(_over(assisted, manual))
    if len(assisted) < 2:
        return {f"ratio{name}": ratio, f"ratio{name}_interval": [ratio, ratio]}
    found = stats.bootstrap(
        (assisted, manual), _over, paired=True, vectorized=True, n_resamples=RESAMPLES, batch=200,
        confidence_level=0.95, method="percentile", rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return {f"ratio{name}": ratio, f"ratio{name}_interval": [_rounded(found.low), _rounded(found.high)]}


def _groups(
    names: Sequence[str], assisted: Counts, manual: Counts, seed: int
) -> dict[str, dict[str, object]]:
    found = {}
    for name in sorted(set(names)):
        chosen = np.array(names) == name
        found[name] = {"n": int(chosen.sum()), **_ratio(assisted[chosen], manual[chosen], seed)}
    return found


def _size(area: int) -> str:
    return "small" if area < SMALL else "medium" if area < LARGE else "large"


def _sensitivity(assisted: Counts, manual: Counts) -> dict[str, dict[str, float]]:
    """The ratio with each constant at half and at one and a half, and with all the person's at once (so
    against the answer time, which stays)."""
    person = [field.name for field in fields(Seconds) if field.name != "answer"]
    found: dict[str, dict[str, float]] = {}
    for name, scaled in {**{one: [one] for one in [*person, "answer"]}, "all but answer": person}.items():
        found[name] = {}
        for label, factor in (("-50%", 0.5), ("+50%", 1.5)):
            weights = Seconds(**{one: factor * getattr(Seconds(), one) for one in scaled}).weights
            found[name][label] = _rounded(_over(assisted @ weights, manual @ weights))
    return found


def _losers(
    cases: Sequence[Case], fewest: Sequence[int], outcomes: Sequence[Outcome], took: Counts, hand: Counts
) -> dict[str, object]:
    """The objects on which help cost time, worst first, and how common each likely cause is among them and
    among all."""
    reasons = [_reasons(case, count) for case, count in zip(cases, fewest, strict=True)]
    losers = np.flatnonzero(took > hand)
    names = sorted({reason for found in reasons for reason in found})
    return {
        "loser_reasons": {
            name: {
                "losers": _share([name in reasons[number] for number in losers]),
                "all": _share([name in found for found in reasons]),
            }
            for name in names
        },
        "losers": [
            {
                "source": cases[number].source,
                "photo": cases[number].photo,
                "id": cases[number].id,
                "assisted_seconds": _rounded(took[number], 1),
                "manual_seconds": _rounded(hand[number], 1),
                "first_iou": _rounded(cases[number].steps[0].iou),
                "drawn_by_hand_after_all": not outcomes[number].reached,
                "reasons": reasons[number],
            }
            for number in losers[np.argsort(hand[losers] - took[losers], kind="stable")].tolist()
        ],
    }


def _reasons(case: Case, vertices: int) -> list[str]:
    told = {
        "small": case.area < SMALL,
        "thin": case.thickness < THIN,
        "several parts": case.parts > 1,
        "poor first answer": case.steps[0].iou < POOR,
        "few vertices by hand": vertices <= PLAIN,
    }
    return [reason for reason, holds in told.items() if holds]


def _share(flags: Sequence[bool]) -> float:
    return _rounded(np.mean(flags)) if len(flags) else 0.0


def _shares(counts: Sequence[int]) -> dict[str, float]:
    return {str(count): _share([one == count for one in counts]) for count in range(max(counts) + 1)}


def _rounded(value: float | np.floating | NDArray, digits: int = 4) -> float:
    return round(float(value), digits)
