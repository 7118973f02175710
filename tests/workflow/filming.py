"""Little videos made on the spot: a window that moves over a photo."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction

import av
import cv2
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
    pause: int = 0,
) -> bytes:
    """A video file. `turned`: degrees by which a player turns it counter-clockwise; `pause`: seconds in its
    middle for which the camera stood still.
    """
    file = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if filmed else {}  # else no date after 2040
    with av.open(file, "w", format=kind, options=options) as container:
        if filmed:
            container.metadata["creation_time"] = filmed.isoformat()
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if turned is not None:
            stream.set_display_rotation(turned)
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(window(0 if still else number), format="rgb24")
            picture.time_base = Fraction(1, rate)
            picture.pts = number + (pause * rate if number >= frames // 2 else 0)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()


def walking_cat(frames: int, pace: int = 4) -> bytes:
    """An MP4 of 450 x 300 pixels, ten frames a second: a cat, in each frame `pace` pixels further right."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 450, 300, "yuv420p"
        for number in range(frames):
            shift = np.array([[1, 0, pace * number], [0, 1, 0]], np.float64)
            seen = cv2.warpAffine(data.chelsea(), shift, (450, 300), borderMode=cv2.BORDER_REFLECT)
            picture = av.VideoFrame.from_ndarray(np.asarray(seen, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()
