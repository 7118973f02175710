"""Text from people comes out of Streamlit's Markdown as it went in."""

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from maa.domain.wording import count
from maa.ui.tables import csv_bytes
from maa.ui.text import one_line, plain, swatch

NASTY = [
    "<script>alert(1)</script>",
    "**x** _y_ ~~z~~ `code`",
    "[a](javascript:alert(1))",
    "![i](http://example.com/x.png)",
    "a $x^2$ and $$y$$",
    ":smile: :material/home: :red[hot] :streamlit:",
    "http://example.com www.example.com a@example.com",
    "# heading",
    "1. first",
    "- item",
    "> quote",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "&lt;b&gt; &amp; \\* \\",
    "日本語 🙂 naïve",
]


@pytest.mark.parametrize("text", NASTY)
def test_markdown_shows_the_text_itself(text: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).renderInline(plain(text))
    shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert shown.replace("\u2060", "") == text
    assert not [tag for tag in ("<script", "<strong", "<em", "<a ", "<img", "<code", "<s>") if tag in html]


@pytest.mark.parametrize(
    "text", [":smile:", ":material/home:", "http://a.example", "www.a.example", "a@b.example"]
)
def test_what_streamlit_replaces_after_parsing_is_broken_apart_invisibly(text: str) -> None:
    unescaped = plain(text).replace("\\", "")
    assert unescaped != text
    assert unescaped.replace("\u2060", "") == text


def test_line_breaks_and_control_characters_become_spaces() -> None:
    assert one_line(" a\r\nb\tc\x00d\u2028e ") == "a b c d e"


def test_swatches_take_colours_only() -> None:
    assert swatch("#12ab9F") == ':color[●]{foreground="#12ab9F"}'
    assert swatch('red"} <b>') == "●"


def test_counts_read_as_english() -> None:
    assert [count(n, "image") for n in (0, 1, 1204)] == ["0 images", "1 image", "1,204 images"]


def test_csv_cells_are_not_formulas_and_numbers_stay_numbers() -> None:
    frame = pd.DataFrame({"name": ["=1+1", "@x", 'Zoé, "y"', None], "n": [-1, 2, 3, 4]})
    lines = csv_bytes(frame).decode("utf-8-sig").splitlines()
    assert lines == ["name,n", "'=1+1,-1", "'@x,2", '"Zoé, ""y""",3', ",4"]
