"""The default model against classical answers to the same four clicks, on the same objects, in one run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from shapely import MultiPolygon
from tqdm import tqdm

from maa.dextr.architectures import ORIGINAL
from maa.dextr.outline import outline_of
from maa.dextr.predictor import Predictor
from maa.domain import InvalidInput, Prompt
from maa.geometry import boundary_f, count_vertices, mask_iou, rasterize
from maa.learning.clicks import extreme_points
from maa.learning.datasets import IGNORE, ObjectRef, read_image, read_mask
from maa.learning.measure import boundary_prompt
from maa.learning.simulate import SimulateConfig, chosen_objects, report, simulate_object, warm_up
from maa.learning.simulate_assisted import MAX_CLICKS, Answers
from tests.e2e import references
from tools.baselines import BASELINES

ORIGINAL_ROUNDS = 3
ORIGINAL_SIZE = 512


@dataclass(frozen=True)
class Shown:
    """An object with the default model's answer, for the pictures."""

    ref: ObjectRef
    prompt: Prompt
    outline: MultiPolygon
    iou: float


@dataclass
class _Tally:
    cases: list
    ious: list[float]
    boundary: list[float]
    vertices: list[int]
    milliseconds: list[float]
    shown: list[Shown]


def compare(config: SimulateConfig) -> tuple[dict, list[Shown]]:
    """Accuracy of the first answer's polygon, latency, vertices and simulated time of every method.

    Returns: figures, ready for JSON; the default model's answers.
    """
    refs = chosen_objects(config)
    model = Predictor(cache_size=MAX_CLICKS + 1)
    methods: list[tuple[str, Answers, int]] = [(model.model_id, model, MAX_CLICKS)]
    methods += [(kind.model_id, kind(), kind.most_clicks) for kind in BASELINES]
    found: dict = {"model": model.model_id, "objects": len(refs), "methods": {}}
    shown: list[Shown] = []
    for name, answers, most_clicks in methods:
        own = SimulateConfig(
            config.data,
            config.targets,
            config.jitter,
            config.min_area,
            config.limit,
            config.seed,
            most_clicks,
        )
        tally = _Tally([], [], [], [], [], [])
        for number, ref in tqdm(refs, desc=name, unit="object"):
            _measure(answers, number, ref, own, tally)
        shown = shown or tally.shown
        found["methods"][name] = _figures(tally) | {"simulated": _simulated(own, name, tally)}
    found["original"] = original_latency(refs[0][1])
    return found, shown


def _measure(answers: Answers, number: int, ref: ObjectRef, config: SimulateConfig, tally: _Tally) -> None:
    ids = read_mask(ref.mask)
    truth, ignore = ids == ref.id, ids == IGNORE
    # The very clicks of the simulation: the same seed, drawn first.
    clicks = extreme_points(truth, np.random.default_rng((config.seed, number)), config.jitter)
    prompt, image = boundary_prompt(clicks), read_image(ref.image)
    if not tally.cases:
        warm_up(answers, image, truth)
    try:
        began = time.perf_counter()
        outline = outline_of(answers.predict(image, prompt, image_key=f"first {number}"))
        tally.milliseconds.append(1000 * (time.perf_counter() - began))
    except InvalidInput:
        outline = MultiPolygon()
    mask = rasterize(outline, truth.shape)
    tally.ious.append(mask_iou(mask, truth, ignore))
    tally.boundary.append(boundary_f(mask, truth, ignore=ignore))
    tally.vertices.append(count_vertices(outline))
    tally.shown.append(Shown(ref, prompt, outline, tally.ious[-1]))
    tally.cases.append(simulate_object(answers, number, ref, config))


def _figures(tally: _Tally) -> dict[str, float]:
    ious = np.array(tally.ious)
    return {
        "iou_mean": round(float(ious.mean()), 4),
        "iou_median": round(float(np.median(ious)), 4),
        "iou_over_085": round(float((ious >= 0.85).mean()), 4),
        "boundary_f": round(float(np.mean(tally.boundary)), 4),
        "vertices_median": float(np.median(tally.vertices)),
        "ms_p50": round(float(np.percentile(tally.milliseconds, 50)), 1),
        "ms_p95": round(float(np.percentile(tally.milliseconds, 95)), 1),
    }


def _simulated(config: SimulateConfig, name: str, tally: _Tally) -> dict:
    kept = ("ratio", "ratio_interval", "ratio_drawn_density", "ratio_drawn_density_interval", "fallbacks",
            "ratio_of_perfect_answers")  # fmt: skip
    targets = report(config, name, tally.cases)["targets"]
    assert isinstance(targets, dict)
    return {target: {key: figures[key] for key in kept} for target, figures in targets.items()}


def original_latency(ref: ObjectRef) -> dict[str, float]:
    """DEXTR as published, ResNet-101 at 512 x 512: from the prompt to probabilities in image pixels.

    Its weights do not matter for the time and are random here, so nothing is traced.
    """
    truth = read_mask(ref.mask) == ref.id
    prompt = boundary_prompt(extreme_points(truth, np.random.default_rng(0)))
    image = read_image(ref.image)
    network = ORIGINAL.network().eval()
    taken = []
    for _ in range(1 + ORIGINAL_ROUNDS):
        began = time.perf_counter()
        inputs, crop = ORIGINAL.ask(image, prompt, ORIGINAL_SIZE, None)
        with torch.inference_mode():
            logits, _quality = network(inputs)
            ORIGINAL.answer(torch.sigmoid(logits[0, 0]).numpy(), crop)
        taken.append(1000 * (time.perf_counter() - began))
    return {"ms_p50": round(float(np.median(taken[1:])), 0), "n": ORIGINAL_ROUNDS}


def demo_set(folder: Path) -> Path:
    """The photos that scikit-image ships with the outlines drawn by hand on them, as a data set."""
    for layer in ("images", "masks"):
        (folder / layer).mkdir(parents=True)
    for name in references.names():
        image = read_image(references.photo(name))
        _write(folder / "images" / f"{name}.png", image[..., ::-1])
        drawn = rasterize(references.outline(name), image.shape[:2])
        _write(folder / "masks" / f"{name}.png", drawn.astype(np.uint8))
    return folder


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    if not cv2.imwrite(str(path), picture):
        raise OSError(f"{path} cannot be written.")
