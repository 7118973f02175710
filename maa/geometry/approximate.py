"""Cutting a closed line into the fewest pieces that a straight edge each can follow.

Imai and Iri, "Polygonal approximations of a curve: formulations and algorithms", 1988: the fewest edges are
the shortest way through the graph of admissible chords. On a closed line it matters where one starts; as
Horng and Li propose ("An automatic and efficient dynamic programming algorithm for polygonal approximation of
digital curves", 2002), a second way starts at a vertex from the middle of the first.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from maa.geometry.shapes import Points

Indices = NDArray[np.intp]

THINNING = 0.1
"""Share of the distance spent on choosing which traced points may become a break at all."""

MAX_SKIPPED = 64
"""Candidates that an edge may skip at most: bounds the time; a straight line has few of them anyway."""

HALF_WIDTH = 1.0 - THINNING
"""Half the width that a piece may have, in distances: fitting moves the edge into its middle."""

ONE_SIDE = 1.1
"""How far, in distances, a piece may stray from its chord to one side.

More than 1, since the edge will move; not much more, since it can only move as far as its neighbours'
vertices allow, and a choice that cannot be fitted costs a further attempt.
"""

HOPELESS = 2.0
"""A piece of this half-width, in distances, is not followed further: it only becomes wider."""


def candidates(ring: Points, distance: float) -> Indices:
    """Indices of the ring's points that may become breaks: at least three, few where the ring is straight.

    The ring through them alone stays within `THINNING` * `distance` of the ring (Douglas and Peucker).
    """
    thinned = shapely.simplify(shapely.linearrings(ring), THINNING * distance, preserve_topology=False)
    kept = np.isin(_as_complex(ring), _as_complex(shapely.get_coordinates(thinned)))
    found = np.flatnonzero(kept)
    return found if len(found) >= 3 else np.arange(len(ring))


def _as_complex(points: Points) -> NDArray[np.complex128]:
    return np.ascontiguousarray(points).view(np.complex128).ravel()


class Chords:
    """The admissible chords of a closed line of candidates, and the shortest way around through them."""

    def __init__(self, points: Points, distance: float) -> None:
        """`points`: float64 (N, 2), open ring, N >= 3."""
        self.count = len(points)
        self.longest = min(MAX_SKIPPED, self.count - 1)
        self._costs = _chord_costs(points, distance, self.longest)
        """float64 (longest, N): [-k, j] is the cost of the edge from candidate j - k to candidate j."""

        self._start = 0

    def forbid(self, starts: Indices, ends: Indices) -> None:
        """Takes chords out of the graph, except those between neighbours, without which there is no way."""
        for start, end in zip(starts, ends, strict=True):
            skipped = int(end - start) % self.count
            # Neither can an edge that follows this piece and more.
            for more in range(self.longest - max(skipped, 2) + 1):
                self._costs[: self.longest + 1 - max(skipped, 2) - more, (end + more) % self.count] = np.inf

    def fewest(self) -> Indices:
        """Sorted indices of the breaks of the shortest way around, at least two."""
        breaks = self._around(self._start)
        if self._start == 0:
            self._start = int(breaks[len(breaks) // 2])
            again = self._around(self._start)
            breaks = again if len(again) <= len(breaks) else breaks
        return breaks

    def _around(self, start: int) -> Indices:
        """The shortest way from a candidate once around the line back to it."""
        count, longest = self.count, self.longest
        # One row for each end on the way, from the first after the start to the start itself.
        costs = np.ascontiguousarray(np.roll(self._costs, -start - 1, axis=1).T)
        # Places before the start cost infinitely much: no way goes through them.
        cheapest = np.full(longest + count + 1, np.inf)
        cheapest[longest] = 0.0
        came_from = np.empty(count + 1, dtype=np.intp)
        for end, row in enumerate(costs, start=1):
            row += cheapest[end : end + longest]
            best = row.argmin()
            cheapest[end + longest] = row[best]
            came_from[end] = end - longest + best
        breaks = []
        place = int(came_from[count])
        while place > 0:
            breaks.append(place)
            place = int(came_from[place])
        return np.sort((np.array([*breaks, 0]) + start) % count)


def _chord_costs(points: Points, distance: float, longest: int) -> NDArray[np.float64]:
    """The costs of `Chords`: 1 for an edge, and for how badly all of them fit less than for one edge more."""
    count = len(points)
    around = np.concatenate([points, points[:longest]])
    x, y = np.ascontiguousarray(around[:, 0]), np.ascontiguousarray(around[:, 1])
    step = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    perimeter = step.sum()
    costs = np.full((longest, count), np.inf)
    costs[-1] = 1.0
    starts = np.arange(count)
    # [i, s]: the point i + 1 after start s; those between the ends of a shorter chord stand first.
    after_x, after_y = (sliding_window_view(line[1:], count) for line in (x, y))
    for skipped in range(2, longest + 1):
        x0, y0 = x[starts], y[starts]
        run_x, run_y = x[starts + skipped] - x0, y[starts + skipped] - y0
        length = np.maximum(np.hypot(run_x, run_y), 1e-9)
        run_x, run_y = run_x / length, run_y / length
        # (skipped - 1, starts): how far each of the points between is to one side.
        every = slice(None) if len(starts) == count else starts
        aside = after_x[: skipped - 1, every] * run_y
        aside -= after_y[: skipped - 1, every] * run_x
        origin = x0 * run_y - y0 * run_x
        left = np.maximum(aside.max(axis=0) - origin, 0) / distance
        right = np.maximum(origin - aside.min(axis=0), 0) / distance
        width = (left + right) / 2
        admissible = (width <= HALF_WIDTH) & (np.maximum(left, right) <= ONE_SIDE)
        ends = (starts + skipped) % count
        costs[-skipped, ends[admissible]] = (1 + 0.5 * width**2 * length / perimeter)[admissible]
        starts = starts[width <= HOPELESS]
        if starts.size == 0:
            break
    return costs
