import numpy as np
import pytest

from maa.domain import InvalidInput
from tools.pack_sets import pack, unpack


@pytest.fixture
def data(tmp_path):
    content = np.random.default_rng(0).integers(0, 256, (6, 3000), dtype=np.uint8)
    for number, part in enumerate(content):
        for layer, suffix in (("images", "jpg"), ("masks", "png")):
            file = tmp_path / "data" / f"set{number % 2}" / layer / f"{number}.{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(part.tobytes())
    return tmp_path / "data"


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pieces_keep_to_their_size_and_give_the_sets_back(data, tmp_path):
    pieces = pack(data, tmp_path / "pieces", 8000)
    assert len(pieces) > 1
    assert all(piece.stat().st_size <= 8000 for piece in pieces)
    assert unpack(tmp_path / "pieces", tmp_path / "back") == len(pieces)
    assert files(tmp_path / "back") == files(data)


def test_a_file_that_fits_no_piece_is_refused(data, tmp_path):
    with pytest.raises(InvalidInput, match="larger than a piece"):
        pack(data, tmp_path / "pieces", 2000)
