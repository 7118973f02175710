from __future__ import annotations

import io
import os
import stat
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from maa.domain import MaaError, NotAllowed, NotFound, Role, TaskState
from maa.workflow import archives, arrivals, image_files, people, projects, queue
from maa.workflow.arrivals import ImportReport
from maa.workflow.byte_cache import ByteLimitedCache
from maa.workflow.images import import_paths, import_uploads, list_images, load_pixels
from maa.workflow.intake import parse_numbered
from maa.workflow.workspace import Workspace
from tests.workflow.pictures import encoded, photo, write, zipped


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path / "data")
    yield workspace
    workspace.close()


@pytest.fixture
def project_id(ws: Workspace) -> int:
    return projects.create_project(ws, "Street", ["car"]).id


def reasons(report: ImportReport) -> dict[str, str]:
    return {skipped.file: skipped.reason for skipped in report.skipped}


def names(report: ImportReport) -> list[str]:
    return [image.file_name for image in report.imported]


def stored_files(ws: Workspace) -> list[Path]:
    return sorted(path for path in ws.images_dir.rglob("*") if path.is_file())


def test_a_folder_comes_in_whole_with_names_below_it_and_one_ready_task_an_image(
    ws: Workspace, project_id: int, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    write(folder / "b.png", encoded(photo(seed=1)))
    write(folder / "cam1" / "000123.jpg", encoded(photo(seed=2), "JPEG"))
    write(folder / ".DS_Store", b"whatever")
    seen: list[tuple[int, int, str]] = []
    report = import_paths(ws, project_id, [folder], on_progress=lambda *step: seen.append(step))
    assert names(report) == ["b.png", "cam1/000123.jpg"]
    assert report.skipped == []
    assert seen == [(0, 2, "b.png"), (1, 2, "cam1/000123.jpg"), (2, 2, "")]
    assert list_images(ws, project_id) == report.imported
    tasks = queue.list_tasks(ws, project_id)
    assert [(task.image_id, task.state, task.accepted) for task in tasks] == [
        (image.id, TaskState.READY, True) for image in report.imported
    ]
    assert np.array_equal(load_pixels(ws, report.imported[0].id), np.asarray(photo(seed=1)))


def test_good_and_bad_files_together_each_get_their_own_answer(
    ws: Workspace, project_id: int, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    whole = encoded(photo(300, 300, seed=3), "JPEG")
    write(folder / "a good.png", encoded(photo(seed=1)))
    write(folder / "copy.png", encoded(photo(seed=1)))
    write(folder / "cut.jpg", whole[: len(whole) // 2])
    write(folder / "empty.png", b"")
    write(folder / "text.png", b"hello")
    write(folder / "z good.tif", encoded(photo(seed=2), "TIFF"))
    os.mkfifo(folder / "pipe.png")
    (folder / "dead link.png").symlink_to(folder / "nothing")
    report = import_paths(ws, project_id, [folder, tmp_path / "no such folder"])
    assert names(report) == ["a good.png", "z good.tif"]
    said = reasons(report)
    assert "already" in said["copy.png"]
    assert "a good.png" in said["copy.png"]
    assert "cut short" in said["cut.jpg"]
    assert "zero bytes" in said["empty.png"]
    assert "not a picture" in said["text.png"]
    assert "not a regular file" in said["pipe.png"]
    assert "no such file" in said["dead link.png"]
    assert "no such file" in said["no such folder"]
    assert len(said) == 7
    assert len(stored_files(ws)) == 2


def test_a_zip_is_read_without_leaving_the_zip(ws: Workspace, project_id: int, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    content = zipped(
        [
            ("good.png", encoded(photo(seed=1))),
            ("../evil.png", encoded(photo(seed=2))),
            ("a/../../evil.png", encoded(photo(seed=3))),
            ("..\\evil.png", encoded(photo(seed=4))),
            ("/etc/evil.png", encoded(photo(seed=5))),
            ("C:\\evil.png", encoded(photo(seed=6))),
            (link, b"/etc/passwd"),
            ("inner.zip", zipped([("x.png", encoded(photo(seed=7)))])),
            ("inner.png", zipped([("x.png", encoded(photo(seed=7)))])),
            ("folder/", b""),
            ("__MACOSX/._good.png", b"x"),
            ("notes.txt", b"read me"),
            ("deep/er/good.png", encoded(photo(seed=8))),
        ]
    )
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(ws.data_dir)}
    report = import_uploads(ws, project_id, [("bundle.zip", io.BytesIO(content))])
    assert names(report) == ["good.png", "deep/er/good.png"]
    said = reasons(report)
    for name in ("../evil.png", "a/../../evil.png", "..\\evil.png"):
        assert "'..'" in said[f"bundle.zip/{name}"]
    assert "absolute" in said["bundle.zip//etc/evil.png"]
    assert "absolute" in said["bundle.zip/C:\\evil.png"]
    assert "symbolic link" in said["bundle.zip/link.png"]
    assert "archive inside" in said["bundle.zip/inner.zip"]
    assert "archive inside" in said["bundle.zip/inner.png"]
    assert "not a picture" in said["bundle.zip/notes.txt"]
    assert len(said) == 9
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(ws.data_dir)} == before
    assert len(stored_files(ws)) == 2


def test_zip_bombs_are_refused_unread(
    ws: Workspace, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = bytes(20 * 1024**2)
    bomb = zipped([("bomb.bmp", zeros), ("good.png", encoded(photo()))], zipfile.ZIP_DEFLATED)
    report = import_uploads(ws, project_id, [("bomb.zip", io.BytesIO(bomb))])
    assert names(report) == ["good.png"]
    assert "zip bomb" in reasons(report)["bomb.zip/bomb.bmp"]

    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 30 * 1024**2)
    large = zipped([("a.bmp", zeros), ("b.bmp", zeros)], zipfile.ZIP_DEFLATED)
    report = import_uploads(ws, project_id, [("large.zip", io.BytesIO(large))])
    assert "unpack to" in reasons(report)["large.zip"]
    monkeypatch.setattr(archives, "MAX_ENTRIES", 1)
    report = import_uploads(ws, project_id, [("many.zip", io.BytesIO(large))])
    assert "2 entries" in reasons(report)["many.zip"]


def test_a_zip_whose_entries_overlap_is_refused(ws: Workspace, project_id: int) -> None:
    """Each entry of the directory points to the same packed bytes, as in the bombs that need no nesting."""
    content = bytearray(zipped([(f"{n}.png", encoded(photo(200, 200))) for n in range(3)]))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        offsets = [entry.header_offset for entry in archive.infolist()]
    directory = content.index(b"PK\x01\x02")
    one = bytes(content[: offsets[1]])
    entries = bytes(content[directory:])
    for offset in offsets[1:]:
        entries = entries.replace(offset.to_bytes(4, "little"), (0).to_bytes(4, "little"))
    end = bytearray(entries)
    start_field = end.index(b"PK\x05\x06") + 16
    end[start_field : start_field + 4] = len(one).to_bytes(4, "little")
    report = import_uploads(ws, project_id, [("overlap.zip", io.BytesIO(one + bytes(end)))])
    assert report.imported == []
    assert "overlap" in reasons(report)["overlap.zip"]


def test_damaged_locked_and_cut_zips_are_explained(ws: Workspace, project_id: int) -> None:
    picture = encoded(photo(120, 120, seed=4))
    content = zipped([("hurt.png", picture), ("good.png", encoded(photo(seed=5)))])
    hurt = bytearray(content)
    hurt[content.index(picture) + 500] ^= 0xFF
    locked = bytearray(content)
    locked[content.rindex(b"PK\x01\x02", 0, content.rindex(b"hurt.png")) + 8] |= 1
    report = import_uploads(
        ws,
        project_id,
        [
            ("hurt.zip", io.BytesIO(bytes(hurt))),
            ("cut.zip", io.BytesIO(content[: len(content) // 2])),
            ("locked.zip", io.BytesIO(bytes(locked))),
            ("no.zip", io.BytesIO(b"just text")),
        ],
    )
    assert names(report) == ["good.png"]
    said = reasons(report)
    assert "damaged in the zip" in said["hurt.zip/hurt.png"]
    assert "cut short" in said["cut.zip"]
    assert "encrypted" in said["locked.zip/hurt.png"]
    assert "not a zip" in said["no.zip"]


def test_double_names_are_both_kept_under_names_of_their_own(ws: Workspace, project_id: int) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("a.png", encoded(photo(seed=n))) for n in range(3)])
    report = import_uploads(ws, project_id, [("twice.zip", io.BytesIO(content))])
    assert names(report) == ["a.png", "a (2).png", "a (3).png"]


STRANGE_NAMES = {
    "猫と車.png": "猫と車.png",
    "cat 🐈‍⬛.png": "cat 🐈‍⬛.png",
    "<script>alert('x')</script>.png": "<script>alert('x')</script>.png",
    "two\nlines\r.png": "two_lines_.png",
    "reversed\u202egnp.exe": "reversed_gnp.exe",
    "x" * 296 + ".png": "x" * 296 + ".png",
    "'; DROP TABLE image; --.png": "'; DROP TABLE image; --.png",
    "%2e%2e%2fpasswd": "%2e%2e%2fpasswd",
    "cafe\u0301.png": "caf\u00e9.png",
    "null\0byte.png": "null_byte.png",
    "../../up.png": "../../up.png",
}


def test_strange_names_stay_text_and_never_become_paths(ws: Workspace, project_id: int) -> None:
    uploads = [(name, io.BytesIO(encoded(photo(seed=n)))) for n, name in enumerate(STRANGE_NAMES)]
    report = import_uploads(ws, project_id, [*uploads, ("y" * 501, io.BytesIO(b"")), ("", io.BytesIO(b""))])
    assert names(report) == list(STRANGE_NAMES.values())
    assert [image.file_name for image in list_images(ws, project_id)] == list(STRANGE_NAMES.values())
    assert "501 characters" in reasons(report)["y" * 501]
    assert "no name" in reasons(report)[""]
    for image, path in zip(
        sorted(report.imported, key=lambda image: image.pixel_hash), stored_files(ws), strict=True
    ):
        assert path == ws.images_dir / image.pixel_hash[:2] / image.pixel_hash


def test_strange_names_in_zips_and_folders_survive(ws: Workspace, project_id: int, tmp_path: Path) -> None:
    content = zipped([("xxx.png", encoded(photo(seed=1))), ("車.png", encoded(photo(seed=2)))])
    content = content.replace(b"xxx.png", "猫.png".encode())  # UTF-8 without the flag that says so
    folder = os.fsencode(tmp_path / "folder")
    os.mkdir(folder)
    with open(os.path.join(folder, b"not \xff text.png"), "wb") as file:
        file.write(encoded(photo(seed=3)))
    uploaded = import_uploads(ws, project_id, [("z.zip", io.BytesIO(content))])
    report = import_paths(ws, project_id, [tmp_path / "folder"])
    assert sorted(names(uploaded)) == sorted(["猫.png", "車.png"])
    assert names(report) == ["not � text.png"]


def test_the_same_pixels_are_refused_in_one_project_and_shared_between_two(
    ws: Workspace, project_id: int
) -> None:
    data = encoded(photo())
    other = projects.create_project(ws, "Other", ["car"]).id
    import_uploads(ws, project_id, [("first.png", io.BytesIO(data))])
    again = import_uploads(ws, project_id, [("second.bmp", io.BytesIO(encoded(photo(), "BMP")))])
    assert again.imported == []
    assert "'first.png'" in reasons(again)["second.bmp"]
    assert names(import_uploads(ws, other, [("third.png", io.BytesIO(data))])) == ["third.png"]
    assert len(stored_files(ws)) == 1


def test_plain_files_are_kept_byte_for_byte_and_others_as_lossless_pixels(
    ws: Workspace, project_id: int
) -> None:
    jpeg = encoded(photo(seed=1), "JPEG")
    clear = encoded(photo(seed=2).convert("RGBA"))
    report = import_uploads(ws, project_id, [("a.jpg", io.BytesIO(jpeg)), ("b.png", io.BytesIO(clear))])
    kept = [(ws.images_dir / image.pixel_hash[:2] / image.pixel_hash) for image in report.imported]
    assert kept[0].read_bytes() == jpeg
    with Pillow.open(kept[1]) as stored:
        assert (stored.format, stored.mode) == ("PNG", "RGB")
        assert np.array_equal(np.asarray(stored), load_pixels(ws, report.imported[1].id))


def test_numbered_names_give_sequence_and_frame(ws: Workspace, project_id: int) -> None:
    report = import_uploads(ws, project_id, [("cam1_000123.png", io.BytesIO(encoded(photo())))])
    assert (report.imported[0].sequence, report.imported[0].frame) == ("cam1_", 123)
    assert parse_numbered("cam1/0007.jpg") == ("cam1/", 7)
    assert parse_numbered("chelsea.png") is None
    assert parse_numbered("99999999999.png") == ("99", 999999999)


def test_nothing_stays_behind_when_the_row_cannot_be_written(
    ws: Workspace, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MaaError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(queue, "add_image", fail)
        with pytest.raises(MaaError, match="disk is full"):
            import_uploads(ws, project_id, [("a.png", io.BytesIO(encoded(photo())))])
    assert stored_files(ws) == []
    assert list_images(ws, project_id) == []
    assert names(import_uploads(ws, project_id, [("a.png", io.BytesIO(encoded(photo())))])) == ["a.png"]


def test_what_a_killed_import_left_is_cleaned_up_at_the_next(
    ws: Workspace, project_id: int, tmp_path: Path
) -> None:
    import_uploads(ws, project_id, [("a.png", io.BytesIO(encoded(photo())))])
    (known,) = stored_files(ws)
    write(known.parent / "0123.unfinished", b"half a file")
    write(ws.images_dir / "ab" / ("ab" * 32), encoded(photo(seed=1)))
    ws.close()
    arrivals._tidied.clear()  # as in a new process
    reopened = Workspace(ws.data_dir)
    try:
        import_uploads(reopened, project_id, [("b.png", io.BytesIO(encoded(photo(seed=2))))])
        assert len(stored_files(reopened)) == 2
        assert known in stored_files(reopened)
    finally:
        reopened.close()


def test_only_managers_import_and_not_into_an_archived_project(ws: Workspace, project_id: int) -> None:
    ana = people.add_person(ws, "Ana", {project_id: Role.ANNOTATOR})
    upload = [("a.png", io.BytesIO(encoded(photo())))]
    with pytest.raises(NotAllowed):
        import_uploads(ws, project_id, upload, by=ana.id)
    projects.archive_project(ws, project_id)
    with pytest.raises(NotAllowed, match="archived"):
        import_uploads(ws, project_id, upload)
    with pytest.raises(NotFound):
        import_uploads(ws, 999, upload)
    assert stored_files(ws) == []


def test_imports_side_by_side_lose_and_double_nothing(ws: Workspace, project_id: int) -> None:
    reports: list[ImportReport] = []

    def bring_in(first: int) -> None:
        uploads = [(f"{n}.png", io.BytesIO(encoded(photo(seed=n)))) for n in range(first, first + 8)]
        reports.append(import_uploads(ws, project_id, uploads))

    threads = [threading.Thread(target=bring_in, args=(first,)) for first in (0, 4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(image.file_name[:-4]) for image in list_images(ws, project_id)) == list(range(16))
    assert sum(len(report.skipped) for report in reports) == 8


def test_pixels_come_from_memory_the_second_time_and_say_so_when_the_file_is_gone(
    ws: Workspace, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_files, "_cache", ByteLimitedCache(1_000_000, len))
    report = import_uploads(ws, project_id, [("a.png", io.BytesIO(encoded(photo())))])
    image_id = report.imported[0].id
    first = load_pixels(ws, image_id)
    assert load_pixels(ws, image_id) is first
    assert not first.flags.writeable
    (path,) = stored_files(ws)
    path.write_bytes(path.read_bytes()[:100])
    monkeypatch.setattr(image_files, "_cache", ByteLimitedCache(1_000_000, len))
    with pytest.raises(MaaError, match="damaged"):
        load_pixels(ws, image_id)
    path.unlink()
    with pytest.raises(NotFound, match="gone"):
        load_pixels(ws, image_id)
    with pytest.raises(NotFound):
        load_pixels(ws, 999)
