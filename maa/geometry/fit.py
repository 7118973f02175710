"""Moving the vertices of a polygon so that its edges fit the line it approximates, and how well they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maa.geometry.approximate import Indices
from maa.geometry.shapes import Points

STIFFNESS = 0.01
"""How much a vertex is held to its place, relative to how much the points along its edges pull at it.

Only matters where two edges are nearly in line, so that moving the vertex along them changes next to nothing.
"""


STEPS = 20
"""Steps of the solver at most; it usually needs about ten."""


def fitted(ring: Points, breaks: Indices, most: float) -> Points:
    """Vertices, one for each break, whose edges have the least squared distance from the ring.

    Least squares over all points of the ring, weighted by the length of line that each stands for, so that no
    edge keeps to one side of its piece: that is what keeps the area free of bias.

    Args:
        ring: float64 (N, 2), open.
        breaks: int (M,), sorted indices of the ring's points where the edges meet, M >= 3.
        most: how far a vertex may move from its break, in the ring's unit.

    Returns:
        float64 (M, 2).
    """
    count = len(breaks)
    vertices = ring[breaks]
    piece = piece_of(len(ring), breaks)
    run = np.roll(vertices, -1, axis=0) - vertices
    length = np.maximum(np.hypot(*run.T), 1e-9)
    run = run / length[:, None]
    normal = np.column_stack([-run[:, 1], run[:, 0]])
    offset = ring - vertices[piece]
    along = np.clip((offset * run[piece]).sum(axis=1) / length[piece], 0, 1)
    aside = (offset * normal[piece]).sum(axis=1)
    step = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    weight = (step + np.roll(step, 1)) / 2

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(piece, weight * values, minlength=count).astype(np.float64)

    outer = normal[:, :, None] * normal[:, None, :]
    before = np.roll(np.arange(count), 1)
    own = total((1 - along) ** 2)[:, None, None] * outer
    own += (total(along**2)[:, None, None] * outer)[before]
    shared = total(along * (1 - along))[:, None, None] * outer
    pull = total((1 - along) * aside)[:, None] * normal
    pull += (total(along * aside)[:, None] * normal)[before]
    stiffness = STIFFNESS * np.trace(own, axis1=1, axis2=2) + 1e-9
    own += stiffness[:, None, None] * np.eye(2)
    move = _solve(own, shared, pull)
    reach = np.hypot(*move.T)
    return vertices + move * np.minimum(1, most / np.maximum(reach, 1e-12))[:, None]


def _solve(own: Points, shared: Points, pull: Points) -> Points:
    """The moves (M, 2) at which all pulls (M, 2) balance, by conjugate gradients.

    own: (M, 2, 2), what each vertex feels of its own move; shared: (M, 2, 2), of the next vertex's move. A
    dense solver takes most of the time of a whole simplification; a few steps are exact enough to draw by.
    """
    # Each vertex' force from the moves of the one before it, its own and the one after, as one product.
    numbers = np.arange(len(own))
    felt = np.stack([numbers - 1, numbers, (numbers + 1) % len(own)], axis=1)
    blocks = np.concatenate([shared[felt[:, 0]], own, shared], axis=2)
    easing = np.linalg.inv(own)
    move = np.zeros_like(pull)
    rest = pull
    eased = (easing @ rest[:, :, None])[:, :, 0]
    direction = eased
    slope = float(np.vdot(rest, eased))
    enough = 1e-6 * slope
    for _ in range(STEPS):
        if slope <= enough:
            break
        force = (blocks @ direction[felt].reshape(-1, 6, 1))[:, :, 0]
        step = slope / float(np.vdot(direction, force))
        move = move + step * direction
        rest = rest - step * force
        eased = (easing @ rest[:, :, None])[:, :, 0]
        slope, previous = float(np.vdot(rest, eased)), slope
        direction = eased + (slope / previous) * direction
    return move


def deviations(ring: Points, breaks: Indices, vertices: Points) -> Points:
    """float64 (N,): how far each point of the ring is from the edge that stands for its piece."""
    piece = piece_of(len(ring), breaks)
    run = np.roll(vertices, -1, axis=0) - vertices
    squared = np.maximum((run * run).sum(axis=1), 1e-18)
    offset = ring - vertices[piece]
    along = np.clip((offset * run[piece]).sum(axis=1) / squared[piece], 0, 1)
    return np.hypot(*(offset - along[:, None] * run[piece]).T)


def piece_of(count: int, breaks: Indices) -> Indices:
    """For each of the ring's points the number of the edge (from break m to m + 1) that it belongs to."""
    return (np.searchsorted(breaks, np.arange(count), side="right") - 1) % len(breaks)
