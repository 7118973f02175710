"""The interval that decides whether a candidate is better."""

from __future__ import annotations

import numpy as np
import pytest

from maa.learning import versus


@pytest.mark.parametrize("images", [4, 8, 20])
def test_few_images_seldom_show_a_difference_that_is_not_there(images: int) -> None:
    rng = np.random.default_rng(images)
    runs = 200
    found = 0
    for _ in range(runs):
        gains = rng.normal(0, 0.05, (images, 3))
        _, low, _ = versus.interval(gains.sum(axis=1).tolist(), [3] * images)
        found += low > 0
    assert found / runs <= 0.06, "2.5 % are to be expected; percentiles alone have 11 % at four images"
