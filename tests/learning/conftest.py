import json

import cv2
import numpy as np
import pytest
import torch

from maa.dextr.library import save_model
from maa.dextr.network import Network


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def draw_set(folder, photos=3, seed=0):
    """A set of photos with two bright ellipses each (ids 1 and 2) and an ignored corner."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for number in range(photos):
        image = rng.integers(0, 60, (90, 120, 3), dtype=np.uint8)
        mask = np.zeros((90, 120), dtype=np.uint8)
        for index, x in enumerate((32, 88), start=1):
            centre = (x, int(rng.integers(35, 55)))
            axes = (int(rng.integers(15, 24)), int(rng.integers(12, 30)))
            cv2.ellipse(mask, centre, axes, 0, 0, 360, index, -1)
        image[mask > 0] += np.uint8(150)
        mask[:6, :6] = 255
        cv2.imwrite(str(folder / "images" / f"{number:06d}.png"), image)
        cv2.imwrite(str(folder / "masks" / f"{number:06d}.png"), mask)
    (folder / "meta.json").write_text(json.dumps({"licence": "CC0", "note": "drawn"}))
    return folder


@pytest.fixture
def tiny_set(tmp_path):
    return draw_set(tmp_path / "sets" / "ellipses")


@pytest.fixture
def untrained(tmp_path, monkeypatch):
    """A library with one untrained model; its name."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    torch.manual_seed(0)
    state = Network().state_dict()
    state["mask.bias"] += 0.2  # some of the crop, not nothing
    save_model(tmp_path / "models" / "tiny", state, {"input_size": 64, "default": True})
    return "tiny"
