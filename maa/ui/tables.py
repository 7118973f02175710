"""Tables that people see and take away as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

_WHOLE = 40  # rows up to which a table is as high as it is long, which paper needs
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def labelled(frame: pd.DataFrame, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns' settings with words as headings where they have none: `median_iou` is "median IoU"."""
    found = {}
    for column in frame.columns:
        settings = columns.get(column)
        words = str(column).replace("_", " ").replace("iou", "IoU").replace("boundary f", "boundary F")
        if settings is None:
            found[column] = st.column_config.Column(words)
        elif isinstance(settings, dict) and settings.get("label") is None:
            found[column] = {**settings, "label": words}
        else:
            found[column] = settings
    return found


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV that a spreadsheet opens as text.

    Cells of text that a spreadsheet would run as a formula get an apostrophe in front.
    """
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(_harmless)
    return safe.to_csv(index=False).encode("utf-8-sig")


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    file_name: str,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """A read-only table with a button that downloads it as CSV; the button's key is `KEY_csv`."""
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        placeholder="–",
        column_config=labelled(frame, columns or {}),
        height="content" if len(frame) <= _WHOLE else "auto",
    )
    download_csv(frame, key=f"{key}_csv", file_name=file_name)


def download_csv(frame: pd.DataFrame, *, key: str, file_name: str, label: str = "CSV") -> None:
    st.download_button(
        label,
        csv_bytes(frame),
        file_name=file_name,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return "'" + cell
    return cell
