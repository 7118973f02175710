"""DEXTR as published: its network, crop, heat map and mask, each against a plain second version."""

import json
import shutil

import cv2
import numpy as np
import pytest
import shapely
import torch
from shapely import MultiPolygon

from maa.dextr import checkpoint_import, original
from maa.dextr.architectures import COMPACT, ORIGINAL, check_taken
from maa.dextr.checkpoint_import import import_checkpoint
from maa.dextr.crop import probabilities_in_image
from maa.dextr.library import load_network, load_weights
from maa.dextr.original_network import OriginalNetwork
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.dextr.quality import expected_overlap
from maa.dextr.shelves import ModelError, find_model
from maa.domain import Box, InvalidInput, Point, PointKind, Prompt
from tests.dextr import published

FOUR = ((40, 60), (80, 30), (130, 70), (90, 101))
PLACES = {
    "in the middle": FOUR,
    "at the top left corner": ((0, 20), (15, 0), (60, 22), (30, 41)),
    "at the bottom right corner": ((100, 110), (130, 80), (159, 100), (140, 119)),
    "over the whole image": ((0, 60), (80, 0), (159, 61), (81, 119)),
    "a speck": ((70, 51), (72, 50), (74, 52), (71, 53)),
    "with further points": (*FOUR, (60, 95), (110, 40)),
}


@pytest.fixture(scope="module")
def image():
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def state():
    return published.random_state()


@pytest.fixture
def small_model(library, state, tmp_path, monkeypatch):
    """The random weights imported, to be asked at 128 x 128: a tenth of the time."""
    monkeypatch.setitem(checkpoint_import.CARD, "input_size", 128)
    torch.save(state, tmp_path / "random.pth")
    yield import_checkpoint(tmp_path / "random.pth", "dextr")
    shutil.rmtree(library / "dextr")  # some hundred megabytes, which pytest would keep for a while
    (tmp_path / "random.pth").unlink()


def as_prompt(pixels, within=0.5):
    """Clicks somewhere in these pixels."""
    return Prompt(points=tuple(Point(x + within, y + within) for x, y in pixels))


def test_the_network_gives_the_published_logits(state):
    network = OriginalNetwork()
    missing = network.load_state_dict(state, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing)
    inputs = torch.rand((2, 4, 96, 96), generator=torch.Generator().manual_seed(1)) * 255
    with torch.inference_mode():
        ours, quality = network.eval()(inputs)
        theirs = published.logits(state, inputs)
    assert theirs.std() > 1
    assert (ours - theirs).abs().max() < 1e-4
    assert quality.shape == (2,)


@pytest.mark.parametrize("pixels", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("within", [0.0, 0.99])
def test_the_network_sees_what_the_published_one_sees(image, pixels, within):
    inputs, crop = original.ask(image, as_prompt(pixels, within), 512)
    assert np.array_equal(inputs[0].numpy(), published.network_input(image, pixels, 512))
    left, top, right, bottom = published.grown_box(pixels)
    assert crop == Box(left, top, right + 1, bottom + 1)


def test_a_point_s_cell_is_rounded_as_in_the_published_code():
    """Whole quotients included, some of which floating point puts one cell lower."""
    for column, width in [(49, 196), (98, 196), (147, 196), (10, 101)]:
        heat = original.heat_map(np.array([[column, 0]]), (width, 101), 512)
        assert heat[0].argmax() == int(512 * column * (1 / width))
    assert 512 * 49 / 196 == 128
    assert int(512 * 49 * (1 / 196)) == 127


@pytest.mark.parametrize("pixels", PLACES.values(), ids=PLACES)
def test_an_answer_is_put_into_the_image_as_published(image, pixels):
    seen = cv2.resize(np.random.default_rng(1).random((40, 40), dtype=np.float32), (512, 512))
    _, crop = original.ask(image, as_prompt(pixels), 512)
    answer = original.answer(seen, crop)
    ours = probabilities_in_image(answer, crop, (160, 120))
    theirs = published.in_image(seen, pixels, (160, 120))
    assert theirs.any()
    assert np.array_equal(ours, theirs.clip(0, 1))


def test_a_click_on_the_far_edge_is_on_the_last_pixel(image):
    at_edge = Prompt(points=(Point(100, 110), Point(130, 80), Point(160, 100), Point(140, 120)))
    on_pixel = as_prompt(PLACES["at the bottom right corner"])
    assert torch.equal(original.ask(image, at_edge, 64)[0], original.ask(image, on_pixel, 64)[0])


def test_an_imported_model_draws_the_published_mask_pixel_for_pixel(image, state, small_model):
    predictor = Predictor("dextr")
    for pixels in PLACES.values():
        prediction = predictor.predict(image, as_prompt(pixels))
        with torch.inference_mode():
            inputs = torch.from_numpy(published.network_input(image, pixels, 128))[None]
            seen = torch.sigmoid(published.logits(state, inputs))[0, 0].numpy()
        theirs = published.in_image(seen, pixels, (160, 120))
        ours = probabilities_in_image(prediction.probabilities, prediction.crop, prediction.image_size)
        assert np.abs(ours - theirs).max() < 1e-3
        assert np.array_equal(ours > prediction.threshold, theirs > 0.8)
        assert prediction.model_id == small_model.id
        assert 0 <= prediction.confidence <= 1
    prediction = predictor.predict(image, as_prompt(PLACES["over the whole image"]))
    mask = probabilities_in_image(prediction.probabilities, prediction.crop, (160, 120)) > 0.8
    assert 0.03 < mask.mean() < 0.97  # or all of this would have compared little
    assert outline_of(prediction, detail=1.0).area == pytest.approx(mask.sum(), rel=0.1)
    with pytest.raises(InvalidInput, match="not a prior outline"):
        predictor.predict(image, Prompt(prior=MultiPolygon([shapely.box(10, 10, 50, 50)])))
    with pytest.raises(InvalidInput, match="Four boundary points"):
        predictor.predict(image, as_prompt(FOUR[:3]))


def test_an_imported_model_keeps_every_bit_and_is_checked_like_any_other(state, small_model):
    weights = load_weights(small_model.folder, ORIGINAL.name)
    assert all(torch.equal(weights[name], value) for name, value in state.items())
    assert not load_network(small_model.folder).training
    with pytest.raises(ModelError, match="is needed here"):
        load_weights(small_model.folder)  # as training does that would start from it


@pytest.mark.parametrize(
    ("prompt", "what"),
    [
        (Prompt(prior=MultiPolygon([shapely.box(10, 10, 50, 50)])), "a prior outline"),
        (Prompt(box=Box(10, 10, 50, 50)), "a box in place of four boundary points"),
        (Prompt(points=(*as_prompt(FOUR).points, Point(5, 5, PointKind.OUTSIDE))), "outside points"),
        (Prompt(points=(*as_prompt(FOUR).points, Point(80, 60, PointKind.INSIDE))), "inside points"),
    ],
)
def test_what_it_cannot_hear_is_refused_with_what_can(library, prompt, what):
    (library / "dextr").mkdir()
    card = {"architecture": ORIGINAL.name, "input_size": 512, "sha256": "0" * 64}
    (library / "dextr" / "card.json").write_text(json.dumps(card))
    said = rf"dextr understands four .*, not {what}\. .* architecture {COMPACT.name} do"
    with pytest.raises(InvalidInput, match=said):
        check_taken(prompt, find_model("dextr"))
    check_taken(prompt, find_model("tiny"))


def test_a_box_beside_four_points_says_nothing_new(library):
    (library / "dextr").mkdir()
    card = {"architecture": ORIGINAL.name, "input_size": 512, "sha256": "0" * 64}
    (library / "dextr" / "card.json").write_text(json.dumps(card))
    check_taken(Prompt(points=as_prompt(FOUR).points, box=Box(40, 30, 130, 101)), find_model("dextr"))


def test_the_confidence_is_the_overlap_to_expect():
    grid = torch.zeros(3, 1, 4, 4)
    grid[0, 0, :2] = 1  # sure of half the grid
    grid[1, 0, :2] = 0.9
    grid[1, 0, 2:] = 0.45  # as good as sure of one half, torn about the other
    assert expected_overlap(grid, 0.8).tolist() == pytest.approx([1, 8 * 0.9 / (8 + 8 * 0.45), 0])
