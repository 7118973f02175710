from __future__ import annotations

import threading
from pathlib import Path

import pytest

from maa.domain import MaaError
from maa.workflow import projects, workspace
from maa.workflow.workspace import Workspace


@pytest.fixture
def no_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that has not opened its workspace yet, with a data folder of its own."""
    monkeypatch.setattr(workspace, "_current", None)
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path / "data"))


def test_the_data_folder_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAA_DATA_DIR", str(tmp_path))
    assert workspace.data_dir() == tmp_path.resolve()
    for unset in ("", "  "):
        monkeypatch.setenv("MAA_DATA_DIR", unset)
        assert workspace.data_dir() == Path(workspace.__file__).resolve().parents[2] / "data"


def test_a_new_folder_is_made_ready(tmp_path: Path) -> None:
    ws = Workspace(tmp_path / "a" / "b")
    assert ws.images_dir.is_dir()
    assert projects.list_projects(ws) == []
    ws.close()


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MaaError, match="MAA_DATA_DIR"):
        Workspace(tmp_path / "file" / "data")


@pytest.mark.usefixtures("no_current")
def test_all_threads_of_a_process_share_one_workspace() -> None:
    seen: list[Workspace] = []
    threads = [threading.Thread(target=lambda: seen.append(workspace.current())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 10
    assert all(ws is seen[0] for ws in seen)
    seen[0].close()
