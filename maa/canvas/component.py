"""streamlit-drawable-canvas, registered so that no click is lost on it.

Its styles are part of it. By its own registration the browser asks the server for them at every mount, and a
server that is busy with a run answers late; until then the canvas lies beneath its picture, and clicks on the
picture hit nothing.

It is taken down only when it has left the page. Where new data overtakes the last on its way to the canvas,
Streamlit calls the clean-up that belongs to the last, and the canvas would begin again, empty.
"""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st
import streamlit_drawable_canvas as drawable

st_canvas = drawable.st_canvas

_NAME = "streamlit-drawable-canvas.streamlit_drawable_canvas"
_BUILD = Path(drawable.__file__).parent / "frontend" / "build"

# The server may be anywhere under its host: beside the page's own script.
_SCRIPT = """
const own = document.querySelector('script[src*="/static/js/"]').src.split("/static/js/")[0];
const component = import(`${own}/_stcore/bidi-components/NAME/FILE`);
export default async function (now) {
  const takeDown = (await component).default(now);
  return () => { if (!now.parentElement.isConnected) takeDown(); };
}
"""


def _register() -> None:
    (script,) = _BUILD.glob("index-*.js")
    registry = logging.getLogger("streamlit.components.v2.component_registry")
    level = registry.level
    registry.setLevel(logging.ERROR)  # it warns of a second registration, which is what is meant here
    try:
        drawable.out = st.components.v2.component(
            _NAME,
            js=_SCRIPT.replace("NAME", _NAME).replace("FILE", script.name),
            css=(_BUILD / "index-style.css").read_text(encoding="utf-8") + "\n",  # with a line end: no path
            html='<div class="canvas-root"></div>',
            isolate_styles=True,
        )
    finally:
        registry.setLevel(level)


_register()
