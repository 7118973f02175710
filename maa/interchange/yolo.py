"""Ultralytics' YOLO segmentation: a text file an image, a line an object: its class, then x and y of its
polygon as shares of the image's width and height (https://docs.ultralytics.com/datasets/segment/).

A line holds one polygon. Parts and holes are joined to it by cuts of no width (`geometry.to_one_ring`). The
format has no place for doubt: pre-labels that nobody has decided about are lines like others.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from maa.domain import Image, InvalidInput
from maa.geometry import to_one_ring
from maa.interchange.file_names import below
from maa.interchange.snapshot import LabeledImage, Snapshot

_IMAGES, _LABELS = "/images/", "/labels/"
_ENDINGS = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: equal work gives equal bytes."""


def to_yolo(snapshot: Snapshot, is_held_back: Callable[[Image], bool]) -> bytes:
    """The snapshot as a zip: `data.yaml`, the lists `train.txt` and `val.txt`, and the labels.

    The pictures belong beside it, in `images/`, under their names in the project.

    Args:
        is_held_back: whether an image is there to measure on (`val.txt`), not to train on.

    Raises:
        InvalidInput: two images would have the same file of labels.
    """
    images = sorted(snapshot.images, key=lambda labeled: (labeled.image.file_name, labeled.image.id))
    train = [labeled.image for labeled in images if not is_held_back(labeled.image)]
    held_back = [labeled.image for labeled in images if is_held_back(labeled.image)]
    numbers = {label.id: number for number, label in enumerate(snapshot.classes)}
    names = enumerate(label.name for label in snapshot.classes)
    files = {
        # Without a `path` the lists are looked for beside this file, not where the program runs.
        # With too few images to divide, all are for both: an empty list is refused.
        "data.yaml": f"train: {'train.txt' if train else 'val.txt'}\n"
        f"val: {'val.txt' if held_back else 'train.txt'}\n"
        "names:\n"
        # A string of JSON is one of YAML, too, whatever the class is called.
        + "".join(f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in names),
        "train.txt": _listed(train),
        "val.txt": _listed(held_back),
    }
    named: dict[str, str] = {}
    for labeled in images:
        file = _label_file(labeled.image)
        if file in named:
            raise InvalidInput(
                f"{named[file]} and {labeled.image.file_name} would have the same labels, {file}: YOLO goes "
                "by an image's name, without its ending and below one folder. Export as COCO instead."
            )
        named[file] = labeled.image.file_name
        files[file] = "".join(_lines(labeled, numbers))
    return _zipped(files)


def _listed(images: Iterable[Image]) -> str:
    return "".join(f".{_IMAGES}{picture(image)}\n" for image in images)


def picture(image: Image) -> PurePosixPath:
    """Where an image's picture belongs in `images/`: pictures are known by their ending."""
    path = below(image.file_name)
    return path if path.suffix.lower() in _ENDINGS else path.with_name(f"{path.name}.png")


def _label_file(image: Image) -> str:
    """Where Ultralytics looks for an image's labels: the last folder `images` is `labels`."""
    path = _LABELS.join(f"{_IMAGES}{picture(image)}".rsplit(_IMAGES, 1))
    return f"{path.rpartition('.')[0]}.txt".removeprefix("/")


def _lines(labeled: LabeledImage, numbers: Mapping[int, int]) -> Iterator[str]:
    width, height = labeled.image.width, labeled.image.height
    for annotation in labeled.annotations:
        outline = annotation.revision.outline
        assert outline is not None, "a present annotation has an outline"
        points = (f"{x / width:.6f} {y / height:.6f}" for x, y in to_one_ring(outline))
        yield f"{numbers[annotation.revision.class_id]} {' '.join(points)}\n"


def _zipped(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode(), compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
