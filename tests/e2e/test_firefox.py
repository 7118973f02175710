"""Firefox: the same work as in Chromium, driven by tests/e2e/firefox/annotate.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from shapely import LineString

from maa.api import cookie
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.signing_in import token

FOLDER = Path(__file__).parent / "firefox"


@pytest.fixture(scope="module")
def firefox() -> str:
    """The browser's path, once it and what drives it are there."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    driver = FOLDER / "node_modules" / "puppeteer-core"
    if found is None or shutil.which("node") is None or not driver.is_dir():
        message = "Firefox, node or puppeteer-core is missing; `make test` installs them"
        if os.environ.get("MAA_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def test_an_object_is_drawn_repaired_and_kept(
    firefox: str, app: RunningApp, project: str, tmp_path: Path
) -> None:
    clicks = references.extreme_clicks("cat", inset=3)
    # Somewhere on the border that is not near the clicks.
    border = LineString(references.outline("cat").exterior.coords)
    places = [border.interpolate(share, normalized=True) for share in np.linspace(0, 1, 50)]
    away = [min(np.hypot(place.x - x, place.y - y) for x, y in clicks) for place in places]
    far = places[int(np.argmax(away))]
    told = {
        "firefox": firefox,
        "profile": str(tmp_path / "profile"),
        "address": f"{app.url}/annotate?{urlencode({'project': project})}",
        "cookie": {"name": cookie.NAME, "value": token(app.url, "Ana"), "domain": "127.0.0.1"},
        "clicks": clicks,
        "repair": [far.x, far.y],
    }
    done = subprocess.run(
        ["node", "annotate.js", json.dumps(told)], cwd=FOLDER, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["objects"] == 1

    out = tmp_path / "out.json"
    app.call("export", project=project, format="coco", out=str(out), status="all")
    (annotation,) = json.loads(out.read_text())["annotations"]
    (ring, *_), *_ = annotation["maa_rings"]
    assert np.min(np.hypot(*(np.array(ring) - seen["moved"]).T)) < 0.01
