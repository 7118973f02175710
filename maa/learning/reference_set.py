"""Photos that are on every machine MAA runs on, with outlines drawn by hand, as a set (see `datasets`).

`reference_outlines.json`: name -> the photo's file name in scikit-image and one closed outline in image
pixels (x, y). They were drawn over a 20 px grid *before* any model was run on them: the cup with its handle
and without the spoon, the person without the helmet she holds, the whole motorcycle with its wheels filled,
the cat up to the picture's edge. They hold models to account; do not adjust them to an answer, and train on
none.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cv2
from shapely import Polygon

from maa.domain import NotFound
from maa.geometry import rasterize

from .datasets import read_image

OUTLINES = Path(__file__).with_name("reference_outlines.json")


def outlines() -> dict[str, tuple[Path, Polygon]]:
    """By name: the photo's file and the outline.

    Raises:
        NotFound: scikit-image's photos are not installed.
    """
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        raise NotFound("The photos of scikit-image are not there. Install scikit-image 0.26.")
    photos = Path(package.origin).parent / "data"
    drawn = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return {name: (photos / entry["photo"], Polygon(entry["outline"])) for name, entry in drawn.items()}


def write_reference_set(folder: Path) -> None:
    """Write the photos and their masks as a set."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for name, (photo, outline) in outlines().items():
        image = read_image(photo)
        mask = rasterize(outline, image.shape[:2])
        cv2.imwrite(str(folder / "images" / f"{name}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask.astype("uint8"))
