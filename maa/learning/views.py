"""`augment` for a whole batch at once, on a device that is quick at that: the same random views, compositions
and prompts, drawn by the same rules. Tensors only.

Two looks at each object: a coarse one tells where its extremes are in the turned photo, with what is pasted
before it; the second is what the network sees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from maa.dextr.crop import MINIMUM_ASPECT, MINIMUM_PADDING
from maa.dextr.network import INPUT_SCALE, MEAN_RGB
from maa.dextr.prompt_maps import POINT_WIDTH

from . import affine
from .arena import Arena
from .augment import AugmentConfig
from .components import NOWHERE, border, grown, random_place, shrunk, spread
from .compositing import MAX_VISIBLE, MIN_VISIBLE, PARTS, TRIES, can_be_pasted
from .datasets import ObjectRef
from .feeding import Batch, sampling_weights

COARSE = 160
"""Cells along each side of the first look."""
PLAIN = AugmentConfig(
    rotation=0, rotated=0, stretch=0, vertical_flip=0, click_jitter=2.0, extra_points=0, side_points=0,
    prior=0, without_points=0, occluded=0, neighbour=0, moved=0,
)  # fmt: skip
"""Four clicks on photos as they are, to measure with."""


@dataclass(frozen=True)
class _Pasted:
    """Another object over some rows of a batch."""

    rows: Tensor
    objects: Tensor
    from_view: Tensor
    """Maps from the turned photo's coordinates to the other object's photo."""


class Views:
    """Draws batches from an arena."""

    def __init__(
        self,
        arena: Arena,
        refs: Sequence[ObjectRef],
        config: AugmentConfig,
        shares: Mapping[str, float],
        seed: int,
    ) -> None:
        """
        Args:
            refs: the arena's.
            shares: how often each source is drawn.
        """
        self.arena, self.config = arena, config
        device = arena.device
        self._weights = torch.from_numpy(sampling_weights(refs, shares)).to(device)
        pasted = torch.zeros(len(refs), dtype=torch.bool, device=device)
        pasted[can_be_pasted(refs)] = True
        self._donors = self._weights * pasted
        self._whole = torch.tensor([ref.source not in PARTS for ref in refs], device=device)
        self.random = torch.Generator(device).manual_seed(seed)

    def batch(self, count: int, side: int) -> Batch:
        """Draw objects and a view of each."""
        objects = torch.multinomial(self._weights, count, replacement=True, generator=self.random)
        return self.of(objects, side)

    def of(self, objects: Tensor, side: int) -> Batch:
        """A view of each of these objects (N,)."""
        config, arena = self.config, self.arena
        to_photo, extent = self._turned(objects)
        look = self._around(objects, to_photo)
        seen = arena.masks(objects, affine.chain(to_photo, look), COARSE)[0] > 0.5
        behind = self._over_border(self._others(extent, config.neighbour), look, seen)
        front, seen = self._in_front(self._others(extent, config.occluded), look, seen)
        cell = look[:, 0, 0]
        extent = self._extent(seen, cell)
        jitter = self._uniform(len(objects)) * (1 + config.jitter_share * extent).clamp(
            max=config.click_jitter
        )
        clicks = self._extremes(seen) * cell[:, None, None] + look[:, None, :, 2]
        clicks = clicks + self._uniform(*clicks.shape, low=-1) * jitter[:, None, None]
        view = self._crop(clicks, side)
        image, truth, ignore = self._composed(objects, to_photo, view, front, behind, side)
        image = self._recoloured(image) if config.rotated else image
        step = view[:, [0, 1], [0, 1]]
        grid_clicks = (clicks - view[:, None, :, 2]) / step[:, None]
        maps = self._prompt(grid_clicks, truth, jitter / step[:, 0])
        mean = torch.tensor(MEAN_RGB, device=arena.device)[:, None, None]
        inputs = torch.cat([(image.round() - mean) / INPUT_SCALE, maps], 1)
        counted = 1 - (ignore & ~truth).float()
        return Batch(inputs, truth.float(), counted, torch.ones_like(counted))

    # ---- where things are

    def _turned(self, objects: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (N, 2, 3) from the turned photo to the photo, about the object's middle, which keeps its
        place; and the object's longer side."""
        config, count = self.config, len(objects)
        bounds = self.arena.bounds[objects]
        middle = (bounds[:, :2] + bounds[:, 2:]) / 2
        angle = self._uniform(count, low=-1) * math.radians(config.rotation)
        angle = angle * self._chance(count, config.rotated)
        mirrored = torch.where(self._chance(count, 0.5), -1.0, 1.0)
        upside = torch.where(self._chance(count, config.vertical_flip), -1.0, 1.0)
        stretch = torch.exp(self._uniform(count, low=-1) * config.stretch)
        linear = affine.linear(angle, mirrored / stretch, upside * stretch)
        return affine.about(linear, middle, middle), (bounds[:, 2:] - bounds[:, :2]).amax(1)

    def _around(self, objects: Tensor, to_photo: Tensor) -> Tensor:
        """Maps from the coarse grid to the turned photo: all of the object, and square cells."""
        left, top, right, bottom = self.arena.bounds[objects].unbind(1)
        corners = torch.stack([torch.stack([x, y], 1) for x in (left, right) for y in (top, bottom)], 1)
        inverse = torch.linalg.inv(to_photo[:, :, :2])
        corners = (corners - to_photo[:, None, :, 2]) @ inverse.transpose(1, 2)
        low, high = corners.amin(1), corners.amax(1)
        cell = ((high - low).amax(1) + 2) / COARSE
        return affine.scaled(cell[:, None].expand(-1, 2), (low + high) / 2, COARSE)

    def _others(self, extent: Tensor, share: float) -> _Pasted:
        """Other objects for a share of the rows, about as large as the targets, anywhere."""
        rows = torch.randperm(len(extent), generator=self.random, device=extent.device)
        rows = rows[: round(share * len(extent))]
        count = len(rows)
        if count == 0:
            return _Pasted(rows, rows, extent.new_zeros(0, 2, 3))
        donors = torch.multinomial(self._donors, count, replacement=True, generator=self.random)
        bounds = self.arena.bounds[donors]
        longer = extent[rows] * torch.exp(self._uniform(count, low=math.log(0.3), high=math.log(1.3)))
        scale = (longer / (bounds[:, 2:] - bounds[:, :2]).amax(1)).clamp(max=1.5)
        angle = self._uniform(count, low=-1) * math.radians(30) * self._chance(count, 0.5)
        mirrored = torch.where(self._chance(count, 0.5), -1.0, 1.0)
        linear = affine.linear(angle, mirrored / scale, 1 / scale)
        return _Pasted(rows, donors, affine.about(linear, bounds[:, :2], bounds[:, :2]))

    def _over_border(self, others: _Pasted, look: Tensor, seen: Tensor) -> _Pasted:
        """Moved to somewhere on their targets' borders, as `look` shows these."""
        rows, count = others.rows, len(others.rows)
        if count == 0:
            return others
        bounds = self.arena.bounds[others.objects]
        loose = self._uniform(count, 2, low=-0.35, high=0.35) * (bounds[:, 2:] - bounds[:, :2])
        at = random_place(border(seen[rows]), self.random) * look[rows, 0, 0, None] + look[rows][:, :, 2]
        linear = others.from_view[:, :, :2]
        return _Pasted(
            rows, others.objects, affine.about(linear, at, (bounds[:, :2] + bounds[:, 2:]) / 2 + loose)
        )

    def _in_front(self, others: _Pasted, look: Tensor, seen: Tensor) -> tuple[_Pasted, Tensor]:
        """Moved to where they hide some of the target but not most of it; rows without such a place lose
        theirs. And what is left in sight of all targets."""
        rows = others.rows
        if len(rows) == 0:
            return others, seen
        target = seen[rows]
        area = target.flatten(1).sum(1).clamp(min=1)
        placed = torch.zeros(len(rows), dtype=torch.bool, device=seen.device)
        maps, left = others.from_view, target
        for _ in range(TRIES):
            tried = self._over_border(others, look, seen).from_view
            hidden = self.arena.masks(others.objects, affine.chain(tried, look[rows]), COARSE)[0] > 0.5
            rest = target & ~hidden
            share = rest.flatten(1).sum(1) / area
            good = (~placed & (share >= MIN_VISIBLE) & (share <= MAX_VISIBLE))[:, None, None]
            maps, left = torch.where(good, tried, maps), torch.where(good, rest, left)
            placed |= good[:, 0, 0]
        seen = seen.clone()
        seen[rows] = left
        return _Pasted(rows[placed], others.objects[placed], maps[placed]), seen

    def _extent(self, seen: Tensor, cell: Tensor) -> Tensor:
        spans = [_span(seen.any(axis))[1] - _span(seen.any(axis))[0] + 1 for axis in (1, 2)]
        return torch.stack(spans, 1).amax(1) * cell

    def _extremes(self, seen: Tensor) -> Tensor:
        """Left, top, right and bottom clicks on the coarse grid (N, 4, 2), ties and what is nearly as far
        drawn at random."""
        size = seen.shape[-1]
        (left, right), (top, bottom) = _span(seen.any(1)), _span(seen.any(2))
        extent = torch.maximum(right - left, bottom - top) + 1
        choice = torch.randint(0, 3, (len(seen),), generator=self.random, device=seen.device)
        tolerance = (0.01 * choice * extent)[:, None, None]
        cells = torch.arange(size, device=seen.device)
        column, row = cells[None, None], cells[None, :, None]
        edge = border(seen)
        near = (
            column <= left[:, None, None] + tolerance, row <= top[:, None, None] + tolerance,
            column >= right[:, None, None] - tolerance, row >= bottom[:, None, None] - tolerance,
        )  # fmt: skip
        places = [random_place(edge & side, self.random) for side in near]
        # An object that nothing is left of at this size: its middle.
        places = [torch.where(place == NOWHERE, size / 2, place) for place in places]
        within = self._uniform(len(seen), 4, 2, low=-0.5, high=0.5)
        return torch.stack(places, 1) + within

    def _crop(self, clicks: Tensor, side: int) -> Tensor:
        """Maps from the network's grid to the turned photo, as `augment` draws its crops."""
        low, high = clicks.amin(1), clicks.amax(1)
        extent = high - low
        padding = self._uniform(len(clicks), low=0.11, high=0.21) if self.config.rotated else 0.15
        pad = (padding * extent.amax(1)).clamp(min=MINIMUM_PADDING)
        extent = extent + 2 * pad[:, None]
        extent = torch.maximum(extent, MINIMUM_ASPECT * extent.amax(1, keepdim=True))
        moved = self._uniform(len(clicks), 2, low=-0.03, high=0.03) * self._chance(len(clicks), 0.5)[:, None]
        if not self.config.rotated:
            moved = torch.zeros_like(moved)
        return affine.scaled(extent / side, (low + high) / 2 + moved * extent, side)

    # ---- what is seen

    def _composed(
        self, objects: Tensor, to_photo: Tensor, view: Tensor, front: _Pasted, behind: _Pasted, side: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """RGB 0..255 float32 (N, 3, S, S), truth and ignore bool (N, S, S)."""
        arena = self.arena
        maps = affine.chain(to_photo, view)
        image = arena.photos(objects, maps, side)
        cover, ignored = arena.masks(objects, maps, side)
        truth, ignore = cover > 0.5, ignored > 0.25
        moved = (self._chance(len(objects), self.config.moved) & self._whole[objects]).nonzero()[:, 0]
        if len(moved):
            background = torch.multinomial(self._donors, len(moved), replacement=True, generator=self.random)
            alpha = self._softened(cover[moved])
            image[moved] = _over(image[moved], self._backdrop(background, side), alpha)
            ignore[moved] = False
        for pasted, is_behind in ((behind, True), (front, False)):
            rows = pasted.rows
            if len(rows) == 0:
                continue
            from_grid = affine.chain(pasted.from_view, view[rows])
            alpha = self._softened(arena.masks(pasted.objects, from_grid, side)[0])
            if is_behind:
                alpha = alpha * (1 - torch.maximum(_blurred(truth[rows].float(), 0.8), truth[rows].float()))
            other = self._lit(arena.photos(pasted.objects, from_grid, side))
            image[rows] = _over(other, image[rows], alpha)
            hidden = alpha >= 0.5
            ignore[rows] &= ~hidden
            if not is_behind:
                truth[rows] &= ~hidden
        return image, truth, ignore

    def _backdrop(self, objects: Tensor, side: int) -> Tensor:
        """A part of each photo, over the whole grid."""
        size = self.arena.sizes(objects)
        share = self._uniform(len(objects), 1, low=0.5)
        part = size * share
        corner = (size - part) * self._uniform(len(objects), 2)
        return self.arena.photos(objects, affine.scaled(part / side, corner + part / 2, side), side)

    def _softened(self, alpha: Tensor) -> Tensor:
        return (1.25 * _blurred(alpha, 0.9) - 0.2).clamp(0, 1)

    def _lit(self, image: Tensor) -> Tensor:
        count = len(image)
        light = self._uniform(count, 1, low=0.7, high=1.3) * self._uniform(count, 3, low=0.9, high=1.1)
        light = torch.where(self._chance(count, 0.5)[:, None], light, 1.0)
        return (image * light[:, :, None, None]).clamp(0, 255)

    def _recoloured(self, image: Tensor) -> Tensor:
        """Light, contrast, colour cast; now and then grey, blurred, coarser or noisy."""
        count = len(image)

        def spread_over(*bounds: float, channels: int = 1) -> Tensor:
            return self._uniform(count, channels, low=bounds[0], high=bounds[1])[:, :, None, None]

        changed = 255 * (image / 255).clamp(0, 1) ** spread_over(0.75, 1.33)
        changed = (changed - 128) * spread_over(0.7, 1.3) + 128 + spread_over(-30, 30)
        changed = (changed * spread_over(0.9, 1.1, channels=3)).clamp(0, 255)
        image = torch.where(self._chance(count, 0.8)[:, None, None, None], changed, image)
        grey = (image * torch.tensor([0.299, 0.587, 0.114], device=image.device)[:, None, None]).sum(
            1, keepdim=True
        )
        mix = spread_over(0, 1) * self._chance(count, 0.3)[:, None, None, None]
        image = torch.lerp(image, grey.expand_as(image), mix)
        if len(rows := self._chance(count, 0.1).nonzero()[:, 0]):
            image[rows] = _blurred(image[rows], 1.0)
        if len(rows := self._chance(count, 0.1).nonzero()[:, 0]):
            small = functional.avg_pool2d(image[rows], 2)
            image[rows] = functional.interpolate(small, scale_factor=2, mode="bilinear")
        if len(rows := self._chance(count, 0.1).nonzero()[:, 0]):
            noise = torch.randn(image[rows].shape, generator=self.random, device=image.device)
            image[rows] = image[rows] + noise * self._uniform(len(rows), 1, 1, 1, low=2, high=10)
        return image.clamp(0, 255)

    # ---- what the annotator gives

    def _prompt(self, clicks: Tensor, truth: Tensor, jitter: Tensor) -> Tensor:
        """Prompt maps (N, 4, S, S)."""
        config, count, size = self.config, len(truth), truth.shape[-1]
        points = [clicks]
        several = self._chance(count, config.extra_points)
        edge = border(truth)
        for number in range(3 if config.extra_points else 0):
            shown = several & self._chance(count, (1.0, 2 / 3, 0.5)[number])
            place = random_place(edge, self.random)
            place = place + self._uniform(count, 2, low=-1) * jitter[:, None]
            points.append(torch.where(shown[:, None], place, NOWHERE)[:, None])
        hidden = self._chance(count, config.without_points)
        boundary = torch.where(hidden[:, None, None], NOWHERE, torch.cat(points, 1))
        sided = self._chance(count, config.side_points) | (hidden & self._chance(count, 0.3))
        maps = [spread(boundary, size, POINT_WIDTH)]
        for mask in (truth, ~truth):
            told = [sided & self._chance(count, share) for share in (2 / 3, 1 / 2)]
            places = [
                torch.where(is_told[:, None], random_place(mask, self.random), NOWHERE) for is_told in told
            ]
            maps.append(spread(torch.stack(places, 1), size, POINT_WIDTH))
        prior = torch.zeros_like(maps[0])
        outlined = self._chance(count, config.prior) | (hidden & self._chance(count, 0.5))
        boxed = hidden & ~outlined
        prior = torch.where(outlined[:, None, None], self._spoilt(truth), prior)
        prior = torch.where(boxed[:, None, None], self._boxes(clicks, size), prior)
        return torch.stack([*maps, prior], 1)

    def _boxes(self, clicks: Tensor, size: int) -> Tensor:
        loose = self._uniform(len(clicks), 4, low=-0.03, high=0.03) * size
        left, top, right, bottom = (torch.cat([clicks.amin(1), clicks.amax(1)], 1) + loose).round().unbind(1)
        cells = torch.arange(size, device=clicks.device) + 0.5
        across = (cells >= left[:, None]) & (cells <= right[:, None])
        down = (cells >= top[:, None]) & (cells <= bottom[:, None])
        return (down[:, :, None] & across[:, None]).float()

    def _spoilt(self, truth: Tensor) -> Tensor:
        """`augment.spoilt`: grown or shrunk, moved, coarsely drawn, a piece cut off or stuck on."""
        count, size = len(truth), truth.shape[-1]
        mask = truth
        for by in (size // 64, size // 32):
            for change in (grown, shrunk):
                mask = torch.where(self._chance(count, 0.2)[:, None, None], change(mask, max(1, by)), mask)
        shift = torch.eye(2, 3, device=mask.device).repeat(count, 1, 1)
        shift[:, :, 2] = self._uniform(count, 2, low=-1) / 12 * self._chance(count, 0.5)[:, None]
        field = functional.affine_grid(shift, [count, 1, size, size], align_corners=False)
        mask = functional.grid_sample(mask[:, None].float(), field, align_corners=False)[:, 0] > 0.5
        cells = int(torch.randint(8, 28, (1,), generator=self.random, device=mask.device))
        small = functional.interpolate(mask[:, None].float(), (cells, cells), mode="area")
        coarse = functional.interpolate(small, (size, size), mode="bilinear")[:, 0] > 0.5
        mask = torch.where(self._chance(count, 0.5)[:, None, None], coarse, mask)
        at = random_place(border(mask), self.random)
        radius = self._uniform(count, low=size / 16, high=size / 5)
        cells_x = torch.arange(size, device=mask.device) + 0.5
        distance = torch.hypot(cells_x - at[:, 0, None, None], cells_x[:, None] - at[:, 1, None, None])
        filled = self._chance(count, 0.5)[:, None, None]
        patched = (distance < radius[:, None, None]) & self._chance(count, 0.4)[:, None, None]
        return torch.where(patched, filled, mask).float()

    # ---- chance

    def _uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.random, device=self.arena.device)

    def _chance(self, count: int, share: float) -> Tensor:
        return self._uniform(count) < share


def _span(line: Tensor) -> tuple[Tensor, Tensor]:
    """First and last true place of each line (N, S); all of it for one without."""
    size = line.shape[1]
    first = line.to(torch.uint8).argmax(1)
    last = size - 1 - line.flip(1).to(torch.uint8).argmax(1)
    return first, last


def _over(above: Tensor, below: Tensor, alpha: Tensor) -> Tensor:
    return torch.lerp(below, above, alpha[:, None])


def _blurred(values: Tensor, sigma: float) -> Tensor:
    """Gaussian over five cells; values (N, S, S) or (N, C, S, S)."""
    across = torch.exp(-0.5 * (torch.arange(-2, 3, device=values.device) / sigma) ** 2)
    across = across / across.sum()
    planes = values.reshape(-1, 1, *values.shape[-2:])
    planes = functional.pad(planes, (2, 2, 2, 2), mode="replicate")
    planes = functional.conv2d(
        functional.conv2d(planes, across[None, None, None]), across[None, None, :, None]
    )
    return planes.reshape(values.shape)
