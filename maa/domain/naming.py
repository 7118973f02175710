"""Characters that show nothing: two names that differ in them alone look the same."""

from __future__ import annotations

import re

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), the marks of interlinear annotation, and
# the blank braille pattern.
_RANGES = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
UNSEEN = f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _RANGES)}]"
"""A regular expression for one of them, in the syntax of Python and of the database alike."""


def seen(text: str) -> str:
    """The text without them, and without the spaces that they held apart."""
    return " ".join(re.sub(UNSEEN, "", text).split())
