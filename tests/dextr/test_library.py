import hashlib
import json
import shutil

import pytest
import safetensors.torch
import torch

from maa.dextr import shelves
from maa.dextr.library import load_network, load_weights, save_model
from maa.dextr.shelves import CARD_FILE, WEIGHTS_FILE, ModelError, damaged, find_model, list_models
from maa.domain import MaaError


def rewrite(folder, content):
    """Replace the weights and make the card's hash agree, as a wrong file does."""
    (folder / WEIGHTS_FILE).write_bytes(content)
    card = json.loads((folder / CARD_FILE).read_text())
    card["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / CARD_FILE).write_text(json.dumps(card))


def test_a_model_saved_is_found_by_name_and_loads(library, random_state):
    model = find_model("tiny")
    assert model.id == f"tiny@{model.sha256[:12]}"
    assert find_model(model.id).folder == model.folder
    loaded = load_weights(model.folder)
    assert loaded.keys() == random_state.keys()
    for name, value in loaded.items():
        assert torch.allclose(value.float(), random_state[name].float(), atol=1e-2)
    assert not load_network(model.folder).training


def test_weights_are_kept_at_half_precision_and_the_hash_is_the_file_s(library):
    content = (library / "tiny" / WEIGHTS_FILE).read_bytes()
    assert hashlib.sha256(content).hexdigest() == find_model("tiny").sha256
    floats = [value.dtype for value in safetensors.torch.load(content).values() if value.is_floating_point()]
    assert set(floats) == {torch.float16}


def test_the_default_is_the_marked_one_unless_the_environment_names_another(
    library, random_state, monkeypatch
):
    save_model(library / "aaa", random_state, {"input_size": 64})
    assert find_model().name == "tiny"
    monkeypatch.setenv("MAA_MODEL", "aaa")
    assert find_model().name == "aaa"
    assert find_model("tiny").name == "tiny"


def test_run_time_models_come_before_shipped_ones_and_each_name_once(library):
    names = [model.name for model in list_models()]
    assert names[0] == "tiny"
    assert len(names) == len(set(names))


def test_a_name_that_is_not_there_is_answered_with_the_ones_that_are(library):
    with pytest.raises(ModelError, match=r"no model named 'huge'.*tiny"):
        find_model("huge")


@pytest.mark.parametrize("name", ["../tiny", "a/b", "", "x" * 200, "tiny\n"])
def test_a_name_never_leaves_the_library(library, name):
    if name == "":
        assert find_model(name).name == "tiny"
        return
    with pytest.raises(ModelError, match="cannot be a model's name"):
        find_model(name)


def test_another_version_of_a_model_is_not_taken_for_the_one_asked(library):
    with pytest.raises(ModelError, match="not tiny@000000000000"):
        find_model("tiny@000000000000")


def test_missing_weights_are_named_with_what_to_do(library):
    (library / "tiny" / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelError, match=r"missing.*does not exist.*Restore"):
        load_weights(library / "tiny")


@pytest.mark.parametrize("cut", [0, 7, 1000, -1])
def test_weights_cut_short_are_refused(library, cut):
    path = library / "tiny" / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelError, match=r"cut short, damaged or was replaced.*Restore"):
        load_weights(library / "tiny")


def test_a_file_of_another_kind_is_refused_even_when_its_hash_is_in_the_card(library):
    rewrite(library / "tiny", b"PK\x03\x04 not weights at all")
    with pytest.raises(ModelError, match="not a safetensors file"):
        load_weights(library / "tiny")


def test_wrong_shapes_and_names_are_refused(library, random_state):
    state = {name: value.clone() for name, value in random_state.items()}
    state["mask.weight"] = torch.zeros(1, 12, 3, 3)
    rewrite(library / "tiny", safetensors.torch.save(state))
    with pytest.raises(ModelError, match=r"1 of its \d+ arrays .*mask\.weight"):
        load_weights(library / "tiny")
    del state["mask.weight"]
    state["other"] = torch.zeros(1)
    rewrite(library / "tiny", safetensors.torch.save(state))
    with pytest.raises(ModelError, match="2 of its"):
        load_weights(library / "tiny")


def test_a_model_of_another_architecture_says_so(library):
    path = library / "tiny" / CARD_FILE
    path.write_text(path.read_text().replace("maa-duo-3", "maa-future-9"))
    with pytest.raises(ModelError, match="maa-future-9"):
        load_weights(library / "tiny")


def test_a_card_may_name_the_model_s_own_threshold(library, random_state):
    assert find_model("tiny").threshold == 0.5
    save_model(library / "tight", random_state, {"input_size": 64, "threshold": 0.8})
    assert find_model("tight").threshold == 0.8


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "holds no card.json"),
        ("{not json", "cannot be read"),
        ("[]", "lacks architecture"),
        ('{"architecture": "maa-duo-3"}', "lacks input_size, sha256"),
        ('{"architecture": "maa-duo-3", "input_size": 64, "sha256": "abc"}', "64 hex digits"),
        (
            '{"architecture": "maa-duo-3", "input_size": 65, "sha256": "' + "a" * 64 + '"}',
            "multiple of 16",
        ),
        (
            '{"architecture": "maa-duo-3", "input_size": "64", "sha256": "' + "a" * 64 + '"}',
            "multiple of 16",
        ),
        (
            '{"architecture": "maa-duo-3", "input_size": 64, "threshold": 80, "sha256": "' + "a" * 64 + '"}',
            "threshold must be",
        ),
    ],
)
def test_a_broken_card_is_named_and_hides_no_other_model(library, random_state, content, says):
    save_model(library / "second", random_state, {"input_size": 64})
    path = library / "tiny" / CARD_FILE
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match=says):
        find_model("tiny")
    assert "second" in [model.name for model in list_models()]
    assert list(damaged()) == ([] if content is None else ["tiny"])


@pytest.mark.parametrize("length", [None, 0, 7, 1000])
def test_weights_that_are_missing_or_cut_short_are_damage(library, length):
    weights = library / "tiny" / WEIGHTS_FILE
    assert damaged() == {}
    content = weights.read_bytes()
    weights.unlink()
    if length is not None:
        weights.write_bytes(content[:length])
    assert list(damaged()) == ["tiny"]
    assert str(weights) in damaged()["tiny"]


def test_nothing_stands_in_for_a_default_whose_card_is_damaged(library, random_state, monkeypatch):
    monkeypatch.setattr(shelves, "shelves", lambda: [library])
    save_model(library / "first", random_state, {"input_size": 64, "default": True})
    shutil.rmtree(library / "tiny")
    save_model(library / "second", random_state, {"input_size": 64})
    assert find_model().name == "first"
    (library / "first" / CARD_FILE).write_text("{")
    with pytest.raises(ModelError, match=r"first.*cannot be read"):
        find_model()


def test_model_errors_are_messages_for_people():
    assert issubclass(ModelError, MaaError)
