"""Little videos made on the spot: a window that moves over a photo."""

from __future__ import annotations

import io
from datetime import datetime

import av
import numpy as np
from numpy.typing import NDArray
from skimage import data

SIZE = (120, 160)
PACE = 4
"""Pixels that the window moves to the right from frame to frame."""


def window(number: int) -> NDArray[np.uint8]:
    """What frame `number` shows, uint8 (120, 160, 3) RGB."""
    left = 40 + PACE * number
    return np.ascontiguousarray(data.cat()[60 : 60 + SIZE[0], left : left + SIZE[1]])


def video(
    kind: str = "mp4",
    codec: str = "libx264",
    frames: int = 30,
    *,
    rate: int = 10,
    turned: int | None = None,
    filmed: datetime | None = None,
    still: bool = False,
) -> bytes:
    """A video file. `turned`: degrees by which a player turns it counter-clockwise."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        if filmed:
            container.metadata["creation_time"] = filmed.isoformat()
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if turned is not None:
            stream.set_display_rotation(turned)
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(window(0 if still else number), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()
