"""A model comes onto the data folder's shelf as a whole, wherever it was made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from maa.dextr.library import save_model
from maa.dextr.network import Network
from maa.domain import InvalidInput
from maa.workflow import library


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path))
    return tmp_path / "models"


@pytest.fixture
def elsewhere(shelf: Path) -> Iterator[Path]:
    """A folder on another disk."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        if Path(folder).stat().st_dev == shelf.parent.stat().st_dev:
            pytest.skip("there is only one disk here")
        yield Path(folder)


def test_a_model_made_on_another_disk_is_taken(shelf: Path, elsewhere: Path) -> None:
    made = save_model(elsewhere / "mine", Network().state_dict(), {"input_size": 64})
    taken = library.put_on_shelf(made.folder, "mine", "It")
    assert taken.folder == shelf / "mine"
    assert taken.sha256 == made.sha256
    assert not made.folder.exists()
    assert [folder.name for folder in shelf.iterdir()] == ["mine"]


def test_a_folder_in_the_way_is_said_and_left_alone(shelf: Path, tmp_path: Path) -> None:
    made = save_model(tmp_path / "made" / "mine", Network().state_dict(), {"input_size": 64})
    (shelf / "mine").mkdir(parents=True)
    (shelf / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(InvalidInput, match=r"has no card\.json\. Move it away first"):
        library.put_on_shelf(made.folder, "mine", "It")
    assert made.folder.exists()
    assert (shelf / "mine" / "notes.txt").read_text() == "keep"
    assert library.free_name("mine") == "mine-1"
