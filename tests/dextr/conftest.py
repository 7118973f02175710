import pytest
import torch

from maa.dextr.library import save_model
from maa.dextr.network import Network


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def random_state():
    """Weights of an untrained network: fit for everything but good answers."""
    torch.manual_seed(0)
    return Network().state_dict()


@pytest.fixture
def library(tmp_path, monkeypatch, random_state):
    """A data folder whose library holds one untrained model named `tiny`; returns the folder of models."""
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MAA_MODEL", raising=False)
    save_model(tmp_path / "models" / "tiny", random_state, {"input_size": 64, "default": True})
    return tmp_path / "models"
