"""Entry of `streamlit run app.py`: the pages, the HTTP routes beside them, and the gate in front of both.

The pages live in `pages/` beside this file, but the main script is `maa/ui/main.py`: a `pages/` folder
beside the *main script* would be served without its gate.
"""

import streamlit as st
from starlette.middleware import Middleware

from maa.api.gate import Gate
from maa.api.routes import lifespan, routes
from maa.ui.session import show_error

app = st.App(
    "maa/ui/main.py",
    routes=routes(),
    middleware=[Middleware(Gate)],
    lifespan=lifespan,
    on_script_error=show_error,
)
