"""Videos taken apart into images: which frames, their names and times, and damaged or hostile files."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import av
import numpy as np
import pytest

from maa.domain import InvalidInput, NotAllowed
from maa.store import videos as stored
from maa.workflow import backup, images, videos
from maa.workflow.arrivals import ImportReport
from maa.workflow.videos import Step
from tests.workflow.filming import SIZE, video, window
from tests.workflow.office import Office
from tests.workflow.pictures import encoded, photo, zipped

TENTH = Step(every=10)


def bring(office: Office, name: str, data: bytes, step: Step = TENTH, **more: object) -> ImportReport:
    uploads = [(name, io.BytesIO(data))]
    return images.import_uploads(office.ws, office.project.id, uploads, step=step, **more)  # type: ignore[arg-type]


def numbers(data: bytes, step: Step) -> list[int]:
    with videos.opened(io.BytesIO(data)) as film:
        return [frame.number for frame in film.frames(step)]


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "libx264"),
        ("matroska", "libx264"),
        ("webm", "libvpx-vp9"),
        ("avi", "mjpeg"),
    ],
)
def test_every_usual_kind_of_video_becomes_a_sequence(office: Office, kind: str, codec: str) -> None:
    suffix = {"matroska": "mkv"}.get(kind, kind)
    report = bring(office, f"Way home.{suffix}", video(kind, codec))
    assert not report.skipped
    assert [i.file_name for i in report.imported] == [f"Way home.{suffix}/{n:06}.jpg" for n in (0, 10, 20)]
    assert {(i.sequence, i.width, i.height) for i in report.imported} == {(f"Way home.{suffix}/", 160, 120)}
    assert [i.frame for i in report.imported] == [0, 10, 20]
    for image in report.imported:
        pixels = images.load_pixels(office.ws, image.id).astype(int)
        assert np.abs(pixels - window(image.frame or 0)).mean() < 12


def test_the_videos_name_and_each_frames_time_are_kept(office: Office) -> None:
    noon = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
    report = bring(office, "clip.mp4", video(filmed=noon))
    with office.ws.store.read() as tx:
        found = [stored.of_image(tx, image.id) for image in report.imported]
    assert [(film.name, round(seconds, 3)) for film, seconds in found if film] == [
        ("clip.mp4", 0.0),
        ("clip.mp4", 1.0),
        ("clip.mp4", 2.0),
    ]
    assert [(i.captured_at - noon).total_seconds() for i in report.imported if i.captured_at] == [0, 1, 2]


@pytest.mark.parametrize(
    ("step", "chosen"),
    [
        (Step(every=1), list(range(30))),
        (Step(every=12), [0, 12, 24]),
        (Step(per_second=2), [0, 5, 10, 15, 20, 25]),
        (Step(per_second=0.5), [0, 20]),
        (Step(per_second=4), [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28]),
        (Step(per_second=100), list(range(30))),
    ],
    ids=str,
)
def test_which_frames_are_taken(step: Step, chosen: list[int]) -> None:
    assert numbers(video(), step) == chosen
    with videos.opened(io.BytesIO(video())) as film:
        assert abs(film.expected(step) - len(chosen)) <= 1


@pytest.mark.parametrize("kind", ["mp4", "matroska"])
def test_for_a_pause_in_the_recording_nothing_is_made_up(kind: str) -> None:
    data = video(kind, pause=60)
    assert numbers(data, Step(per_second=2)) == [0, 5, 10, 15, 20, 25]
    assert numbers(data, Step(per_second=0.01)) == [0]
    with videos.opened(io.BytesIO(video(pause=60))) as film:
        assert 6 <= film.expected(Step(per_second=2)) <= 30


@pytest.mark.parametrize("given", [{}, {"every": 2, "per_second": 1}, {"every": 0}, {"per_second": 0}])
def test_a_step_is_one_of_the_two_and_moves_on(given: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Step(**given)


@pytest.mark.parametrize(("turned", "turns"), [(90, 1), (-90, 3), (180, 2)])
def test_a_video_that_was_filmed_upright_is_upright(turned: int, turns: int) -> None:
    with videos.opened(io.BytesIO(video(turned=turned))) as film:
        frame = next(film.frames(TENTH))
    expected = np.rot90(window(0), turns).astype(int)
    assert frame.pixels.shape == expected.shape
    assert np.abs(frame.pixels - expected).mean() < 12


def test_the_same_video_again_goes_on_with_its_sequence_and_brings_only_what_is_new(office: Office) -> None:
    bring(office, "clip.mp4", video())
    again = bring(office, "copy.mp4", video(), Step(every=5))
    assert [i.file_name for i in again.imported] == [f"clip.mp4/{n:06}.jpg" for n in (5, 15, 25)]
    (skipped,) = again.skipped
    assert skipped.reason == "frames that the project already has: 3"


def test_another_video_of_the_same_name_is_another_sequence(office: Office) -> None:
    bring(office, "clip.mp4", video())
    other = bring(office, "clip.mp4", video(turned=90))
    assert {image.sequence for image in other.imported} == {"clip.mp4 (2)/"}


def test_a_name_is_taken_also_by_a_video_that_has_no_frames_yet(office: Office) -> None:
    bring(office, "first.mp4", video())
    again = bring(office, "clip.mp4", video(filmed=datetime(2025, 6, 1, tzinfo=UTC)))
    assert not again.imported  # another file, of the same pictures
    other = bring(office, "clip.mp4", video(turned=90))
    assert {image.sequence for image in other.imported} == {"clip.mp4 (2)/"}


def test_a_still_picture_becomes_one_image(office: Office) -> None:
    report = bring(office, "still.mkv", video("matroska", "ffv1", still=True))
    assert len(report.imported) == 1
    assert "already has: 2" in report.skipped[0].reason


def test_a_video_in_a_zip_beside_a_photo(office: Office) -> None:
    packed = zipped([("day/clip.mp4", video()), ("day/photo.png", encoded(photo()))])
    report = bring(office, "all.zip", packed)
    assert [i.file_name for i in report.imported] == [
        *(f"day/clip.mp4/{n:06}.jpg" for n in (0, 10, 20)),
        "day/photo.png",
    ]


def test_a_video_on_the_server_with_a_bar_that_only_moves_on(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(video())
    seen: list[tuple[int, int]] = []
    images.import_paths(
        office.ws,
        office.project.id,
        [path],
        step=TENTH,
        on_progress=lambda done, of, _: seen.append((done, of)),
    )
    assert [done for done, _ in seen[:-1]] == [0, 1, 2, 3]
    assert all(done <= of for done, of in seen)


# --- files that are not as they should be ---


def test_a_video_that_was_cut_short_gives_what_it_has_and_says_so(office: Office) -> None:
    whole = video("avi", "mjpeg")
    report = bring(office, "cut.avi", whole[: len(whole) * 6 // 10], Step(every=1))
    assert 10 < len(report.imported) < 20
    (skipped,) = report.skipped
    assert "cut short" in skipped.reason
    assert f"after {len(report.imported)} images" in skipped.reason


def test_damage_in_the_middle_loses_no_more_than_what_is_damaged(office: Office) -> None:
    data = bytearray(video("avi", "mjpeg"))
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    report = bring(office, "damaged.avi", bytes(data), Step(every=1))
    assert len(report.imported) >= 28


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"no video at all " * 100, "not a video"),
        ("head.mp4", video()[:600], "cut short"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n", "not a video"),
        ("list.mkv", b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video"),
        ("picture.mov", encoded(photo()), "not a video"),
    ],
)
def test_what_is_no_video_is_refused_with_a_reason_and_the_rest_goes_on(
    office: Office, name: str, data: bytes, reason: str
) -> None:
    uploads = [(name, io.BytesIO(data)), ("good.png", io.BytesIO(encoded(photo())))]
    report = images.import_uploads(office.ws, office.project.id, uploads)
    assert [i.file_name for i in report.imported] == ["good.png"]
    (skipped,) = report.skipped
    assert reason in skipped.reason
    with office.ws.store.read() as tx:
        assert tx.value("SELECT count(*) FROM video") == 0


def test_only_sound(office: Office) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    (skipped,) = bring(office, "sound.mp4", file.getvalue()).skipped
    assert "no pictures" in skipped.reason


@pytest.mark.parametrize(
    ("hours", "dated"), [(0, [True, False, False]), (-5, [False] * 3)], ids=["at its end", "past its end"]
)
def test_a_clock_that_is_past_what_calendars_have_loses_the_times_alone(
    office: Office, hours: int, dated: list[bool]
) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 500_000, tzinfo=timezone(timedelta(hours=hours)))
    report = bring(office, "clip.mp4", video(filmed=last))
    assert not report.skipped
    assert [image.captured_at is not None for image in report.imported] == dated


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "more memory"), (av.error.InvalidDataError(1, "no such colours"), "no such colours")],
    ids=["memory", "FFmpeg"],
)
def test_a_frame_that_cannot_be_converted_ends_its_video_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    whole, seen = videos.VideoReader._upright, iter(range(100))

    def upright(frame: av.VideoFrame) -> np.ndarray:
        if next(seen) == 2:
            raise error
        return whole(frame)

    monkeypatch.setattr(videos.VideoReader, "_upright", staticmethod(upright))
    uploads = [("clip.mp4", io.BytesIO(video())), ("good.png", io.BytesIO(encoded(photo())))]
    report = images.import_uploads(office.ws, office.project.id, uploads, step=TENTH)
    assert [i.file_name for i in report.imported] == [
        "clip.mp4/000000.jpg",
        "clip.mp4/000010.jpg",
        "good.png",
    ]
    (skipped,) = report.skipped
    assert "after 2 images" in skipped.reason
    assert said in skipped.reason


def test_a_step_that_would_fill_the_project_is_refused_before_anything_is_taken(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(videos, "MAX_FRAMES", 10)
    report = bring(office, "clip.mp4", video(), Step(every=1))
    assert not report.imported
    assert "about 30 images" in report.skipped[0].reason


def test_a_video_that_is_longer_than_it_says_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "MAX_DECODED", 12)
    with videos.opened(io.BytesIO(video())) as film:
        assert len(list(film.frames(Step(every=5)))) == 3
        assert "goes on after 12 frames; 3 images" in film.problem


def test_frames_that_are_too_large_are_refused_before_they_are_decoded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maa.workflow.decoding.MAX_PIXELS", 10_000)
    (skipped,) = bring(office, "clip.mp4", video()).skipped
    assert "160 x 120" in skipped.reason


def test_frames_are_not_collected_in_memory() -> None:
    file = io.BytesIO(video(frames=60))
    one = SIZE[0] * SIZE[1] * 3
    tracemalloc.start()
    try:
        with videos.opened(file) as film:
            for _ in film.frames(Step(every=1)):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * one


def test_an_annotator_imports_no_video(office: Office) -> None:
    with pytest.raises(NotAllowed):
        bring(office, "clip.mp4", video(), by=office.ana.id)


def test_a_backup_brings_the_times_back(office: Office, tmp_path: Path) -> None:
    bring(office, "clip.mp4", video())
    backup.backup(office.ws, office.project.id, tmp_path / "street.zip")
    back = backup.restore(office.ws, tmp_path / "street.zip", name="Again")
    with office.ws.store.read() as tx:
        frames = [stored.of_image(tx, image.id) for image in images.list_images(office.ws, back.id)]
    assert [(film.project_id, film.sequence, seconds) for film, seconds in frames if film] == [
        (back.id, "clip.mp4/", 0.0),
        (back.id, "clip.mp4/", 1.0),
        (back.id, "clip.mp4/", 2.0),
    ]
