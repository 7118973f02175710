"""The Models page and the pre-labels of a project: what a manager sees and does there."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import torch

from maa.dextr.centre_network import CentreNetwork
from maa.dextr.library import save_model
from maa.dextr.network import Network
from maa.dextr.shelves import CARD_FILE, DETECTOR, WEIGHTS_FILE, find_model
from maa.domain import Project
from maa.domain.library import GENERAL, HELD_BACK, Measurement, ModelState
from maa.store import micromodels
from maa.workflow import images, library, predict, prelabeling, promotion
from maa.workflow.workspace import Workspace
from tests.ui.pages import OpenPage, Team, shown
from tests.workflow.drawn_project import draw_photo


@pytest.fixture
def candidate(ws: Workspace, project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """An untrained model on the shelf, said to be better on the project; its id."""
    monkeypatch.delenv("MAA_MODEL", raising=False)
    monkeypatch.setattr(predict, "_loaded", {})
    torch.set_num_threads(1)
    torch.manual_seed(0)
    card = {"input_size": 64, "classes": ["Bolt"], "use_case": "bolts *of steel*"}
    model = save_model(ws.data_dir / "models" / "bolts-1", Network().state_dict(), card)
    present = find_model().id
    with ws.store.write() as tx:
        micromodels.set_state(tx, model.id, ModelState.CANDIDATE)
        for on, difference in ((HELD_BACK, 0.02), (GENERAL, 0.0)):
            low, high = difference - 0.01, difference + 0.01
            micromodels.add_measurement(
                tx, Measurement(model.id, project.id, on, 9, 30, 0.8, 0.5, present, difference, low, high)
            )
    return model.id


def test_a_model_in_use_can_be_rolled_back_by_one_click_and_the_history_says_why(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage
) -> None:
    promotion.promote(ws, project.id, "bolts-1", reason="the *first*", by=team.max.id)
    app = open_page("models", team.max)
    assert not app.exception
    text = shown(app)
    assert "bolts\\-1" in text
    assert "Promoted on" in text
    assert "the \\*first\\*" in text  # as written, not as Markdown
    (table,) = [frame.value for frame in app.dataframe if "Why" in frame.value]
    assert table["Who"].tolist() == ["Max"]
    app.button(key="model_rollback").click().run()
    assert predict.named(ws, project.id) is None
    assert "works with" in shown(app)


def test_a_card_shows_what_a_model_is_for_and_whether_it_fits(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage
) -> None:
    with ws.store.write() as tx:
        micromodels.set_state(tx, candidate, ModelState.ACTIVE)
    app = open_page("models", team.max)
    text = shown(app)
    assert "bolts \\*of steel\\*" in text
    assert "fits: bolt" in text
    assert "Mean IoU at four clicks on 30 objects: bolts\\-1" in text
    assert not app.warning
    app.button(key="use_bolts-1").click().run()
    assert predict.named(ws, project.id) == candidate


def test_a_model_whose_card_is_damaged_is_named(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage
) -> None:
    (ws.data_dir / "models" / "bolts-1" / CARD_FILE).write_text("{")
    app = open_page("models", team.max)
    assert not app.exception
    assert any("cannot be read" in one.value for one in app.warning)


def test_why_the_present_model_cannot_be_used_is_said(
    ws: Workspace,
    team: Team,
    project: Project,
    candidate: str,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ws.store.write() as tx:
        micromodels.set_state(tx, candidate, ModelState.ACTIVE)
    promotion.promote(ws, project.id, "bolts-1", by=team.max.id)
    monkeypatch.setattr(predict, "_loaded", {})  # as in a server that has not asked it yet
    weights = ws.data_dir / "models" / "bolts-1" / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    app = open_page("models", team.max)
    (error,) = app.error
    assert error.value.startswith("It cannot be used. The weights of bolts")
    assert "sha256 differs" in error.value


def test_another_model_is_the_way_out_where_the_present_one_is_gone(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage
) -> None:
    torch.manual_seed(1)
    card = {"input_size": 64, "classes": ["bolt"]}
    nuts = save_model(ws.data_dir / "models" / "nuts-1", Network().state_dict(), card)
    with ws.store.write() as tx:
        micromodels.set_state(tx, candidate, ModelState.ACTIVE)
        micromodels.set_state(tx, nuts.id, ModelState.ACTIVE)
    promotion.promote(ws, project.id, "nuts-1", by=team.max.id)
    shutil.rmtree(ws.data_dir / "models" / "nuts-1")
    app = open_page("models", team.max)
    app.button(key="use_bolts-1").click().run()
    assert predict.named(ws, project.id) == candidate


def test_a_model_that_nobody_uses_is_retired(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage
) -> None:
    app = open_page("models", team.max)
    app.button(key="retire_bolts-1").click().run()
    assert library.entry(ws, "bolts-1").state is ModelState.RETIRED
    assert "retire_bolts-1" not in [button.key for button in app.button]
    app.button(key="bring_back_bolts-1").click().run()
    assert library.entry(ws, "bolts-1").state is ModelState.CANDIDATE
    app.button(key="retire_bolts-1")


def test_what_is_imported_is_called_as_the_person_calls_it(
    ws: Workspace, team: Team, project: Project, candidate: str, open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("models", team.max)
    app.file_uploader(key="model_file").set_value(("mine.zip", b"not a zip", "application/zip")).run()
    app.button(key="model_import").click().run()
    (error,) = app.error
    assert error.value.startswith(r"mine\.zip is not an exported model")
    library.export_model("bolts-1", tmp_path / "bolts.zip")
    library.retire(ws, "bolts-1")
    content = (tmp_path / "bolts.zip").read_bytes()
    app.file_uploader(key="model_file").set_value(("bolts.zip", content, "application/zip")).run()
    app.button(key="model_import").click().run()
    assert any("was here already, retired" in one.value for one in app.success)


def test_too_little_work_trains_nothing_and_the_page_says_so(
    team: Team, project: Project, open_page: OpenPage
) -> None:
    app = open_page("models", team.max)
    assert app.button(key="finetune").disabled
    assert "Too little is approved to train on: 0 objects, and 10 are needed" in shown(app)


def test_models_are_for_managers(team: Team, project: Project, open_page: OpenPage) -> None:
    app = open_page("models", team.rita)
    assert "This is for managers" in shown(app)


def test_pre_labels_of_a_project_wait_for_a_file(
    team: Team, project: Project, open_page: OpenPage, tmp_path: Path
) -> None:
    app = open_page("projects", team.max)
    app.session_state["project_section"] = "Pre-labels"
    app.run()
    assert not app.exception
    assert "before anybody opens an image" in shown(app)


def test_a_project_s_detector_is_shown_proposes_by_a_button_and_goes_by_another(
    ws: Workspace,
    team: Team,
    project: Project,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("MAA_MODEL", raising=False)
    torch.manual_seed(0)
    card = {"architecture": DETECTOR, "input_size": 64, "classes": ["bolt"], "threshold": 0.4}
    save_model(ws.data_dir / "models" / "bolts-detector-1", CentreNetwork(1).state_dict(), card)
    draw_photo(tmp_path / "photo.png", 1)
    images.import_paths(ws, project.id, [tmp_path / "photo.png"])
    promotion.promote(ws, project.id, "bolts-detector-1", override=True, reason="a try", by=team.max.id)

    app = open_page("projects", team.max)
    app.session_state["project_section"] = "Pre-labels"
    app.run()
    assert app.number_input(key=f"proposals_score_{find_model('bolts-detector-1').id}").value == 40
    app.button(key="proposals_go").click().run()
    (run,) = prelabeling.runs(ws, project.id)
    assert (run.source, run.least_score, run.person_id) == ("detector", 0.4, team.max.id)
    deadline = time.monotonic() + 30
    while not prelabeling.get_run(ws, run.id).finished:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    app = open_page("models", team.max)
    assert "Its detector is bolts\\-detector\\-1" in shown(app)
    assert ":violet-badge[detector]" in shown(app)
    app.button(key="detector_rollback").click().run()
    assert promotion.present_detector(ws, project.id) is None
    assert "Its detector" not in shown(app)
