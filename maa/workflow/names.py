"""Text from people, made fit to keep: names, longer texts, colours."""

from __future__ import annotations

import re
import unicodedata

from maa.domain import InvalidInput
from maa.domain.naming import seen

NAME_LENGTH = 100
TEXT_LENGTH = 20_000

PALETTE: tuple[str, ...] = (
    "#e6194b",
    "#3cb44b",
    "#4363d8",
    "#f58231",
    "#911eb4",
    "#42d4f4",
    "#f032e6",
    "#bfef45",
    "#fabed4",
    "#469990",
    "#9a6324",
    "#ffe119",
    "#800000",
    "#aaffc3",
    "#808000",
    "#000075",
)
"""Class colours that are told apart on a photo, in the order they are given out."""

DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what follows: a name with one can make the text beside it lie. (U+200E and
U+200F only say how their own place reads, and belong to names in Hebrew or Arabic.)"""


def clean_name(text: str, what: str) -> str:
    """`tidy_name`, of which something can be seen.

    Characters that show nothing stay, for many scripts need some of them; names that differ in those alone
    have one `name_key`.
    """
    name = tidy_name(text, what)
    if all(unicodedata.category(character)[0] in "MZC" for character in seen(name)):
        raise InvalidInput(f"The {what} is empty. Give it at least one letter.")
    return name


def tidy_name(text: str, what: str) -> str:
    """A one-line name: composed (NFC), trimmed, runs of spaces made one.

    Raises `InvalidInput`, naming `what`, when it is empty, longer than `NAME_LENGTH`, or has line breaks or
    other characters that cannot be seen.
    """
    name = unicodedata.normalize("NFC", text).strip(" ")
    if any(_is_unprintable(character) for character in name):
        raise InvalidInput(f"The {what} has line breaks or characters that cannot be shown. Leave them out.")
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(f"The {what} is empty. Give it at least one letter.")
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"The {what} has {len(name)} characters; at most {NAME_LENGTH} are allowed.")
    return name


def name_key(name: str) -> str:
    """What two names share when they count as the same: letter case and what shows nothing do not matter."""
    return unicodedata.normalize("NFC", seen(unicodedata.normalize("NFC", name).casefold()))


def clean_text(text: str, what: str) -> str:
    """A text of several lines, composed and trimmed; `InvalidInput` when too long or unprintable."""
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(_is_unprintable(character) for character in cleaned if character not in "\n\t"):
        raise InvalidInput(f"The {what} has characters that cannot be shown. Leave them out.")
    if len(cleaned) > TEXT_LENGTH:
        raise InvalidInput(f"The {what} has {len(cleaned)} characters; at most {TEXT_LENGTH} are allowed.")
    return cleaned


def clean_color(color: str) -> str:
    """ "#rrggbb" in small letters; `InvalidInput` for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise InvalidInput(f"{color[:20]!r} is not a colour. Write it like #3cb44b.")
    return color.lower()


def _is_unprintable(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or character in DIRECTION_MARKS
