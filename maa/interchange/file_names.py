"""Names of images as paths below a folder."""

from __future__ import annotations

from pathlib import PurePosixPath


def below(name: str) -> PurePosixPath:
    """An image's name as a path that stays below any folder it is joined to."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "//", ".", "..")]
    return PurePosixPath(*parts) if parts else PurePosixPath("_")
