"""The dashboard on paper: what only works on screen is left out, and nothing is cut."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stButton"],
  [data-testid="stDownloadButton"], [data-testid="stElementToolbar"], [data-testid="stButtonGroup"],
  [data-testid="stExpander"], [data-testid="stCheckbox"],
  .st-key-dashboard_filters { display: none !important; }
  [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"], .stMain {
    position: static !important; overflow: visible !important; height: auto !important;
    display: block !important;
  }
  /* tables and charts keep the width that they have on screen: smaller, two of them fit side by side */
  [data-testid="stMainBlockContainer"] { padding: 0 !important; max-width: none !important; zoom: 0.7; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {
    display: flex !important; flex-wrap: nowrap !important; break-inside: avoid;
  }
  [data-testid="stColumn"] { min-width: 0 !important; flex: 1 1 0 !important; }
  [data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg {
    max-width: 100% !important; height: auto !important;
  }
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
