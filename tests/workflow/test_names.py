"""Names of people, projects and classes: none looks like another and is not it."""

from __future__ import annotations

import pytest

from maa.domain import InvalidInput, Role
from maa.workflow import people
from maa.workflow.names import clean_name

from .office import Office


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  An\u200ba \u00ad", "Ana"),
        ("Ana\u200e", "Ana"),
        ("A\u200dna\u200c", "Ana"),
        ("\ufeffAna\u3164", "Ana"),
        ("A\u2060na  B", "Ana B"),
        ("\u05d0\u05e0\u05d4 (QA)\u200f", "\u05d0\u05e0\u05d4 (QA)\u200f"),  # Hebrew: the mark is needed
        (
            "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f",
            "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f",
        ),  # Persian
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),  # one emoji out of two
    ],
)
def test_what_cannot_be_seen_is_left_out_of_names(written: str, kept: str) -> None:
    assert clean_name(written, "name") == kept
    assert clean_name(kept, "name") == kept


@pytest.mark.parametrize("nothing", ["\u3164", "\u200b\u200b", "\u200d", " \u00ad "])
def test_a_name_has_something_to_see(nothing: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        clean_name(nothing, "name")


def test_nobody_takes_a_name_that_looks_like_another(office: Office) -> None:
    with pytest.raises(InvalidInput, match="somebody called 'Ana'"):
        people.add_person(office.ws, "An\u200ba", {office.project.id: Role.ANNOTATOR})
