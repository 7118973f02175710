import dataclasses
import json

import pytest
import torch

from maa.dextr.library import load_network, save_model
from maa.dextr.shelves import ModelError, find_model
from maa.domain import InvalidInput, NotFound
from maa.learning.export import export
from maa.learning.feeding import batches
from maa.learning.losses import mask_loss, soft_iou
from maa.learning.measure import calibrated
from maa.learning.train import split, train
from maa.learning.trainer import TrainConfig, Trainer, learning_rate_at, size_at
from tests.learning.conftest import draw_set


@pytest.fixture
def config(tiny_set, tmp_path):
    return TrainConfig(
        data=tiny_set,
        run=tmp_path / "run",
        samples=8,
        batch=2,
        sizes=((0.0, 32), (0.5, 64)),
        repair_share=0.3,
        holdout=0.0,
        minimum_area=100,
    )


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth():
    rates = [learning_rate_at(step / 100, 1.0, 0.05) for step in range(101)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates[-1] == pytest.approx(0.01)
    assert rates[5:] == sorted(rates[5:], reverse=True)


def test_the_input_grows_at_the_stated_shares():
    sizes = ((0.0, 160), (0.3, 192), (0.7, 256))
    assert [size_at(progress, sizes) for progress in (0, 0.29, 0.3, 0.69)] == [160, 160, 192, 192]
    assert [size_at(progress, sizes) for progress in (0.7, 1)] == [256, 256]


def test_a_run_spends_its_budget_and_writes_a_log(config):
    trainer = train(config, progress=False)
    assert trainer.samples >= 8
    assert trainer.progress == 1
    last = json.loads((config.run / "log.jsonl").read_text().splitlines()[-1])
    assert {"minutes", "samples", "loss", "iou_running"} <= last.keys()
    assert not list(config.run.glob("*.unfinished"))


def test_a_run_cut_off_and_resumed_learns_the_same_as_one_that_was_not(config, tmp_path):
    class Cut(Exception):
        pass

    original = Trainer.learn
    calls = []

    def cut_after_three(self, batch):
        if len(calls) == 3:
            raise Cut
        calls.append(1)
        return original(self, batch)

    other = TrainConfig(
        **{**vars(config), "run": tmp_path / "second", "repair_share": 0.0, "save_minutes": 0.0}
    )
    alone = train(TrainConfig(**{**vars(other), "run": tmp_path / "third"}), progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "learn", cut_after_three)
        with pytest.raises(Cut):
            train(other, progress=False)
    resumed = train(other, progress=False)
    assert resumed.samples == alone.samples
    assert resumed.step == alone.step
    for name, value in alone.network.state_dict().items():
        assert torch.allclose(value, resumed.network.state_dict()[name], atol=1e-5), name


def test_a_finished_run_is_not_trained_further(config):
    first = train(config, progress=False)
    again = train(config, progress=False)
    assert again.step == first.step


def test_it_learns(config):
    """A few steps on the same samples must lower their loss."""
    trainer = Trainer(dataclasses.replace(config, precision="float32", samples=1000))
    refs, _ = split(config)
    batch = next(batches(refs, config.augment, size=lambda: 32, batch=4, seed=0))
    losses = [trainer.learn(batch)[1] for _ in range(25)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_budget_is_asked_for(config):
    with pytest.raises(InvalidInput, match="either --minutes or --samples"):
        Trainer(TrainConfig(**{**vars(config), "minutes": 1.0}))
    with pytest.raises(InvalidInput, match="either --minutes or --samples"):
        Trainer(TrainConfig(**{**vars(config), "samples": None}))


def test_data_that_is_not_there_is_said(config, tmp_path):
    with pytest.raises(NotFound, match="no data set"):
        train(TrainConfig(**{**vars(config), "data": tmp_path / "absent"}), progress=False)


def test_training_can_start_from_a_model_of_the_library(config, tmp_path, untrained):
    folder = find_model(untrained).folder
    trainer = Trainer(TrainConfig(**{**vars(config), "start_from": folder}))
    stored = load_network(folder).state_dict()
    assert all(torch.equal(value, stored[name]) for name, value in trainer.network.state_dict().items())
    assert trainer.parent == find_model(untrained).id
    with pytest.raises(ModelError, match=r"holds no card\.json"):
        Trainer(TrainConfig(**{**vars(config), "start_from": tmp_path}))


def test_a_run_exports_to_a_model_with_a_card_that_names_no_folder_of_this_machine(config, tmp_path):
    train(config, progress=False)
    model = export(config.run, tmp_path / "models" / "mine", input_size=64, licence="CC BY 4.0")
    card = json.loads((model.folder / "card.json").read_text())
    assert card["training_data"][0]["licence"] == "CC0"
    assert card["training"]["samples"] >= 8
    assert card["licence"] == "CC BY 4.0"
    assert str(tmp_path) not in json.dumps(card)
    assert not load_network(model.folder).training
    with pytest.raises(NotFound, match="nothing was trained"):
        export(tmp_path, tmp_path / "models" / "none")


def test_two_runs_from_one_start_can_be_mixed(config, tmp_path):
    other = dataclasses.replace(config, run=tmp_path / "other", seed=5)
    first, second = (train(run, progress=False).averaged_network().state_dict() for run in (config, other))
    model = export(config.run, tmp_path / "models" / "both", input_size=64, mix=(other.run, 0.25))
    mixed = load_network(model.folder).state_dict()
    apart = {name: (first[name] - second[name]).abs().max() for name in first if "weight" in name}
    name = max(apart, key=lambda name: apart[name])
    assert (mixed[name] - (0.75 * first[name] + 0.25 * second[name])).abs().max() < 0.1 * apart[name]
    told = json.loads((model.folder / "card.json").read_text())["mixed_with"]
    assert (told["share"], told["recipe"]["seed"]) == (0.25, 5)


def test_the_quality_guess_is_fitted_to_what_was_held_back(config, tmp_path):
    run = train(dataclasses.replace(config, holdout=0.0), progress=False)
    with pytest.raises(InvalidInput, match="too few"):
        export(config.run, tmp_path / "models" / "none", input_size=64, calibrate=True)
    network = run.averaged_network()
    with torch.no_grad():
        network.quality.weight.fill_(2.0)
        network.quality.bias.fill_(0.5)
    expected = torch.linspace(-2, 3, 40, dtype=torch.float64)
    found = [(float(torch.sigmoid(0.7 * e - 0.3)), float(2 * e + 0.5)) for e in expected]
    assert calibrated(network, found) == pytest.approx((0.7, -0.3), abs=1e-3)


def test_an_export_can_be_calibrated(config, tmp_path):
    draw_set(config.data.parent / "more", photos=20, seed=1)
    many = dataclasses.replace(config, data=config.data.parent, holdout=0.7)
    train(many, progress=False)
    model = export(many.run, tmp_path / "models" / "mine", input_size=64, calibrate=True)
    assert (
        "held-out training photos"
        in json.loads((model.folder / "card.json").read_text())["quality_fitted_to"]
    )


def test_a_model_s_folder_must_have_a_name_that_can_be_asked_for(tmp_path):
    with pytest.raises(ModelError, match="cannot be a model's name"):
        save_model(tmp_path / "two words", {}, {"input_size": 64})


def test_soft_iou_and_loss_count_only_what_counts():
    truth = torch.zeros(1, 4, 4)
    truth[0, :2] = 1
    counted = torch.ones(1, 4, 4)
    logits = torch.where(truth > 0, 20.0, -20.0)
    wrong = logits.clone()
    wrong[0, 3] = 20.0
    counted_not_there = counted.clone()
    counted_not_there[0, 3] = 0
    assert soft_iou(torch.sigmoid(logits), truth, counted).item() == pytest.approx(1)
    quality = torch.full((1,), 20.0)
    assert mask_loss(
        wrong, quality, truth, counted_not_there, torch.ones_like(truth)
    ).item() == pytest.approx(0, abs=1e-4)
    assert mask_loss(wrong, quality, truth, counted, torch.ones_like(truth)).item() > 1
