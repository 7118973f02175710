"""Published checkpoints into the library, and every other file kept out, with the reason."""

import hashlib
import json
import os
import pickle
import shutil
from collections import OrderedDict

import pytest
import torch

from maa.dextr import checkpoint_import
from maa.dextr.checkpoint_import import BEGINNINGS, import_checkpoint
from maa.dextr.library import load_weights, save_model
from maa.dextr.shelves import ModelError, find_model, list_models
from maa.domain import InvalidInput
from tests.dextr import published


@pytest.fixture
def state():
    return OrderedDict(published.constant_state(2.5))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "dextr_pascal-sbd.pth"


@pytest.fixture
def kept(monkeypatch):
    """What would be written, without the time that writing 240 MB takes."""
    written = {}

    def remember(folder, state, card, precision):
        written.update(state)

    monkeypatch.setattr(checkpoint_import, "save_model", remember)
    return written


def test_a_published_checkpoint_becomes_a_model_with_a_card(library, file, state):
    torch.save(state, file)
    model = import_checkpoint(file, "dextr-pascal-sbd")
    assert model.folder == library / "dextr-pascal-sbd"
    assert find_model("dextr-pascal-sbd").id == model.id
    assert sorted(os.listdir(model.folder)) == ["card.json", "model.safetensors"]
    assert (model.architecture, model.input_size, model.threshold) == ("dextr-resnet101", 512, 0.8)
    assert not model.mirror
    assert model.card["source"] == {
        "file": "dextr_pascal-sbd.pth",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    assert "MIT" in str(model.card["licence"])
    assert find_model().name == "tiny"

    again = import_checkpoint(file, "dextr-pascal-sbd")
    assert again.id == model.id
    torch.save(published.constant_state(1.0), file)
    with pytest.raises(InvalidInput, match="another model named dextr-pascal-sbd"):
        import_checkpoint(file, "dextr-pascal-sbd")
    weights = load_weights(model.folder, "dextr-resnet101")
    assert weights["layer5.final.bias"].tolist() == [2.5]
    shutil.rmtree(model.folder)  # 240 MB, which pytest would keep for a while


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "before torch 1.6"])
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("counters", [False, True])
def test_every_way_in_which_they_were_saved_is_understood(
    library, file, state, kept, legacy, prefix, counters
):
    saved = OrderedDict(
        (prefix + name, value)
        for name, value in state.items()
        if counters or not name.endswith("num_batches_tracked")
    )
    torch.save(saved, file, _use_new_zipfile_serialization=not legacy)
    assert file.read_bytes().startswith(BEGINNINGS[legacy])
    import_checkpoint(file, "dextr")
    assert kept.keys() == state.keys()
    assert all(torch.equal(kept[name], value) for name, value in state.items())
    assert all(value.is_contiguous() for value in kept.values())


class Trap:
    """Runs a command where it is unpickled carelessly."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


WRONG_WEIGHTS = {
    "a list": (lambda state: list(state.values()), "no arrays by name"),
    "nothing": (lambda state: {}, r"547 .* 547 are missing \(conv1\.weight, .*0 in it are others\."),
    "one array less": (lambda s: without(s, "layer5.final.bias"), r"1 are missing \(layer5\.final\.bias\)"),
    "one array more": (lambda s: {**s, "fc.weight": torch.zeros(1)}, r"1 in it are others \(fc\.weight\)"),
    "a prefix here and there": (
        lambda s: {**without(s, "bn1.bias"), "module.bn1.bias": s["bn1.bias"]},
        r"1 are missing \(bn1\.bias\); 1 in it are others \(module\.bn1\.bias\)",
    ),
    "three input channels": (
        lambda s: {**s, "conv1.weight": torch.zeros(64, 3, 7, 7)},
        r"conv1\.weight has shape \(64, 3, 7, 7\) instead of \(64, 4, 7, 7\)",
    ),
    "a training run's file": (lambda s: {"epoch": 99, "state_dict": s}, r"2 .* others \(epoch, state_dict\)"),
    "a number for an array": (lambda s: {**s, "bn1.bias": 1.0}, r"bn1\.bias is not an array"),
    "whole numbers": (lambda s: {**s, "bn1.bias": torch.zeros(64, dtype=torch.int64)}, "floating-point"),
    "not a number": (lambda s: {**s, "bn1.bias": torch.full((64,), float("nan"))}, "not finite"),
    "numbers for names": (lambda s: {1: torch.zeros(1)}, "no arrays by name"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), WRONG_WEIGHTS.values(), ids=WRONG_WEIGHTS)
def test_weights_of_another_network_are_refused_with_the_difference(library, file, state, kept, change, says):
    torch.save(change(state), file)
    with pytest.raises(InvalidInput, match=says):
        import_checkpoint(file, "dextr")
    assert not kept


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "before torch 1.6"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_file_cut_short_is_refused(library, file, state, kept, legacy, share):
    torch.save(state, file, _use_new_zipfile_serialization=not legacy)
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InvalidInput, match="cut short or damaged"):
        import_checkpoint(file, "dextr")
    assert not kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a checkpoint\n",
        b"\x89PNG\r\n\x1a\n" * 50,
        pickle.dumps({"conv1.weight": [1.0]}, protocol=2),
    ],
)
def test_a_file_of_another_kind_is_refused(library, file, content):
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a PyTorch checkpoint"):
        import_checkpoint(file, "dextr")


@pytest.mark.parametrize("way", ["zip", "legacy", "pickle"])
def test_code_in_a_file_is_refused_and_never_run(library, file, tmp_path, state, way):
    marker = tmp_path / "ran"
    content = {**state, "trap": Trap(marker)}
    if way == "pickle":
        file.write_bytes(pickle.dumps({"trap": Trap(marker)}, protocol=2))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=way == "zip")
    with pytest.raises(InvalidInput, match="only code could load, which is never run"):
        import_checkpoint(file, "dextr")
    assert not marker.exists()
    assert "dextr" not in [model.name for model in list_models()]


def test_a_whole_network_object_is_no_plain_weights(library, file):
    torch.save(torch.nn.Conv2d(4, 64, 7), file)
    with pytest.raises(InvalidInput, match="only code could load"):
        import_checkpoint(file, "dextr")


def test_files_that_cannot_be_read_are_named(library, tmp_path, monkeypatch):
    with pytest.raises(InvalidInput, match=r"none\.pth cannot be read \(No such file"):
        import_checkpoint(tmp_path / "none.pth", "dextr")
    with pytest.raises(InvalidInput, match=r"cannot be read \(Is a directory"):
        import_checkpoint(tmp_path, "dextr")
    monkeypatch.setattr(checkpoint_import, "MAX_FILE_BYTES", 3)
    (tmp_path / "large.pth").write_bytes(b"1234")
    with pytest.raises(InvalidInput, match="larger than"):
        import_checkpoint(tmp_path / "large.pth", "dextr")


@pytest.mark.parametrize("name", ["", "../dextr", "a/b", "-x"])
def test_a_name_never_leaves_the_library(library, file, name):
    with pytest.raises(InvalidInput, match="cannot be a model's name"):
        import_checkpoint(file, name)


def test_a_model_that_is_there_is_not_replaced(library, file, state, random_state):
    torch.save(state, file)
    save_model(library / "mine", random_state, {"input_size": 64})
    for name in ("mine", "duo"):
        before = find_model(name).id
        with pytest.raises(InvalidInput, match=f"another model named {name}"):
            import_checkpoint(file, name)
        assert find_model(name).id == before
    card = library / "mine" / "card.json"
    card.write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        import_checkpoint(file, "mine")
    assert card.read_text() == "{"


def test_a_library_that_cannot_be_written_is_said(library, file, state, monkeypatch):
    torch.save(state, file)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_import, "save_model", full)
    with pytest.raises(ModelError, match="No space left"):
        import_checkpoint(file, "dextr")


def test_cards_are_json(library):
    assert json.loads(json.dumps(checkpoint_import.CARD)) == checkpoint_import.CARD
