import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon

from maa.dextr.library import save_model
from maa.dextr.outline import outline_of
from maa.dextr.pixels import pixel_hash
from maa.dextr.predictor import Predictor
from maa.dextr.shelves import ModelError
from maa.domain import Box, InvalidInput, Point, Prediction, Prompt

FOUR = (Point(10, 30), Point(40, 12), Point(70, 33), Point(38, 50))


@pytest.fixture
def predictor(library):
    return Predictor()


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


@pytest.fixture
def counted(predictor, monkeypatch):
    """How often the network ran."""
    calls = []
    forward = predictor._forward
    monkeypatch.setattr(predictor, "_forward", lambda inputs: calls.append(1) or forward(inputs))
    return calls


def test_a_prediction_says_everything_about_itself(predictor, image):
    prediction = predictor.predict(image, Prompt(points=FOUR))
    assert prediction.probabilities.shape == (64, 64)
    assert prediction.probabilities.dtype == np.float32
    assert 0 <= prediction.probabilities.min() <= prediction.probabilities.max() <= 1
    assert prediction.image_size == (80, 60)
    assert 0 <= prediction.confidence <= 1
    assert prediction.model_id == predictor.model_id
    assert prediction.milliseconds > 0


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(points=(*FOUR, Point(20, 40))),
        Prompt(box=Box(10, 12, 70, 50)),
        Prompt(prior=MultiPolygon([shapely.box(10, 12, 70, 50)])),
    ],
)
def test_more_points_a_box_and_a_prior_are_prompts_too(predictor, image, prompt):
    assert predictor.predict(image, prompt).probabilities.shape == (64, 64)


def test_the_same_question_is_computed_once_in_any_order_of_points(predictor, image, counted):
    first = predictor.predict(image, Prompt(points=FOUR))
    again = predictor.predict(image.copy(), Prompt(points=FOUR[::-1]))
    assert again is first
    assert len(counted) == 1


def test_another_image_prompt_or_crop_is_another_question(predictor, image, counted):
    predictor.predict(image, Prompt(points=FOUR))
    changed = image.copy()
    changed[0, 0, 0] ^= 1
    predictor.predict(changed, Prompt(points=FOUR))
    predictor.predict(image, Prompt(points=(*FOUR, Point(20, 40))))
    predictor.predict(image, Prompt(points=FOUR, crop=Box(0, 0, 80, 60)))
    assert len(counted) == 4


def test_a_known_key_spares_hashing_the_pixels(predictor, image, counted, monkeypatch):
    monkeypatch.setattr("maa.dextr.predictor.pixel_hash", lambda _: pytest.fail("hashed"))
    assert predictor.predict(image, Prompt(points=FOUR), image_key="k") is predictor.predict(
        image, Prompt(points=FOUR), image_key="k"
    )


def test_the_key_of_pixels_knows_the_shape():
    flat = np.zeros((4, 6, 3), dtype=np.uint8)
    assert pixel_hash(flat) != pixel_hash(flat.reshape(6, 4, 3))
    assert pixel_hash(flat) == pixel_hash(np.asfortranarray(flat))


def test_the_oldest_result_makes_room(library, image):
    predictor = Predictor(cache_size=2)
    prompts = [Prompt(points=(*FOUR, Point(20.0 + step, 40))) for step in range(3)]
    first, *_ = [predictor.predict(image, prompt) for prompt in prompts]
    assert predictor.predict(image, prompts[0]) is not first
    assert len(predictor._results) == 2


def test_large_results_make_room_sooner(predictor, image, monkeypatch):
    monkeypatch.setattr("maa.dextr.predictor.CACHE_BYTES", 2 * 64 * 64 * 4)
    for step in range(4):
        predictor.predict(image, Prompt(points=(*FOUR[:3], Point(38, 45.0 + step))))
    assert len(predictor._results) == 2
    monkeypatch.setattr("maa.dextr.predictor.CACHE_BYTES", 1)
    predictor.predict(image, Prompt(points=FOUR))
    assert len(predictor._results) == predictor._bytes == 0


def test_a_cached_result_cannot_be_changed_by_who_got_it(predictor, image):
    prediction = predictor.predict(image, Prompt(points=FOUR))
    with pytest.raises(ValueError, match="read-only"):
        prediction.probabilities[0, 0] = 1


def test_a_model_may_look_at_the_mirror_image_too(library, random_state, image):
    """Then a mirrored question gets exactly the mirrored answer."""
    save_model(library / "both", random_state, {"input_size": 64, "mirror": True})
    predictor = Predictor("both")
    answer = predictor.predict(image, Prompt(points=FOUR))
    turned = Prompt(points=tuple(Point(80 - point.x, point.y) for point in FOUR))
    mirrored = predictor.predict(np.ascontiguousarray(image[:, ::-1]), turned)
    assert np.allclose(answer.probabilities, mirrored.probabilities[:, ::-1], atol=0.02)


def test_threads_that_ask_the_same_thing_share_one_answer(predictor, image, counted):
    start = threading.Barrier(8)

    def ask(_):
        start.wait()
        return predictor.predict(image, Prompt(points=FOUR))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(counted) == 1
    assert all(answer is answers[0] for answer in answers)


def test_threads_that_ask_different_things_get_each_their_own(predictor, image):
    prompts = [Prompt(points=(*FOUR, Point(15.0 + step, 40))) for step in range(12)]
    expected = [predictor._compute(image, prompt, None).probabilities for prompt in prompts]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda prompt: predictor.predict(image, prompt).probabilities, prompts))
    for answer, right in zip(answers, expected, strict=True):
        assert np.allclose(answer, right, atol=1e-5)


def test_an_error_reaches_everyone_who_asked_and_is_not_kept(predictor, image):
    for _ in range(2):
        with pytest.raises(InvalidInput, match="Four boundary points"):
            predictor.predict(image, Prompt(points=FOUR[:2]))
    assert not predictor._running


@pytest.mark.parametrize("shape", [(60, 80), (60, 80, 4), (0, 80, 3)])
def test_an_array_that_is_no_rgb_image_is_refused(predictor, shape):
    with pytest.raises(InvalidInput, match="RGB"):
        predictor.predict(np.zeros(shape, dtype=np.uint8), Prompt(points=FOUR))
    with pytest.raises(InvalidInput, match="RGB"):
        predictor.predict(np.zeros((60, 80, 3), dtype=np.float32), Prompt(points=FOUR))


def test_a_model_that_is_not_there_is_said_at_once(library):
    with pytest.raises(ModelError, match="no model named"):
        Predictor("absent")


def test_a_folder_can_be_loaded_directly(library):
    assert Predictor(library / "tiny").model_id.startswith("tiny@")


def test_the_outline_of_a_disc_is_the_disc_with_few_vertices():
    columns, rows = np.meshgrid(np.arange(128) + 0.5, np.arange(128) + 0.5)
    probabilities = (1 / (1 + np.exp(np.hypot(columns - 64, rows - 64) - 40))).astype(np.float32)
    prediction = Prediction(probabilities, Box(100, 50, 356, 306), (500, 400), 0.9, "m@0", 1.0)
    outline = outline_of(prediction)
    assert outline.area == pytest.approx(np.pi * 80**2, rel=0.01)
    assert (outline.centroid.x, outline.centroid.y) == pytest.approx((228, 178), abs=0.3)
    assert sum(len(part.exterior.coords) - 1 for part in outline.geoms) < 24
    tighter = outline_of(prediction, threshold=0.9)
    assert tighter.area < outline.area
    assert outline_of(dataclasses.replace(prediction, threshold=0.9)).equals(tighter)


def test_where_the_model_saw_nothing_the_outline_is_empty():
    nothing = Prediction(np.zeros((16, 16), np.float32), Box(0, 0, 16, 16), (16, 16), 0.1, "m@0", 1.0)
    assert outline_of(nothing).is_empty
