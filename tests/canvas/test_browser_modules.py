"""The workbench's browser modules have tests of their own, in their own language: node runs them here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "browser"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name)
def test_browser_module(path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        message = "node is missing; `make test` installs it"
        if os.environ.get("MAA_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    done = subprocess.run([node, "--test", str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_there_are_tests_of_browser_modules() -> None:
    assert list(FOLDER.glob("*.test.mjs"))
