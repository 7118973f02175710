"""All photos and masks of a run in a device's memory, read through affine maps: (N, 2, 3) from a grid's
continuous coordinates to a photo's, as in `maa.dextr.crop`. Tensors only.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .datasets import IGNORE, ObjectRef, read_image, read_mask

LEVELS = 3
"""Photos are kept at whole, half and quarter size: reading every third pixel of one would alias."""


class Arena:
    """What a run's objects lie in.

    Objects are named by their place in `refs` throughout: int64 (N,).
    """

    def __init__(self, refs: Sequence[ObjectRef], device: torch.device) -> None:
        self.device = device
        photos = {path: number for number, path in enumerate(dict.fromkeys(ref.image for ref in refs))}
        masks = {path: number for number, path in enumerate(dict.fromkeys(ref.mask for ref in refs))}
        self._photos, self._masks = _Flat(device), _Flat(device)
        with ThreadPoolExecutor() as readers:
            for pyramid in readers.map(_pyramid, photos):
                for picture in pyramid:
                    self._photos.add(picture)
            for mask in readers.map(read_mask, masks):
                self._masks.add(mask)
        self._photos.close()
        self._masks.close()
        self.photo = torch.tensor([photos[ref.image] for ref in refs], device=device)
        self._mask = torch.tensor([masks[ref.mask] for ref in refs], device=device)
        self._id = torch.tensor([ref.id for ref in refs], device=device)
        bounds = [[ref.columns[0], ref.rows[0], ref.columns[1], ref.rows[1]] for ref in refs]
        self.bounds = torch.tensor(bounds, device=device, dtype=torch.float32)
        """(left, top, right, bottom) of each object in its photo."""

    def sizes(self, objects: Tensor) -> Tensor:
        """(width, height) of the objects' photos, float32 (N, 2)."""
        return self._photos.sizes[LEVELS * self.photo[objects]].to(torch.float32)

    def photos(self, objects: Tensor, to_photo: Tensor, side: int) -> Tensor:
        """The objects' photos seen through the maps: float32 (N, 3, side, side), RGB 0..255, black past an
        edge."""
        step = to_photo[:, :, :2].norm(dim=1).amax(1)
        level = torch.log2(step.clamp(min=1e-6) / 1.4).ceil().clamp(0, LEVELS - 1).to(torch.int64)
        whole = LEVELS * self.photo[objects]
        scale = self._photos.sizes[whole + level] / self._photos.sizes[whole]
        return self._photos.read(whole + level, to_photo * scale[:, :, None], side).permute(0, 3, 1, 2)

    def masks(self, objects: Tensor, to_photo: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """(coverage by the object, coverage by what is to be ignored), float32 (N, side, side) in 0..1."""
        number = self._id[objects][:, None, None]

        def told_apart(ids: Tensor) -> Tensor:
            return torch.stack([ids[..., 0] == number, ids[..., 0] == IGNORE], -1).to(torch.float32)

        found = self._masks.read(self._mask[objects], to_photo, side, told_apart)
        return found[..., 0], found[..., 1]


def _pyramid(path: Path) -> list[NDArray[np.uint8]]:
    """A photo at whole, half, quarter ... size."""
    photos = [read_image(path)]
    for _ in range(LEVELS - 1):
        height, width = photos[-1].shape[:2]
        half = (max(1, width // 2), max(1, height // 2))
        smaller = cv2.resize(photos[-1], half, interpolation=cv2.INTER_AREA)
        photos.append(np.asarray(smaller, dtype=np.uint8))
    return photos


class _Flat:
    """Pictures of any size one after the other in one tensor."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._parts: list[np.ndarray] = []
        self._shapes: list[tuple[int, int]] = []

    def add(self, picture: np.ndarray) -> None:
        self._parts.append(picture.reshape(picture.shape[0] * picture.shape[1], -1))
        self._shapes.append((picture.shape[1], picture.shape[0]))

    def close(self) -> None:
        """After the last picture."""
        self.sizes = torch.tensor(self._shapes, device=self._device)
        """(width, height) of each, int64 (P, 2)."""
        areas = self.sizes.prod(1)
        self._starts = areas.cumsum(0) - areas
        self._pixels = torch.from_numpy(np.concatenate(self._parts)).to(self._device)
        self._parts = []

    def read(
        self, pictures: Tensor, maps: Tensor, side: int, told_apart=lambda values: values.float()
    ) -> Tensor:
        """Bilinear, float32 (N, side, side, C); 0 past an edge.

        Args:
            told_apart: what is done to the pixels (N, side, side, C) before they are mixed.
        """
        centres = torch.arange(side, device=self._device, dtype=torch.float32) + 0.5
        x = maps[:, 0, 0, None, None] * centres + maps[:, 0, 1, None, None] * centres[:, None]
        y = maps[:, 1, 0, None, None] * centres + maps[:, 1, 1, None, None] * centres[:, None]
        x = x + maps[:, 0, 2, None, None] - 0.5
        y = y + maps[:, 1, 2, None, None] - 0.5
        left, top = x.floor(), y.floor()
        width, height = (self.sizes[pictures, axis][:, None, None] for axis in (0, 1))
        start = self._starts[pictures][:, None, None]
        total: Tensor | float = 0.0
        for down in (0, 1):
            for right in (0, 1):
                column, row = left.to(torch.int64) + right, top.to(torch.int64) + down
                weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
                inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
                place = torch.where(inside, start + row * width + column, start)
                total = total + told_apart(self._pixels[place]) * (weight * inside)[..., None]
        assert isinstance(total, Tensor)
        return total
