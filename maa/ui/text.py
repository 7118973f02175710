"""Text written by people, shown as text.

Streamlit reads labels, messages, captions and tooltips as Markdown with extensions. Elements that never do
(`st.text`, the options of a selectbox, cells of a dataframe) take such text as it is; everywhere else it goes
through `plain`.
"""

from __future__ import annotations

import re
import unicodedata

_WORD_JOINER = "\u2060"  # zero width, no line break: invisible, yet it breaks a pattern apart
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# These are replaced in the finished text, where a backslash no longer protects: emoji and icon codes
# (:smile:), addresses that turn into links by themselves, and arrows and dashes ( -> , -- , >= ).
_REPLACED_LATER = re.compile(r"(?<=:)(?=\S)|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text with line breaks, tabs and other control characters turned into single spaces."""
    cleaned = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return re.sub(r" {2,}", " ", cleaned).strip()


def plain(text: object) -> str:
    """Markdown that shows `text` on one line as written: no markup, links, formulas, emoji or icons."""
    joined = _REPLACED_LATER.sub(_WORD_JOINER, one_line(str(text)))
    return _PUNCTUATION.sub(r"\\\1", joined)


def swatch(color: str) -> str:
    """Markdown for a dot of a colour, "#rrggbb"."""
    return f':color[●]{{foreground="{color}"}}' if re.fullmatch("#[0-9a-fA-F]{6}", color) else "●"
