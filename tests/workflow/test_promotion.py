"""Which model a project works with: when a candidate passes, and what the history keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from maa.dextr.library import save_model
from maa.dextr.network import ARCHITECTURE, Network
from maa.dextr.shelves import ModelError
from maa.domain import Conflict, NotAllowed
from maa.domain.library import GENERAL, HELD_BACK, ChoiceHow, Measurement, ModelPurpose, ModelState
from maa.store import micromodels
from maa.workflow import history, library, people, predict, promotion
from tests.workflow.office import Office


@pytest.fixture
def shelf(office: Office, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of two untrained models: `first`, the default, and `cats`, a candidate for cats."""
    monkeypatch.setenv("MAA_DATA_DIR", str(office.ws.data_dir))
    monkeypatch.setenv("MAA_MODEL", "first")
    monkeypatch.setattr(predict, "_loaded", {})
    torch.set_num_threads(1)
    models = office.ws.data_dir / "models"
    for seed, (name, classes) in enumerate([("first", []), ("cats", ["Cat"]), ("cars", ["car"])]):
        torch.manual_seed(seed)
        save_model(models / name, Network().state_dict(), {"input_size": 64, "classes": classes})
    return models


def measured(
    office: Office, on: str, difference: float, low: float, high: float, objects: int = 40
) -> Measurement:
    candidate, present = library.find_model("cats").id, library.find_model("first").id
    return Measurement(
        candidate, office.project.id, on, 12, objects, 0.8, 0.5, present, difference, low, high
    )  # fmt: skip


def compared(office: Office, here: tuple[float, float, float], general: tuple[float, float, float]) -> None:
    with office.ws.store.write() as tx:
        micromodels.add_measurement(tx, measured(office, HELD_BACK, *here))
        micromodels.add_measurement(tx, measured(office, GENERAL, *general))


def test_a_candidate_passes_that_is_better_here_and_not_clearly_worse_in_general(
    office: Office, shelf: Path
) -> None:
    compared(office, (0.02, 0.01, 0.03), (-0.004, -0.01, 0.002))
    choice = promotion.promote(office.ws, office.project.id, "cats", reason="round 1", by=office.max.id)
    assert choice.how is ChoiceHow.PROMOTED
    assert choice.reason.startswith("round 1 It is better")
    assert predict.named(office.ws, office.project.id) == choice.model_id
    assert library.entry(office.ws, "cats").state is ModelState.ACTIVE
    (event,) = history.events(office.ws, kinds=["model_chosen"])
    assert event.person_id == office.max.id
    assert event.data["model"] == choice.model_id


@pytest.mark.parametrize(
    ("here", "general", "why"),
    [
        ((0.01, -0.01, 0.03), (0.0, -0.01, 0.01), "not clearly better"),
        ((0.0004, 0.0002, 0.0006), (0.0, -0.01, 0.01), r"not clearly better.*\[\+0\.000, \+0\.001\]"),
        ((-0.58, -0.71, -0.39), (0.0, -0.01, 0.01), "clearly worse on the project"),
        ((0.03, 0.01, 0.05), (-0.05, -0.08, -0.02), "clearly worse in general"),
    ],
)
def test_one_that_does_not_says_what_was_found(office: Office, shelf: Path, here, general, why) -> None:
    compared(office, here, general)
    with pytest.raises(NotAllowed, match=why):
        promotion.promote(office.ws, office.project.id, "cats", by=office.max.id)
    assert predict.named(office.ws, office.project.id) is None
    assert library.entry(office.ws, "cats").state is ModelState.CANDIDATE


def test_a_handful_of_objects_tells_nothing(office: Office, shelf: Path) -> None:
    few = [measured(office, on, 0.1, 0.05, 0.2, objects=9) for on in (HELD_BACK, GENERAL)]
    found = promotion.finding(few, few[0].model_id, few[0].against or "")
    assert not found.passed
    assert "Too few" in found.why


def test_a_comparison_with_another_model_than_the_present_one_does_not_count(
    office: Office, shelf: Path
) -> None:
    compared(office, (0.02, 0.01, 0.03), (0.0, -0.01, 0.01))
    promotion.promote(office.ws, office.project.id, "cars", override=True, reason="to see", by=office.max.id)
    with pytest.raises(NotAllowed, match="not compared with cars"):
        promotion.promote(office.ws, office.project.id, "cats", by=office.max.id)


def test_only_a_manager_changes_the_model(office: Office, shelf: Path) -> None:
    compared(office, (0.02, 0.01, 0.03), (0.0, -0.01, 0.01))
    with pytest.raises(NotAllowed, match="manager"):
        promotion.promote(office.ws, office.project.id, "cats", by=office.rita.id)
    with pytest.raises(NotAllowed, match="Only admins"):
        library.retire(office.ws, "cats", by=office.ana.id)


def test_rolling_back_goes_one_model_back_each_time(office: Office, shelf: Path) -> None:
    ids = []
    for name in ("cats", "cars"):
        choice = promotion.promote(
            office.ws, office.project.id, name, override=True, reason="to see", by=office.max.id
        )
        ids.append(choice.model_id)
    assert promotion.roll_back(office.ws, office.project.id, by=office.max.id).model_id == ids[0]
    assert promotion.roll_back(office.ws, office.project.id, by=office.max.id).model_id is None
    with pytest.raises(Conflict, match="not worked with any other model"):
        promotion.roll_back(office.ws, office.project.id, by=office.max.id)
    hows = [choice.how.value for choice in promotion.history(office.ws, office.project.id)]
    assert hows == ["rolled back", "rolled back", "overridden", "overridden"]


def test_a_candidate_with_damaged_weights_is_refused_and_the_present_model_stays(
    office: Office, shelf: Path
) -> None:
    compared(office, (0.02, 0.01, 0.03), (0.0, -0.01, 0.01))
    weights = shelf / "cats" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(ModelError, match="sha256 differs"):
        promotion.promote(office.ws, office.project.id, "cats", by=office.max.id)
    assert predict.named(office.ws, office.project.id) is None
    assert predict.predictor().model_id == library.find_model("first").id


def test_projects_are_offered_what_was_trained_for_their_classes_first(office: Office, shelf: Path) -> None:
    assert [offer.model.name for offer in library.offers(office.ws, office.project.id)] == ["first", "duo"]
    with office.ws.store.write() as tx:
        for name in ("cats", "cars"):
            micromodels.set_state(tx, library.find_model(name).id, ModelState.ACTIVE)
    best, *others = library.offers(office.ws, office.project.id)
    assert (best.model.name, best.covers) == ("cats", ("cat",))
    assert [offer.model.name for offer in others] == ["first", "duo"]


def test_a_name_that_is_taken_out_stands_in_no_reason(office: Office, shelf: Path) -> None:
    promotion.promote(
        office.ws, office.project.id, "cats", override=True, reason="Rolf tried it", by=office.max.id
    )
    people.set_active(office.ws, office.rolf.id, False, by=office.max.id)
    people.remove_name(office.ws, office.rolf.id, by=office.max.id)
    assert "Rolf" not in promotion.history(office.ws, office.project.id)[0].reason


def test_a_card_that_cannot_be_read_hides_no_other_model(office: Office, shelf: Path) -> None:
    (shelf / "cars" / "card.json").write_text(json.dumps({"name": "cars"}))
    assert [entry.model.name for entry in library.entries(office.ws)] == ["cats", "first", "duo"]


def test_a_project_that_chose_a_model_of_an_earlier_version_works_with_the_default(
    office: Office, shelf: Path
) -> None:
    """A shipped model that was replaced by a better one, and one of an architecture that is gone."""
    card = shelf / "cars" / "card.json"
    card.write_text(card.read_text().replace(ARCHITECTURE, "maa-solo-1"))
    for chosen in ("duo@54a724067af5", library.find_model("cars").id):
        with office.ws.store.write() as tx:
            micromodels.add_choice(
                tx, office.project.id, chosen, ModelPurpose.OUTLINES, replaced=None,
                how=ChoiceHow.PROMOTED, reason="", person_id=None,
            )  # fmt: skip
        predict.forget_named(office.ws)
        assert predict.named(office.ws, office.project.id) is None
        assert promotion.present_model(office.ws, office.project.id).name == "first"
    compared(office, (0.02, 0.01, 0.03), (0.0, -0.01, 0.01))
    promotion.promote(office.ws, office.project.id, "cats", by=office.max.id)
    back = promotion.roll_back(office.ws, office.project.id, by=office.max.id)
    assert back.model_id is None, "what it replaced is gone, so the default stands in for it"
