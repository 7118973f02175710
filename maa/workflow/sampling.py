"""Chance that can be repeated: a draw is a hash of the project's salt and of what is drawn for."""

from __future__ import annotations

import hashlib

from maa.domain import Project


def draw(project: Project, what: str, *numbers: int) -> float:
    """A number in [0, 1), evenly spread over different `numbers`, always the same for the same ones.

    `what` keeps draws for different purposes apart. The salt is a setting of the project, so that nobody
    can reckon beforehand which of their images are looked at.
    """
    key = "/".join((project.settings.salt, what, *map(str, numbers)))
    digest = hashlib.blake2b(key.encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 256**7
