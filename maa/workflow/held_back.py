"""The share of a project's images that no training ever sees: what candidates are compared on.

A hash of what an image is decides, so that it stays the same for good, in any project and after any restore.
"""

from __future__ import annotations

import hashlib

from maa.domain import Image, SplitBy

SHARE = 0.2


def is_held_back(image: Image, by: SplitBy) -> bool:
    """Whether an image belongs to the held-back share.

    Args:
        by: IMAGE draws each image by itself; SEQUENCE keeps the frames of a sequence together, which look
            alike.
    """
    whole = by is SplitBy.SEQUENCE and image.sequence is not None
    unit = f"sequence/{image.sequence}" if whole else f"image/{image.pixel_hash}"
    digest = hashlib.sha256(f"held back/{unit}".encode()).digest()
    return int.from_bytes(digest[:7]) / 256**7 < SHARE
