"""MAA's own canvas: ES modules in `browser/`, mounted as a Streamlit component.

The browser owns what is being drawn and asks `maa.api.workbench`. This side says what to work on and hears
when the image is off the desk; in between nothing passes through Streamlit, so a click costs no rerun.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

BROWSER = Path(__file__).parent / "browser"
"""The modules and the style sheet, served by `maa.api.assets` under the name `version()`."""

ROUTES = "_maa"
"""First part of the path of every route of the workbench."""

_HTML = '<div class="workbench" data-name="workbench"><p class="loading">Loading…</p></div>'

# The server may be anywhere under its host: beside the page's own script. The page's scripts and styles are
# read once; the modules come from an address that names their content, so a browser may keep them.
_SCRIPT = """
const own = document.querySelector('script[src*="/static/js/"]').src.split("/static/js/")[0];
const base = `${own}/ROUTES`;
const entries = {};
export default function (now) {
  const entry = now.data.purpose === "review" ? "review" : "main";
  entries[entry] ??= import(`${base}/assets/VERSION/${entry}.js`);
  let over = false, takeDown = null;
  entries[entry].then(({ mount }) => {
    if (!over || now.parentElement.isConnected) takeDown = mount(now, base);
  }).catch((error) => {
    const waiting = now.parentElement.querySelector(".loading");
    if (waiting) waiting.textContent = "The page could not be loaded. Reload it to try again.";
    throw error;
  });
  return () => { over = true; takeDown?.(); };
}
"""


@cache
def version() -> str:
    """Names the content of the modules: another text, another address."""
    digest = hashlib.sha256()
    for path in sorted(BROWSER.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "maa_workbench",
        html=_HTML,
        css="\n".join(
            path.read_text(encoding="utf-8") for path in sorted(BROWSER.glob("*.css"), reverse=True)
        ),
        js=_SCRIPT.replace("ROUTES", ROUTES).replace("VERSION", version()),
    )


def workbench(key: str, data: Mapping[str, Any], on_done: Callable[[], None]) -> None:
    """Mount the workbench.

    Args:
        key: of the component; what it told is `st.session_state[key]["done"]` while `on_done` runs:
            {"task": id, "id": of the word, "how": "submitted" | "skipped" | "released" | "left" |
            "approved" | "sent_back" | "taken_back", "of": with "taken_back", the task that is wanted back}.
            It is said again until `data["heard"]` is its id.
        data: what to work on, see `maa.ui.workbench`.
        on_done: called when the task is off the desk.
    """
    _component()(key=key, data=dict(data), on_done_change=on_done, width="stretch", height="content")
