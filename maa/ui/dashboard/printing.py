"""The dashboard on paper: what only works on screen is left out, and nothing is cut."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stButton"],
  [data-testid="stDownloadButton"], [data-testid="stElementToolbar"], [data-testid="stButtonGroup"],
  [data-testid="stExpander"], .st-key-dashboard_filters { display: none !important; }
  [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"], .stMain {
    position: static !important; overflow: visible !important; height: auto !important;
    display: block !important;
  }
  [data-testid="stMainBlockContainer"] { padding: 0 !important; max-width: none !important; }
  [data-testid="stVerticalBlock"] > div, [data-testid="stMetric"] { break-inside: avoid; }
  .st-key-print_heading { display: block !important; }
  @page { size: A4 landscape; margin: 12mm; }
}
@media screen { .st-key-print_heading { display: none; } }
</style>
"""


def styles(heading: str) -> None:
    """What paper needs; `heading`: plain text that only paper shows, since the filters stay on screen."""
    st.html(_STYLE)
    with st.container(key="print_heading"):
        st.text(heading)
