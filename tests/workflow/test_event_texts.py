"""What an event says of itself."""

from datetime import UTC, datetime

import pytest

from maa.domain import Event, EventKind
from maa.workflow.event_texts import told

NAMES = {3: "Ana"}


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (
            "predicted",
            {"milliseconds": 21.4, "points": 4, "confidence": 0.931, "model": "duo@2828dbab8493"},
            "4 points, confidence 0.93, by duo",
        ),
        (
            "prelabel_decided",
            {"choice": "accepted", "model": None, "with_image": True},
            "accepted, with the image",
        ),
        ("prelabel_decided", {"choice": "deleted", "model": None, "confidence": None}, "deleted"),
        ("claimed", {"from": 3}, "from Ana"),
        ("claimed", {"from": 4}, "from somebody"),
        ("approved_unseen", {"author": 3}, "labeled by Ana"),
        ("reopened", {"before": "skipped"}, "was skipped"),
        ("skipped", {"reason": "too dark", "before": "leased"}, "too dark"),
        (
            "compared",
            {"run": 1, "disagreement": 0.126, "models": ["a@1", "b@2"]},
            "disagreement 0.13, a and b",
        ),
        ("restored", {"revision": 4, "of": 2}, "revision 2"),
        ("frames_looked_at", {"steps": 3, "plays": 1, "seconds": 12.4}, "3 steps, 1 play, 12 s"),
        ("saved", {"revision": 1}, ""),
        ("imported", {"file_name": "a.jpg"}, "file name a.jpg"),
    ],
)
def test_in_words(kind: EventKind, data: dict[str, object], text: str) -> None:
    event = Event(
        id=1,
        kind=kind,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        project_id=1,
        task_id=1,
        annotation_id=None,
        person_id=3,
        data=data,
    )
    assert told(event, NAMES) == text
