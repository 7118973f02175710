"""An import whose process is killed at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from maa.workflow import arrivals, images, projects, queue
from maa.workflow.decoding import decode
from maa.workflow.image_files import ImageFiles
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo, write

COUNT = 40
SCRIPT = """
import sys
from pathlib import Path
from maa.workflow import images
from maa.workflow.workspace import Workspace
ws = Workspace(Path(sys.argv[1]))
images.import_paths(ws, 1, [Path(sys.argv[2])], on_progress=lambda done, *_: print(done, flush=True))
"""


def test_each_image_is_in_wholly_or_not_at_all_and_the_next_import_brings_the_rest(tmp_path: Path) -> None:
    for number in range(COUNT):
        write(tmp_path / "photos" / f"{number:03}.png", encoded(photo(seed=number)))
    ws = Workspace(tmp_path / "data")
    assert projects.create_project(ws, "P", ["x"]).id == 1
    ws.close()
    for stop_at in (3, 11):
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(tmp_path / "photos")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while int(process.stdout.readline()) < stop_at:
                pass
            time.sleep(0.004)
            os.kill(process.pid, signal.SIGKILL)
        check_whole(tmp_path / "data", at_least=stop_at)
    # A picture that arrived without its row, as between the two steps of one image.
    write(tmp_path / "data" / "images" / "00" / ("00" * 32), encoded(photo(seed=999)))
    arrivals._tidied.clear()  # as in a new process
    ws = Workspace(tmp_path / "data")
    report = images.import_paths(ws, 1, [tmp_path / "photos"])
    assert len(report.imported) + len(report.skipped) == COUNT
    ws.close()
    check_whole(tmp_path / "data", at_least=COUNT)
    assert sum(path.is_file() for path in (tmp_path / "data" / "images").rglob("*")) == COUNT


def check_whole(folder: Path, *, at_least: int) -> None:
    ws = Workspace(folder)
    try:
        found = images.list_images(ws, 1)
        assert len(found) >= at_least
        assert len({image.file_name for image in found}) == len(found)
        assert sorted(task.image_id for task in queue.list_tasks(ws, 1)) == [image.id for image in found]
        for image in found:
            content = ImageFiles(ws.images_dir).path(image.pixel_hash).read_bytes()
            assert decode(content).pixel_hash == image.pixel_hash
    finally:
        ws.close()
