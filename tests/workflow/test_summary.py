"""The dashboard's headline figures against a history small enough to count by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maa.domain import Project, Verdict
from maa.workflow import projects, review
from maa.workflow.metrics import Filter
from maa.workflow.summary import summarize
from maa.workflow.workspace import Workspace
from tests.ui.pages import Team, add_images, label


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(tmp_path / "data")
    yield opened
    opened.close()


def today(project: Project, *people: int) -> Filter:
    day = datetime.now(UTC).date()
    return Filter(project.id, day, day, tuple(people))


def test_headline_figures_count_everybody_in_the_filter_together(ws: Workspace, tmp_path: Path) -> None:
    team = Team(ws)
    project = projects.create_project(ws, "Bolts", ["bolt", "nut"])
    team.join(project)
    add_images(ws, project, tmp_path / "photos", 3)

    nothing = summarize(ws, today(project))
    assert nothing.nothing
    assert (nothing.approval_rate, nothing.speedup, nothing.accepted_as_is) == (None, None, None)

    first, _ = label(ws, project, team.ana, seconds=4)
    label(ws, project, team.ben, seconds=6)
    for verdict in (Verdict.SEND_BACK, Verdict.APPROVE):
        task = review.claim_next_review(ws, project.id, team.rita.id)
        assert task is not None
        review.decide(ws, task.id, team.rita.id, verdict, reason="other")
    again, _ = label(ws, project, team.ana)  # sent back, so it comes first
    assert again.id == first.id
    review.claim_next_review(ws, project.id, team.rita.id)
    review.decide(ws, again.id, team.rita.id, Verdict.APPROVE)

    hers = summarize(ws, today(project, team.rita.id))
    assert not hers.nothing
    assert (hers.objects, hers.verdicts, hers.given) == (0, 0, 3)

    both = summarize(ws, today(project))
    assert not both.nothing
    assert (both.objects, both.images_submitted, both.images_approved) == (6, 2, 2)
    assert both.approval_rate == pytest.approx(2 / 3)
    assert both.rework_rate == pytest.approx(1 / 2)
    assert (both.assisted.objects, both.assisted.median_seconds) == (3, 4.0)
    assert (both.manual.objects, both.manual.median_seconds) == (3, 12.0)
    assert both.speedup is None
    assert both.compared == 3
    assert both.agreement == pytest.approx(48 / 50)
    assert both.accepted_as_is == 0.0

    ben = summarize(ws, today(project, team.ben.id))
    assert (ben.objects, ben.approval_rate, ben.rework_rate) == (2, 1.0, 0.0)
