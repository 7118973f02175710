"""Image and prompt in, prediction out.

Knows nothing but arrays and plain values, so that it may be served from another process or machine.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from maa.domain import InvalidInput, Point, Prediction, Prompt

from .architectures import architecture_of, check_taken
from .crop import crop_box
from .engine import Forward, on_device
from .library import load_network
from .pixels import pixel_hash
from .repair import EXTREMES, settled, without_last_click
from .shelves import LibraryModel, find_model, read_model

CACHE_SIZE = 256
"""Predictions kept; one is a quarter of a megabyte at 256 x 256..."""
CACHE_BYTES = 256 * 2**20
"""...and of some models as large as the object in the photo, so their sum is limited as well."""


class Predictor:
    """A loaded model that answers prompts, from any thread.

    The same question (image, prompt, model) is computed once: results are kept, and threads that ask it at
    the same time wait for the first one's answer.
    """

    def __init__(self, model: str | Path | None = None, *, cache_size: int = CACHE_SIZE) -> None:
        """Load a model.

        Args:
            model: a name of the library, a model's folder, or None for the default (see `library`).
            cache_size: number of results kept; 0 turns the cache off.

        Raises:
            ModelError: there is no such model, or its files are damaged.
        """
        self.model: LibraryModel = read_model(model) if isinstance(model, Path) else find_model(model)
        self._architecture = architecture_of(self.model)
        network = load_network(self.model.folder)
        make = self._architecture.compiled
        self._network: Forward = network
        if torch.cuda.is_available():
            self._network = on_device(network, "cuda")
        elif make is not None:
            self._network = make(network, self.model.input_size)
        self._cache_size = cache_size
        self._results: OrderedDict[Any, Prediction] = OrderedDict()
        self._bytes = 0
        self._running: dict[Any, Future[Prediction]] = {}
        self._book = threading.Lock()
        # One forward pass at a time: torch spreads each over all cores, and two at once make both slower.
        self._turn = threading.Lock()
        self._warm_up()

    @property
    def model_id(self) -> str:
        """NAME@first 12 hex digits of the weights' sha256."""
        return self.model.id

    def predict(
        self, image: NDArray[np.uint8], prompt: Prompt, *, image_key: str | None = None
    ) -> Prediction:
        """Answer a prompt.

        Args:
            image: uint8 (H, W, 3) RGB, upright.
            prompt: see `maa.domain.Prompt`. The order of the first four points does not matter; further ones
                repair (see `repair`).
            image_key: the image's pixel hash, if known; computed when None (some milliseconds for a large
                photo).

        Returns:
            The prediction; its `probabilities` are read-only, because they are shared with the cache. Its
            `milliseconds` tell what the answer took when it was computed.

        Raises:
            InvalidInput: the array is no RGB image, the prompt does not say where an object is, or says it
                in a way that this model does not understand.
        """
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
            raise InvalidInput(
                f"An image must be uint8 (height, width, 3) RGB, not {image.dtype} {image.shape}."
            )
        if self._cache_size <= 0:
            return self._compute(image, prompt, None)
        image_key = image_key or pixel_hash(image)
        key = (image_key, image.shape, _prompt_key(prompt, image.shape), self.model_id)
        with self._book:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            running = self._running.get(key)
            mine = Future[Prediction]()
            if running is None:
                self._running[key] = mine
        if running is not None:
            return running.result()
        try:
            prediction = self._compute(image, prompt, image_key)
        except BaseException as error:
            with self._book:
                del self._running[key]
            mine.set_exception(error)
            raise
        with self._book:
            self._results[key] = prediction
            self._bytes += prediction.probabilities.nbytes
            while len(self._results) > self._cache_size or self._bytes > CACHE_BYTES:
                self._bytes -= self._results.popitem(last=False)[1].probabilities.nbytes
            del self._running[key]
        mine.set_result(prediction)
        return prediction

    def _compute(self, image: NDArray[np.uint8], prompt: Prompt, image_key: str | None) -> Prediction:
        check_taken(prompt, self.model)
        earlier = without_last_click(prompt) if self._architecture.repairs else None
        repaired = None if earlier is None else self._earlier(image, earlier, image_key)
        began = time.perf_counter()
        inputs, crop = self._architecture.ask(image, prompt, self.model.input_size, repaired)
        seen, confidence = self._forward(inputs)
        probabilities = self._architecture.answer(seen, crop)
        if repaired is not None:
            probabilities = settled(probabilities, crop, prompt, repaired)
        probabilities.setflags(write=False)
        image_size = (image.shape[1], image.shape[0])
        taken = (time.perf_counter() - began) * 1000
        return Prediction(
            probabilities, crop, image_size, confidence, self.model_id, taken, self.model.threshold
        )

    def _earlier(self, image: NDArray[np.uint8], prompt: Prompt, image_key: str | None) -> Prediction | None:
        """The answer before the last click. None where the points before it said nothing yet (four on one
        line): the last click is the first that does."""
        try:
            return self.predict(image, prompt, image_key=image_key)
        except InvalidInput:
            return None

    def _forward(self, inputs: torch.Tensor) -> tuple[NDArray[np.float32], float]:
        if self.model.mirror:
            inputs = torch.cat([inputs, inputs.flip(-1)])
        with self._turn, torch.inference_mode():
            logits, quality = self._network(inputs)
            if self.model.mirror:
                logits = (logits[:1] + logits[1:].flip(-1)) / 2
            return torch.sigmoid(logits[0, 0]).numpy(), float(torch.sigmoid(quality).mean())

    def _warm_up(self) -> None:
        """The first pass chooses and prepares its kernels; let it not be a person's first click."""
        points = (Point(8, 16), Point(24, 16), Point(16, 8), Point(16, 24))
        self._compute(np.zeros((32, 32, 3), np.uint8), Prompt(points=points), None)


def _prompt_key(prompt: Prompt, shape: tuple[int, ...]) -> tuple[Any, ...]:
    # The crop that is seen, whether it was given or not: with a further click it is given, and the answer to
    # the points before it, which were asked about without, is the same.
    crop = crop_box(prompt, (shape[1], shape[0]))
    prior = prompt.prior.wkb if prompt.prior is not None else None
    points = [(point.x, point.y, point.kind.value) for point in prompt.points]
    # The extremes are one question in any order.
    points = sorted(points[:EXTREMES]) + points[EXTREMES:]
    return tuple(points), prompt.box, crop, prior
