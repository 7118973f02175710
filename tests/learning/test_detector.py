"""Detectors: what they learn from, that they learn it, and how they are measured."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from maa.dextr.centre_network import STRIDE, CentreNetwork, boxes_of, peaks
from maa.dextr.detector import Detector, Found, fitted
from maa.dextr.library import encoder_weights, load_detector, save_model
from maa.dextr.shelves import ModelError, find_model
from maa.domain import Box
from maa.learning import job
from maa.learning.boxes import Photo, Shrunk, View, photos_of, random_view, side_by_side
from maa.learning.detector_job import make, run
from maa.learning.detector_measure import Matches, best_threshold, by_halves, cautious, figures, look, matched
from maa.learning.detector_trainer import DetectorConfig, targets, train_detector
from maa.learning.job_folder import FAILED, DetectorOrder, Order, Progress, write_order
from tests.learning.conftest import draw_set

CONFIG = DetectorConfig(("ellipses",), minutes=10 / 60, size=128, batch=4)


def test_a_set_s_masks_become_boxes_and_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "ellipses", photos=2)
    cv2.imwrite(str(folder / "images" / "empty.png"), np.zeros((90, 120, 3), np.uint8))
    first, _, empty = photos_of(folder)
    mask = cv2.imread(str(folder / "masks" / "000000.png"), cv2.IMREAD_UNCHANGED)
    for box, (path, number) in zip(first.boxes, first.objects, strict=True):
        assert path == folder / "masks" / "000000.png"
        rows, columns = np.nonzero(mask == number)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert first.classes == ("ellipses", "ellipses")
    assert first.ignored.tolist() == [[0, 0, 6, 6]]
    assert empty.boxes.shape == (0, 4)
    small = photos_of(folder, least_area=10**6)[0]
    assert len(small.boxes) == 0
    assert len(small.ignored) == 3


@pytest.mark.parametrize("seed", range(6))
def test_a_view_s_boxes_lie_where_the_objects_are_seen(tmp_path: Path, seed: int) -> None:
    image = np.zeros((60, 100, 3), np.uint8)
    image[20:40, 30:70] = 255
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), image)
    photo = Photo(path, np.array([[30.0, 20, 70, 40]]), ("box",), ((path, 1),), np.zeros((0, 4)))
    view = random_view(photo, {"box": 0}, 160, np.random.default_rng(seed), Shrunk(80, 10**6))
    if not len(view.boxes):
        pytest.skip("mostly out of sight in this view")
    grey = view.image.astype(int).mean(axis=2)
    rows, columns = np.nonzero(grey > (grey.min() + grey.max()) / 2)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(view.boxes[0] - seen).max() <= 1.5


def test_four_views_beside_one_another_keep_their_objects_where_they_are_seen() -> None:
    views = []
    for shade in range(4):
        image = np.full((32, 32, 3), 60 * shade, np.uint8)
        views.append(View(image, np.array([[1.0, 2, 9, 12]]), np.array([shade]), np.zeros((0, 4))))
    made = side_by_side(views)
    assert made.image.shape == (64, 64, 3)
    for box, number in zip(made.boxes, made.classes, strict=True):
        left, top, right, bottom = box.astype(int)
        assert (made.image[top:bottom, left:right] == 60 * number).all()
    assert made.boxes[3].tolist() == [33, 34, 41, 44]


def test_the_targets_have_their_peak_at_the_centre_and_nothing_counts_where_it_is_unclear() -> None:
    view = View(
        np.zeros((64, 64, 3), np.uint8),
        np.array([[8.0, 8, 40, 24]]),
        np.array([1]),
        np.array([[48.0, 48, 64, 64]]),
    )
    heat, counted, boxes, weights = targets(view, (2, 8, 8))
    assert heat[1].argmax() == 2 * 8 + 3
    assert heat[1, 2, 3] == 1
    assert heat[0].max() == 0
    assert counted[:6, :6].min() == 1
    assert counted[6:, 6:].max() == 0
    assert boxes[:, 2, 3].tolist() == [8, 8, 40, 24]
    assert weights[2, 3] == weights.max() > 0


def test_peaks_are_the_boxes_at_local_maxima() -> None:
    centres = torch.full((1, 2, 4, 6), -9.0)
    centres[0, 1, 2, 3] = 2.0
    centres[0, 1, 2, 4] = 1.0  # beside a stronger one
    sides = torch.full((1, 4, 4, 6), 8.0)
    boxes, scores, classes = peaks(centres, sides, 1)
    x, y = 3.5 * STRIDE, 2.5 * STRIDE
    assert boxes.tolist() == [[x - 8, y - 8, x + 8, y + 8]]
    assert classes.tolist() == [1]
    assert scores.item() == pytest.approx(torch.sigmoid(torch.tensor(2.0)).item())
    assert boxes_of(sides)[0, :, 2, 3].tolist() == boxes[0].tolist()


def test_any_image_fits_with_its_proportions() -> None:
    for height, width in ((90, 120), (7, 500), (333, 100)):
        seen, scale = fitted(np.full((height, width, 3), 200, np.uint8), 128)
        assert max(seen.shape[:2]) == 128
        assert seen.shape[0] % 32 == seen.shape[1] % 32 == 0
        assert scale == 128 / max(height, width)
        assert (seen[0, 0] == 200).all()


def test_seconds_of_training_find_what_was_drawn_and_a_model_comes_of_it(tmp_path: Path) -> None:
    train = photos_of(draw_set(tmp_path / "a" / "ellipses", photos=12, seed=1))
    check = photos_of(draw_set(tmp_path / "b" / "ellipses", photos=6, seed=2))
    said: list[str] = []
    say = Progress(tmp_path)
    to = tmp_path / "models" / "found"
    model = make(find_model("duo"), CONFIG, train, check, tmp_path / "run", to, {"use_case": "drawn"}, say)
    detector = Detector(model.folder)
    assert detector.classes == ("ellipses",)
    found = figures(matched(check, look(detector, check, lambda *_: said.append("."))), model.threshold)
    assert said
    assert found.recall >= 0.8, found
    assert found.precision >= 0.8, found
    assert found.low > 1, found
    one = detector.find(cv2.cvtColor(cv2.imread(str(check[0].image)), cv2.COLOR_BGR2RGB))[0]
    overlap = [_iou(one.box, box) for box in check[0].boxes]
    assert max(overlap) > 0.6
    # Measured again beside one that shows nothing: the difference is of the same photos.
    shy = save_model(
        tmp_path / "models" / "shy", load_detector(to).state_dict(), dict(model.card) | {"threshold": 0.999}
    )
    (tmp_path / "check").mkdir()
    (tmp_path / "b").rename(tmp_path / "check" / "project")
    duo = find_model("duo").folder
    beside = DetectorOrder(detector.classes, str(duo), str(shy.folder))
    told = run(tmp_path, Order(str(duo), str(to), None), beside, say)["detectors"]
    new, old = told[model.id], told[shy.id]
    assert new["against"] == shy.id
    assert new["difference"] == pytest.approx(new["saved"] - old["saved"])
    assert 0 < new["difference_low"] <= new["difference"] <= new["difference_high"]
    # The encoder was lent, and is its own by now.
    lent, kept = encoder_weights(find_model("duo")), load_detector(to).encoder.state_dict()
    assert set(lent) == set(kept)
    assert any(not torch.equal(lent[name].half(), kept[name].half()) for name in kept)
    with pytest.raises(ModelError, match="finds no objects by itself"):
        Detector("duo")


def test_a_training_that_was_killed_goes_on_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = photos_of(draw_set(tmp_path / "ellipses", photos=3))
    monkeypatch.setattr("maa.learning.detector_trainer.SAVE_SECONDS", 0.0)
    encoder = encoder_weights(find_model("duo"))
    config = dataclasses.replace(CONFIG, size=64, batch=1, minutes=30.0)

    class Killed(Exception):
        pass

    def kill(share: float, loss: float) -> None:
        steps.append(share)
        if len(steps) == 4:
            raise Killed

    steps: list[float] = []
    with pytest.raises(Killed):
        train_detector(config, encoder, photos, tmp_path / "checkpoint.pt", kill)
    seconds = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["seconds"]
    short = dataclasses.replace(config, minutes=(seconds + 0.2) / 60)
    later: list[float] = []
    _, count = train_detector(
        short, encoder, photos, tmp_path / "checkpoint.pt", lambda share, _: later.append(share)
    )
    assert count == 3 + len(later)  # the fourth was not saved
    assert later[0] > 0


def test_a_job_whose_held_back_objects_are_all_small_says_so_before_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_step_back", lambda: None)  # these tests go on after it
    draw_set(tmp_path / "data" / "project", photos=3)
    check = draw_set(tmp_path / "check" / "project", photos=2)
    for mask in (check / "masks").iterdir():
        specks = np.zeros((90, 120), np.uint8)
        specks[40:49, 40:49] = 1
        cv2.imwrite(str(mask), specks)
    duo = str(find_model("duo").folder)
    write_order(tmp_path, Order(duo, "new", 30.0, detector=DetectorOrder(("ellipses",), duo)))
    assert job.main(tmp_path) == 1
    said = json.loads((tmp_path / FAILED).read_text())["message"]
    assert said.startswith("No held-back object is larger than 100 pixels")
    assert not (tmp_path / "run").exists()


def test_a_job_that_meets_what_it_would_meet_again_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_step_back", lambda: None)
    (tmp_path / "order.json").write_text("{")  # a ValueError
    assert job.main(tmp_path) == 1
    assert json.loads((tmp_path / FAILED).read_text())["message"].startswith("It stopped: ")


def test_figures_by_hand() -> None:
    """Two photos of two objects; three found, one twice, one thing that is none, one on what is ignored."""
    boxes = np.array([[0.0, 0, 10, 10], [20, 0, 30, 10]])
    nothing = np.zeros((0, 4))
    mask = (Path("mask"), 1)
    photos = [
        Photo(Path("a"), boxes, ("cat", "dog"), (mask, mask), nothing),
        Photo(Path("b"), boxes, ("cat", "cat"), (mask, mask), np.array([[40.0, 0, 60, 20]])),
    ]
    seen = [
        [Found(Box(0, 0, 10, 10), "cat", 0.9), Found(Box(20, 0, 30, 10), "cat", 0.3)],  # the latter is a dog
        [
            Found(Box(0, 0, 10, 9), "cat", 0.8),
            Found(Box(20, 1, 30, 10), "cat", 0.7),
            Found(Box(0, 1, 10, 9), "cat", 0.6),
            Found(Box(42, 2, 58, 18), "cat", 0.5),
        ],
    ]
    found = matched(photos, seen)
    assert sorted(zip(found.score.tolist(), found.hit.tolist(), strict=True)) == [
        (0.3, False),
        (0.6, False),
        (0.7, True),
        (0.8, True),
        (0.9, True),
    ]
    assert best_threshold(found) == 0.7
    told = figures(found, 0.7)
    assert (told.images, told.objects, told.precision, told.recall) == (2, 4, 1.0, 0.75)
    assert told.saved == 3 * 4 / 4
    assert figures(found, 0.0).saved == (3 * 4 - 2 * 2) / 4
    assert told.average_precision == 0.5  # all cats at full precision, no dog


def test_a_detector_that_finds_nothing_right_shows_next_to_nothing() -> None:
    photo = Photo(Path("a"), np.array([[0.0, 0, 9, 9]]), ("cat",), ((Path("m"), 1),), np.zeros((0, 4)))
    found = matched([photo], [[Found(Box(50, 50, 60, 60), "cat", 0.4)]])
    assert best_threshold(found) == 0.95
    assert figures(found, 0.95).saved == 0
    assert figures(found, 0.1).saved == -2


def test_a_threshold_is_measured_on_what_it_was_not_chosen_on() -> None:
    """Photos 0 and 2 would have 0.8, photos 1 and 3 would have 0.5: each half gets the other's."""
    found = Matches(
        np.array([0, 2, 2, 1, 3, 3]),
        np.array([0.9, 0.8, 0.6, 0.7, 0.5, 0.4]),
        np.array([True, True, False, True, True, False]),
        np.array([1, 1, 1, 1]),
        1.0,
    )
    assert by_halves(found).tolist() == [0.5, 0.8, 0.5, 0.8]
    told = figures(found, 0.5, by_halves(found))
    assert told.threshold == 0.5
    assert told.saved == (2 * 4 - 2 + 0) / 4  # all of one half and a false one, nothing of the other
    assert cautious(found, 0.5).tolist() == [0.5, 0.8, 0.5, 0.8]
    assert cautious(found, 0.99).tolist() == [0.99] * 4  # its own saves nothing


def test_by_halves_scores_that_mean_nothing_save_nothing() -> None:
    rng = np.random.default_rng(0)
    flattered, honest = [], []
    for _ in range(100):
        found = Matches(
            np.repeat(np.arange(10), 3), rng.random(30), rng.random(30) < 1 / 3, np.full(10, 2), 0.3
        )
        flattered.append(figures(found, best_threshold(found)).saved)
        honest.append(figures(found, 0.5, by_halves(found)).saved)
    assert np.mean(flattered) > 0.2
    assert abs(np.mean(honest)) < 0.1


def test_the_network_s_sides_are_above_zero_and_its_first_guess_is_that_little_is_there() -> None:
    torch.manual_seed(0)
    centres, sides = CentreNetwork(3).eval()(torch.zeros(1, 3, 64, 96))
    assert centres.shape == (1, 3, 8, 12)
    assert sides.shape == (1, 4, 8, 12)
    assert sides.min() > 0
    assert torch.sigmoid(centres).mean() < 0.1


def _iou(box: Box, corners: np.ndarray) -> float:
    left, top, right, bottom = corners
    width = max(0.0, min(box.right, right) - max(box.left, left))
    height = max(0.0, min(box.bottom, bottom) - max(box.top, top))
    shared = width * height
    return shared / (box.width * box.height + (right - left) * (bottom - top) - shared)
