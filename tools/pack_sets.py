"""Training data as archives of a limited size, for a machine that takes no larger files at once; and back.

.venv/bin/python -m tools.pack_sets pack DATA FOLDER [--mib 50]     # FOLDER/piece-00.zip, piece-01.zip, ...
.venv/bin/python -m tools.pack_sets unpack FOLDER DATA              # whatever pieces are there
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

from maa.domain import InvalidInput
from maa.learning.datasets import set_folders

MIB = 2**20
OVERHEAD = 512
"""Bytes that an archive needs for a file beside its content, at most (names are short here)."""


def pack(data: Path, to: Path, limit: int) -> list[Path]:
    """Write the sets' files into archives of at most `limit` bytes; each can be unpacked without the others.

    Raises:
        InvalidInput: one file alone is larger than that.
        NotFound: there is no data.
    """
    to.mkdir(parents=True, exist_ok=True)
    pieces: list[Path] = []
    room = 0
    archive: zipfile.ZipFile | None = None
    for folder in set_folders(data):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            size = file.stat().st_size + OVERHEAD
            if size > limit:
                raise InvalidInput(f"{file} alone is larger than a piece may be. Give larger pieces.")
            if archive is None or size > room:
                if archive is not None:
                    archive.close()
                pieces.append(to / f"piece-{len(pieces):02}.zip")
                # Photos and masks are compressed already.
                archive, room = zipfile.ZipFile(pieces[-1], "w", zipfile.ZIP_STORED), limit
            archive.write(file, Path(folder.name) / file.relative_to(folder))
            room -= size
    if archive is not None:
        archive.close()
    return pieces


def unpack(pieces: Path, data: Path) -> int:
    """Unpack all pieces of a folder; returns how many there were."""
    found = sorted(pieces.glob("piece-*.zip"))
    for piece in found:
        with zipfile.ZipFile(piece) as archive:
            archive.extractall(data)
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("action", choices=("pack", "unpack"))
    parser.add_argument("source", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--mib", type=int, default=50, help="the most MiB a piece may have")
    given = parser.parse_args()
    if given.action == "pack":
        for piece in pack(given.source, given.to, given.mib * MIB):
            print(piece, f"{piece.stat().st_size / MIB:.1f} MiB")
    else:
        print(unpack(given.source, given.to), "pieces unpacked")


if __name__ == "__main__":
    main()
