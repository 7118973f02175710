"""Requests that make no sense, as only a broken or hostile browser sends: refused whole, with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from maa.api import messages
from maa.workflow import history
from tests.api.bench import CAT, SQUARE, Bench

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"tab=1&take=true",
    "cut short": b'{"tab": "t", "rev": 1',
    "a list": b'["tab"]',
    "a text": b'"tab"',
    "NaN": b'{"tab": "t", "rev": NaN}',
    "Infinity": b'{"tab": "t", "rev": -Infinity}',
    "beyond all measure": b'{"tab": "t", "rev": 1e999}',
    "many digits": b'{"tab": "t", "rev": ' + b"9" * 4000 + b"}",
    "very many digits": b'{"tab": "t", "rev": ' + b"9" * 100_000 + b"}",
    "not UTF-8": b'{"tab": "\xff\xfe\xfd"}',
    "half a character": b'{"tab": "\\ud800"}',
    "deep": b'{"tab": ' + b"[" * 200_000,
    "deep and closed": b'{"tab": "t", "draft": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    "NUL": b'{"tab": "a\\u0000b"}',
    "no tab": b'{"rev": 1}',
    "an empty tab": b'{"tab": ""}',
    "a long tab": b'{"tab": "' + b"t" * 101 + b'"}',
    "a tab that is a number": b'{"tab": 5}',
}


@pytest.mark.parametrize("call", ["open", "draft"])
def test_broken_requests_are_refused(bench: Bench, call: str) -> None:
    _, tab = bench.claimed()
    before = bench.written()
    for body in BROKEN.values():
        bench.assert_refused(tab.send(call, body), 422, "invalid", by=bench.office.ana)
    assert bench.written() == before


def test_bodies_beyond_all_size_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    body = b'{"tab": "t", "draft": {"a": "' + b"x" * messages.MAX_BYTES + b'"}}'
    sentence = bench.assert_refused(tab.send("draft", body), 413, "invalid", by=bench.office.ana)
    assert "8 MB" in sentence
    sentence = bench.assert_refused(
        tab.post("draft", draft={"a": "x" * 1_000_001}), 422, "invalid", by=bench.office.ana
    )
    assert "too large" in sentence
    bench.assert_refused(tab.post("draft", draft=[1]), 422, "invalid", by=bench.office.ana)


TOO_MANY = [[[[float(n), float(n % 7)] for n in range(messages.MAX_VERTICES + 1)]]]
BAD_OUTLINES: dict[str, Any] = {
    "null": None,
    "empty": [],
    "a text": "M0 0",
    "flat": [[1, 2], [3, 4], [5, 6]],
    "two points": [[[[1, 2], [3, 4]]]],
    "three numbers": [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]],
    "words": [[[["a", "b"], ["c", "d"], ["e", "f"]]]],
    "true": [[[[True, False], [True, True], [False, True]]]],
    "null coordinates": [[[[None, 1], [2, 3], [4, 5]]]],
    "huge": [[[[1e300, 0], [0, 1e300], [1, 1]]]],
    "outside": [[[[-50, -50], [-10, -50], [-10, -10]]]],
    "leaving": [[[[10, 10], [5000, 10], [10, 50]]]],
    "crossing": [[[[10, 10], [60, 60], [60, 10], [10, 60]]]],
    "a line": [[[[10, 10], [20, 20], [30, 30]]]],
    "too many points": TOO_MANY,
}


def test_outlines_that_are_none_are_not_saved(bench: Bench) -> None:
    _, tab = bench.claimed()
    before = bench.written()
    for outline in BAD_OUTLINES.values():
        bench.assert_refused(tab.save(outline), 422, "invalid", by=bench.office.ana)
    assert bench.written() == before


BAD_VALUES: list[tuple[str, Any]] = [
    *(("class", value) for value in (None, "1", -1, 0, 1.5, True, 2**31, 2**63, [1], "1; DROP TABLE")),
    *(("key", value) for value in (None, "", 5, "k" * 101, "a\0b")),
    *(("origin", value) for value in (None, "prelabel", "imported", "magic", 5)),
    *(("annotation", value) for value in ("1", -1, 2**31, 1.0, True)),
    *(("base_revision", value) for value in ("1", -1, 2**31)),
    *(("effort", value) for value in (5, [], {"clicks": -1}, {"active_seconds": -1}, {"clicks": 1.5})),
    ("effort", {"active_seconds": 1e300}),
    ("effort", {"vertices_moved": 2**40}),
    ("prompt", []),
    ("prompt", {"points": [[1, 2, "middle"]]}),
    ("answer", "yes"),
]


def test_values_that_make_no_sense_are_not_saved(bench: Bench) -> None:
    _, tab = bench.claimed()
    before = bench.written()
    for key, value in BAD_VALUES:
        bench.assert_refused(tab.save(**{key: value}), 422, "invalid", by=bench.office.ana)
    assert bench.written() == before


BAD_QUESTIONS: list[dict[str, Any]] = [
    {"points": None},
    {"points": CAT[:3]},
    {"points": [[1, 2]] * 4},
    {"points": [[1, 2, "boundary"]] * 4},
    {"points": [["1", "2", "boundary"]] * 4},
    {"points": [[1e7, 2, "boundary"], *CAT]},
    {"points": [[1, 2, ["boundary"]], *CAT]},
    {"points": [[4000, 2, "boundary"], *CAT]},
    {"points": CAT * 200},
    {"rev": -1},
    {"rev": "1"},
    {"crop": [0, 0, 100]},
    {"crop": [0, 0, 1e9, 1e9]},
    {"crop": [100, 100, 0, 0]},
    {"crop": "all"},
    {"prior": [[[[1, 1], [2, 2]]]]},
    {"prior": [[[[-9, -9], [-9, -8], [-8, -8]]]]},
    {"threshold": 2},
    {"threshold": -0.1},
    {"threshold": "0.5"},
    {"detail": 1.01},
    {"detail": None},
]


def test_questions_that_make_no_sense_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    for change in BAD_QUESTIONS:
        answer = tab.post("predict", **{"rev": 1, "points": CAT, **change})
        bench.assert_refused(answer, 422, "invalid", by=bench.office.ana)
    assert history.events(bench.ws, kinds=["predicted"]) == []


RING = [[1.0, 1.0], [20.0, 1.0], [20.0, 20.0]]


BAD_SHAPES: list[dict[str, Any]] = [
    {"op": "melt"},
    {"op": None},
    {"op": ["add"]},
    {"op": "add", "outline": SQUARE},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, 2]]},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, 2], [3, 3]]},
    {"op": "add", "outline": None, "ring": [[-9, -9], [-5, -9], [-5, -5]]},
    {"op": "add", "outline": SQUARE, "ring": [[1, 1], [2, "2"], [3, 1]]},
    {"op": "cut", "outline": SQUARE, "ring": [[0, 0], [100, 0], [100, 100], [0, 100]]},
    {"op": "cut", "outline": None, "ring": RING},
    {"op": "split", "outline": SQUARE, "line": [[30, 30]]},
    {"op": "split", "outline": SQUARE, "line": [[30, 30], [31, 31]]},
    {"op": "split", "outline": SQUARE, "line": [[30, 30], [30, 30]]},
    {"op": "split", "outline": SQUARE, "line": [[200, 0], [200, 100]]},
    {"op": "merge", "outlines": []},
    {"op": "merge", "outlines": SQUARE},
    {"op": "merge"},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": 3},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": -1},
    {"op": "share", "outline": SQUARE, "neighbours": [SQUARE], "tolerance": 1000},
    {"op": "share", "outline": SQUARE, "neighbours": None, "tolerance": 1},
    {"op": "repair", "outline": TOO_MANY},
    {"op": "repair", "outline": [[[[1, 1], [2, 2], [3, 3]]]]},
]


def test_shapes_that_cannot_be_made_are_refused(bench: Bench) -> None:
    _, tab = bench.claimed()
    for body in BAD_SHAPES:
        bench.assert_refused(tab.post("shape", **body), 422, "invalid", by=bench.office.ana)
