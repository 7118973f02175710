"""The dashboard of a simulated week says what is true of it: the speed-up, and how people did on gold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from maa.workflow import people, sessions
from maa.workflow.workspace import Workspace
from tests.e2e import signing_in
from tests.e2e.conftest import RunningApp
from tests.e2e.screens import PATIENCE
from tools.simulated_week import DAYS, PEOPLE, SPEEDUP, fill


def signed_in(folder: Path, name: str) -> str:
    """A session of somebody who has no password."""
    ws = Workspace(folder)
    try:
        (person,) = (one for one in people.list_people(ws) if one.name == name)
        return sessions.begin(ws, person.id)[0]
    finally:
        ws.close()


def test_the_speed_up_and_gold_of_a_simulated_week_are_on_the_dashboard(tmp_path: Path, page: Page) -> None:
    truth = fill(tmp_path / "data", datetime.now(UTC) - timedelta(days=DAYS))
    token = signed_in(tmp_path / "data", "Max")
    app = RunningApp(tmp_path / "data")
    app.start()
    try:
        signing_in.give(page.context, app.url, token)
        page.goto(f"{app.url}/dashboard?project={truth.project.name}")
        arms = page.locator(".st-key-compare_arms")
        interval = re.compile(r"95 %: ([\d.]+) to ([\d.]+)")
        expect(arms).to_contain_text(interval, timeout=PATIENCE)
        found = interval.search(arms.inner_text())
        assert found, arms.inner_text()
        low, high = map(float, found.groups())
        assert low <= SPEEDUP <= high < 1
        expect(arms).to_contain_text(re.compile(rf"{PEOPLE} people.*{PEOPLE} people", re.DOTALL))
        gold = page.locator(".st-key-chart_gold")
        expect(gold).to_contain_text("how people labeled images whose objects are known", timeout=PATIENCE)
        expect(gold.locator("[data-testid=stDataFrame]")).to_have_count(2)
        page.get_by_text("Show the objects").first.click()
        shown = page.locator(".st-key-behind_gold")
        expect(shown).to_contain_text(
            re.compile(rf"Objects of gold trials: {sum(truth.gold_objects.values())} objects"),
            timeout=PATIENCE,
        )
        # a bar of a chart opens its objects
        page.locator(".st-key-effort_chart path[aria-roledescription=bar]").first.click()
        behind = page.locator(".st-key-behind_effort")
        expect(behind).to_contain_text(re.compile(r": \d+ objects?\. Select one"), timeout=PATIENCE)
    finally:
        app.stop()
