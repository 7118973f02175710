"""Names of people, projects and classes: none looks like another and is not it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maa.domain import InvalidInput, Role
from maa.store import people as person_rows
from maa.workflow import people, projects
from maa.workflow.names import NAME_LENGTH, clean_name, name_key

from .office import Office

TAGGED = "Ana" + "".join(chr(0xE0000 + ord(letter)) for letter in "admin")


@pytest.mark.parametrize(
    "alike",
    [
        "An\u200ba",
        "Ana\u200e",
        "A\u200dna",
        "\ufeffANA",
        "Ana\u3164",
        "Ana\ufe0f",
        "Ana\U000e0100",
        TAGGED,
        "Ana \u2060",
    ],
)
def test_nobody_takes_a_name_that_looks_like_another(office: Office, alike: str) -> None:
    with pytest.raises(InvalidInput, match="somebody called 'Ana'"):
        people.add_person(office.ws, alike, {office.project.id: Role.ANNOTATOR})
    with pytest.raises(InvalidInput, match="already"):
        projects.add_class(office.ws, office.project.id, "ca\u200bt")


@pytest.mark.parametrize(
    "nothing", ["\u3164", "\u200b\u200b", "\u200d", " \u00ad ", "\u0301", "\ufe0f", "\xa0\u200c\xa0"]
)
def test_a_name_has_something_to_see(nothing: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        clean_name(nothing, "name")


@pytest.mark.parametrize(
    "needed",
    [
        "\u05d0\u05e0\u05d4 (QA)\u200f",  # Hebrew, with a direction mark
        "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f",  # Persian, with a joiner that keeps letters apart
        "\u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d",  # Malayalam, which may end with a joiner
        "\U0001f469\u200d\U0001f52c",  # one emoji out of two
        "\u2764\ufe0f",
    ],
)
def test_what_a_script_needs_stays_in_names(needed: str) -> None:
    assert clean_name(needed, "name") == needed


@given(st.text(max_size=NAME_LENGTH))
def test_a_clean_name_is_clean_and_has_its_own_key(text: str) -> None:
    try:
        name = clean_name(text, "name")
    except InvalidInput:
        return
    assert clean_name(name, "name") == name
    assert name_key(name) == name_key(unicodedata.normalize("NFD", text))
    assert name_key(name)


def test_who_was_named_by_an_earlier_version_is_found(office: Office) -> None:
    with office.ws.store.write() as tx:
        old = person_rows.add(tx, "Jo\u200bsé", "jo\u200bsé")
        assert person_rows.by_key(tx, name_key("José")) == old
        assert person_rows.by_key(tx, name_key("Jo\u200bsé")) == old
        new = person_rows.add(tx, "José", "josé")
        assert person_rows.by_key(tx, name_key("José")) == new
