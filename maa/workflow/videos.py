"""From a video's file to some of its frames, upright and one at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from maa.domain import InvalidInput, Unusable
from maa.workflow.decoding import MAX_PIXELS, Pixels, check_size

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")

MAX_FRAMES = 20_000
"""Images from one video."""
MAX_DECODED = 2_000_000
"""Frames that one video may have, nineteen hours at 30 a second: a small file can hold any number."""
MAX_DAMAGED = 100
"""Packets in a row that cannot be decoded; then the rest is taken for lost."""

_ROUNDING = 1e-6

# Only these are tried: FFmpeg has formats that name other files or addresses to be read.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_READ_ERRORS = (av.FFmpegError, OSError, ValueError, RuntimeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Step:
    """Which frames of a video become images: every so many, or so many a second."""

    every: int | None = None
    per_second: float | None = None

    def __post_init__(self) -> None:
        if (self.every is None) == (self.per_second is None):
            raise InvalidInput("Give either a frame step or a number of frames per second.")
        if self.every is not None and self.every < 1:
            raise InvalidInput("The frame step must be a whole number, at least 1.")
        if self.per_second is not None and not 0.001 <= self.per_second <= 1000:
            raise InvalidInput("Frames per second must be a number from 0.001 to 1000.")


DEFAULT_STEP = Step(per_second=2)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a video."""

    number: int
    """Counts all frames of the video, those between the chosen ones too; the first is 0."""
    seconds: float
    """From the first frame on."""
    pixels: Pixels


def is_video(name: str) -> bool:
    """Whether a file's name says that it is a video."""
    return name.lower().endswith(SUFFIXES)


@contextmanager
def opened(file: BinaryIO) -> Iterator[VideoReader]:
    """Open a video's file, which can seek.

    Raises:
        InvalidInput: it is no video, has no pictures, or too large or small ones; the message is a whole
            reason.
    """
    file.seek(0, 2)
    if not file.tell():
        raise Unusable("the file is empty (zero bytes)")
    file.seek(0)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": ""}
    try:
        container = av.open(file, "r", options=options, metadata_errors="replace")
    except _READ_ERRORS as error:
        kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise Unusable(f"it is not a video that can be read ({kinds}), or it was cut short") from error
    with container:
        if not container.streams.video:
            raise Unusable("it has no pictures, only sound or text")
        yield VideoReader(container, container.streams.video[0])


class VideoReader:
    """An open video: see `opened`."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        if stream.codec_context.width:  # else the frames will say
            check_size(stream.codec_context.width, stream.codec_context.height)
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        self._rate = float(stream.average_rate or stream.guessed_rate or 25)
        self.problem = ""
        """Why `frames` ended before the video's end; "" when it did not."""

    @property
    def recorded_at(self) -> datetime | None:
        """When it was filmed, if the file says so."""
        try:
            found = datetime.fromisoformat(self._container.metadata["creation_time"])
            found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        except (KeyError, ValueError, OverflowError):
            return None
        return found if found.year > 1970 else None  # a camera that was never set

    @property
    def seconds(self) -> float:
        """How long it says that it is; 0 when it does not say."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return (self._container.duration or 0) / av.time_base

    def expected(self, step: Step) -> int:
        """How many frames will come, about; 0 when the file does not say how long it is."""
        if step.every is not None:
            return math.ceil((self._stream.frames or self.seconds * self._rate) / step.every)
        assert step.per_second is not None
        found = math.ceil(self.seconds * min(step.per_second, self._rate))
        return min(found, self._stream.frames or found)  # its time stamps may have gaps

    def frames(self, step: Step) -> Iterator[Frame]:
        """The chosen frames in their order; only one is held in memory at a time.

        Ends early at what cannot be read; `problem` then says why.

        Raises:
            InvalidInput: there would be more than `MAX_FRAMES`, or a frame is too large or small.
        """
        expected = self.expected(step)
        if expected > MAX_FRAMES:
            raise Unusable(
                f"it would become about {expected:,} images; up to {MAX_FRAMES:,} are taken from a video: "
                "choose a larger step"
            )
        number, taken, first, last, due = -1, 0, None, 0.0, _Due(step)
        for number, decoded in enumerate(self._decoded()):
            given = decoded.time
            if first is None:
                first = given or 0.0
            last = max(last, number / self._rate if given is None else given - first)
            if number >= MAX_DECODED or taken >= MAX_FRAMES:
                self.problem = f"it goes on after {number:,} frames; {taken:,} images were taken"
                return
            if not due.takes(number, last):
                continue
            try:
                pixels = self._upright(decoded)
            except (*_READ_ERRORS, MemoryError) as error:
                self._end_at(error)
                return
            taken += 1
            yield Frame(number, last, pixels)
        self.problem = self.problem or self._missing(number + 1, last)

    def _missing(self, frames: int, seconds: float) -> str:
        """What is said when so many frames, the last one at `seconds`, are fewer than the file says."""
        if not frames:
            return "none of its frames can be read: it is damaged or cut short"
        if frames < 0.98 * self._stream.frames - 1 or seconds + 1 < 0.9 * self.seconds:
            return f"there it ends, {seconds:.1f} seconds from its beginning: it is damaged or cut short"
        return ""

    def _decoded(self) -> Iterator[VideoFrame]:
        """Every frame that can be decoded, in the order in which they are shown."""
        damaged = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                found = packet.decode()
                damaged = 0
            except _READ_ERRORS as error:
                damaged += 1
                if damaged >= MAX_DAMAGED or not isinstance(error, av.error.InvalidDataError):
                    self._end_at(error)
                    return
                continue
            except MemoryError as error:
                self._end_at(error)
                return
            for frame in found:
                if isinstance(frame, VideoFrame):
                    yield frame

    def _end_at(self, error: Exception) -> None:
        """Say why no more frames come."""
        if isinstance(error, MemoryError):
            self.problem = "a frame needs more memory than there is"
        else:
            said = " ".join(str(error).split())[:120]
            self.problem = f"from there on it is damaged or cut short ({said})"

    @staticmethod
    def _upright(frame: VideoFrame) -> Pixels:
        check_size(frame.width, frame.height)
        pixels = frame.to_ndarray(format="rgb24")
        turns = round(frame.rotation / 90) % 4  # counter-clockwise, as numpy turns
        return np.ascontiguousarray(np.rot90(pixels, turns))


class _Due:
    """Which frames come at their turn: of each slot of a second's share, the first one."""

    def __init__(self, step: Step) -> None:
        self._step, self._next = step, 0.0

    def takes(self, number: int, seconds: float) -> bool:
        """Whether this frame is one of those; asked once for each in its order."""
        if self._step.every is not None:
            return number % self._step.every == 0
        assert self._step.per_second is not None
        if seconds < self._next - _ROUNDING:
            return False
        # From the frame's own time, not from a count: after a gap in the time stamps nothing is made up for.
        self._next = (math.floor(seconds * self._step.per_second + _ROUNDING) + 1) / self._step.per_second
        return True


def moment(recorded_at: datetime | None, frame: Frame) -> datetime | None:
    """When a frame was filmed; None also for what no calendar has."""
    try:
        return None if recorded_at is None else recorded_at + timedelta(seconds=frame.seconds)
    except OverflowError:
        return None
