from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.cli.conftest import Maa, MaaJson


@pytest.fixture
def data(folder: Path) -> Path:
    """A data set of one photo with two bright squares."""
    photo, mask = np.full((120, 200, 3), 40, np.uint8), np.zeros((120, 200), np.uint8)
    mask[30:90, 20:80], mask[30:90, 120:180] = 1, 2
    photo[mask > 0] = 200
    for layer, picture in (("images", photo), ("masks", mask)):
        (folder / "set" / layer).mkdir(parents=True)
        cv2.imwrite(str(folder / "set" / layer / "1.png"), picture)
    return folder / "set"


def test_the_time_that_the_model_saves_is_estimated_and_called_an_estimate(
    maa: Maa, maa_json: MaaJson, data: Path
) -> None:
    found = maa_json("simulate", "objects", "--data", data, "--target-iou", "0.9")
    assert found["n"] == 2
    assert found["target_iou"] == 0.9
    low, high = found["ratio_interval"]
    assert 0 < low <= found["ratio"] <= high
    assert found["seconds"]["drag"] == 2.0
    assert found["vertices_by_hand_median"]["fewest"] == 4
    text = maa("simulate", "objects", "--data", data, "--limit", "1").stdout
    assert "estimate" in text
    for target in ("0.85", "0.9", "0.95"):
        assert target in text


def test_mistakes_are_explained(maa_json: MaaJson, data: Path, folder: Path) -> None:
    assert "no data set" in maa_json("simulate", "objects", "--data", folder / "none")["error"]
    assert "between 0 and 1" in maa_json("simulate", "objects", "--data", data, "--target-iou", "90")["error"]
    assert maa_json("simulate", "objects", "--data", data, "--model", "none")["error"]
