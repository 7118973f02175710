"""DEXTR as published, written down a second time and as plainly as can be: what the tests compare with.

After the paper (Maninis et al., CVPR 2018) and its authors' demo; loops where they are clear.
"""

import cv2
import numpy as np
import torch
from torch.nn import functional

from maa.dextr.architectures import ORIGINAL
from maa.dextr.library import shapes


def random_state(seed=0):
    """Weights with which each layer matters and the answer lies on both sides of the threshold."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in shapes(ORIGINAL.name).items():
        if name.endswith("num_batches_tracked"):
            continue  # the published files have none
        if name.endswith("running_var"):
            state[name] = torch.rand(shape, generator=random) + 0.5
        elif len(shape) == 4:
            state[name] = torch.randn(shape, generator=random) * (2 / np.prod(shape[1:])) ** 0.5
        elif name.endswith("bn3.weight"):
            state[name] = torch.rand(shape, generator=random) * 0.3 + 0.1
        elif name.endswith("weight"):
            state[name] = torch.rand(shape, generator=random) * 0.5 + 0.75
        else:
            state[name] = torch.randn(shape, generator=random) * 0.1
    state["conv1.weight"] /= 100
    blotches = torch.rand((1, 4, 10, 10), generator=random) * 255
    sample = logits(state, functional.interpolate(blotches, size=(128, 128), mode="bicubic"))
    state["layer5.final.weight"] *= 3 / sample.std()
    state["layer5.final.bias"] = (state["layer5.final.bias"] - sample.mean()) * 3 / sample.std() + 2
    return state


def constant_state(logit):
    """Weights whose answer is `logit` everywhere. Each array is one number spread out: a small file."""
    state = {}
    for name, shape in shapes(ORIGINAL.name).items():
        number = {"layer5.final.bias": logit}.get(name, 1.0 if name.endswith("running_var") else 0.0)
        state[name] = torch.full((1,), number).expand(shape) if shape else torch.tensor(0)
    return state


def logits(state, inputs):
    """The network from its arrays by name: (N, 4, S, S) -> (N, 1, S, S)."""

    def norm(name, x):
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return functional.batch_norm(x, mean, variance, state[f"{name}.weight"], state[f"{name}.bias"])

    def bottleneck(name, x, stride, dilation):
        y = functional.conv2d(x, state[f"{name}.conv1.weight"], stride=stride)
        y = norm(f"{name}.bn1", y).relu()
        y = functional.conv2d(y, state[f"{name}.conv2.weight"], padding=dilation, dilation=dilation)
        y = norm(f"{name}.bn2", y).relu()
        y = functional.conv2d(y, state[f"{name}.conv3.weight"])
        y = norm(f"{name}.bn3", y)
        if f"{name}.downsample.0.weight" in state:
            x = functional.conv2d(x, state[f"{name}.downsample.0.weight"], stride=stride)
            x = norm(f"{name}.downsample.1", x)
        return (x + y).relu()

    x = functional.conv2d(inputs, state["conv1.weight"], stride=2, padding=3)
    x = functional.max_pool2d(norm("bn1", x).relu(), kernel_size=3, stride=2, padding=1)
    for layer, blocks, first_stride, dilation in ((1, 3, 1, 1), (2, 4, 2, 1), (3, 23, 1, 2), (4, 3, 1, 4)):
        for block in range(blocks):
            x = bottleneck(f"layer{layer}.{block}", x, first_stride if block == 0 else 1, dilation)
    views = []
    for stage, bins in enumerate((1, 2, 3, 6)):
        view = functional.adaptive_avg_pool2d(x, bins)
        view = functional.conv2d(view, state[f"layer5.stages.{stage}.1.weight"])
        view = norm(f"layer5.stages.{stage}.2", view).relu()
        views.append(functional.interpolate(view, size=x.shape[2:], mode="bilinear", align_corners=True))
    x = functional.conv2d(torch.cat([*views, x], dim=1), state["layer5.bottleneck.0.weight"])
    x = norm("layer5.bottleneck.1", x).relu()
    x = functional.conv2d(x, state["layer5.final.weight"], state["layer5.final.bias"])
    return functional.interpolate(x, size=inputs.shape[2:], mode="bilinear", align_corners=True)


def network_input(image, points, size):
    """Integer points [(x, y), ...] -> float32 (4, size, size)."""
    left, top, right, bottom = grown_box(points)
    width, height = right - left + 1, bottom - top + 1
    crop = np.zeros((height, width, 3), np.uint8)
    for row in range(height):
        for column in range(width):
            if 0 <= top + row < image.shape[0] and 0 <= left + column < image.shape[1]:
                crop[row, column] = image[top + row, left + column]
    colors = cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    heat = np.zeros((size, size))
    rows, columns = np.indices((size, size))
    for x, y in points:
        # Multiplied by the reciprocal, as published: pixel 49 of 196 is in cell 127 of 512, not 128.
        centre_x = int(size * (x - left) * (1 / width))
        centre_y = int(size * (y - top) * (1 / height))
        distance = (columns - centre_x) ** 2 + (rows - centre_y) ** 2
        heat = np.maximum(heat, np.exp(-4 * np.log(2) * distance / 10**2))
    heat = heat.astype(np.float32)
    heat = 255 * (heat - heat.min()) / (heat.max() - heat.min())
    return np.concatenate([colors.transpose(2, 0, 1), heat[None]])


def in_image(probabilities, points, image_size):
    """Probabilities (S, S) over the crop -> (height, width), zero outside the points' own box."""
    left, top, right, bottom = grown_box(points)
    spread = cv2.resize(probabilities, (right - left + 1, bottom - top + 1), interpolation=cv2.INTER_CUBIC)
    result = np.zeros((image_size[1], image_size[0]), np.float32)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    for y in range(min(ys), max(ys) + 1):
        for x in range(min(xs), max(xs) + 1):
            result[y, x] = spread[y - top, x - left]
    return result


def grown_box(points):
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - 50, min(ys) - 50, max(xs) + 50, max(ys) + 50
