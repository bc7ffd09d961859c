"""The walk: what is a picture, what is passed over, and that nothing goes uncounted."""

import os
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Fingerprint
from ahash_desktop.imaging.scan import ScanBatch, ScanRules, scan
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from tests.pictures import Size, save_picture


def names(root: Path) -> list[str]:
    return [file.relative_path for batch in scan(root, CancelToken()) for file in batch.files]


def n_others(root: Path) -> int:
    return sum(batch.n_others for batch in scan(root, CancelToken()))


def unreadable(root: Path) -> list[tuple[Path, str]]:
    return [entry for batch in scan(root, CancelToken()) for entry in batch.unreadable_folders]


def names_on_disk(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


def known_at(root: Path, *paths: str) -> dict[str, Fingerprint]:
    """What a library knows of files; those that are not there are made."""
    touch(root, *(path for path in paths if not (root / path).exists()))
    known = {}
    for photo_id, path in enumerate(paths):
        status = (root / path).stat()
        known[path] = (path, status.st_size, status.st_mtime_ns, photo_id)
    return known


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def test_pictures_are_found_in_sorted_order(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.jpg", "b/1.JPG", "b/a/3.png", "a.heic", "z.cr2", "a/0.tif")

    assert names(tmp_path) == ["a.heic", "z.cr2", "a/0.tif", "b/1.JPG", "b/2.jpg", "b/a/3.png"]


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg")
    status = path.stat()

    (batch,) = scan(tmp_path, CancelToken())

    assert batch.files[0].size_bytes == status.st_size
    assert batch.files[0].mtime_ns == status.st_mtime_ns


def test_other_files_are_counted_and_not_opened(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt", "a.xmp", "clip.mp4", "notes", "x.unknown", ".hidden.jpg", "Thumbs.db")

    assert names(tmp_path) == []
    assert n_others(tmp_path) == 7


def test_refused_formats_are_candidates(tmp_path: Path) -> None:
    touch(tmp_path, "a.ico", "b.dds", "c.svg", "d.jxl")

    assert len(names(tmp_path)) == 4


def test_content_decides_where_the_name_says_nothing(tmp_path: Path) -> None:
    save_picture(tmp_path / "IMG_0001", format="JPEG")
    save_picture(tmp_path / "IMG_0002.jpg.2024", format="PNG")
    touch(tmp_path, "README", "x.jpg_original2")
    (tmp_path / "icon.weird").write_bytes(b"\x00\x00\x01\x00" + bytes(60))

    assert names(tmp_path) == ["IMG_0001", "IMG_0002.jpg.2024"]
    assert n_others(tmp_path) == 3


def test_what_systems_keep_for_themselves_is_passed_over(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "@eaDir/a.jpg",
        ".thumbnails/a.jpg",
        "._a.jpg",
        "$RECYCLE.BIN/a.jpg",
        "System Volume Information/a.jpg",
        ".git/a.jpg",
        "#recycle/a.jpg",
        "good/a.jpg",
    )

    assert names(tmp_path) == ["good/a.jpg"]


@pytest.mark.parametrize("ending", ["~", "_original"])
def test_what_an_editor_kept_of_a_picture_is_passed_over(tmp_path: Path, ending: str) -> None:
    for suffix in ("jpg", "JPG", "tiff", "cr2"):
        save_picture(tmp_path / f"a.{suffix}{ending}", format="PNG")
    save_picture(tmp_path / f"the{ending}", format="PNG")
    save_picture(tmp_path / f"folder{ending}/a.jpg")

    assert sorted(names(tmp_path)) == [f"folder{ending}/a.jpg", f"the{ending}"]
    assert n_others(tmp_path) == 4


def test_what_an_editor_kept_is_no_longer_known_either(tmp_path: Path) -> None:
    known = known_at(tmp_path, "a.jpg", "a.jpg~", "a.jpg_original")
    (batch,) = scan(tmp_path, CancelToken(), known=known)
    assert (batch.n_unchanged, sorted(known)) == (1, ["a.jpg_original", "a.jpg~"])


def test_a_folder_that_says_so_is_not_looked_into(tmp_path: Path) -> None:
    known = known_at(tmp_path, "a.jpg", "in/b.jpg", "in/deep/c.jpg", "beside/d.jpg")
    touch(tmp_path, "in/.nomedia", "in/new.jpg", "in/other/e.jpg")
    (batch,) = scan(tmp_path, CancelToken(), known=known)
    assert (batch.n_unchanged, batch.files) == (2, ())
    assert sorted(known) == ["in/b.jpg", "in/deep/c.jpg"]


def test_a_root_that_says_so_was_chosen_all_the_same(tmp_path: Path) -> None:
    touch(tmp_path, ".nomedia", "a.jpg")
    assert names(tmp_path) == ["a.jpg"]


THUMBNAIL = f"ab/{'c' * 30}.jpg"


@pytest.mark.parametrize("place", ["", "thumbnails/", "lib/thumbnails/", "deep/er/any name/"])
def test_thumbnails_of_the_program_are_no_photos_wherever_they_lie(
    tmp_path: Path, place: str
) -> None:
    ThumbnailStore(tmp_path / place).save(bytes(range(16)), np.zeros((600, 900, 3), np.uint8))
    ThumbnailStore(tmp_path / place).save(bytes(16), np.zeros((30, 40, 3), np.uint8))
    save_picture(tmp_path / place / "00" / "mine.jpg")
    known = known_at(tmp_path, *names_on_disk(tmp_path))
    assert names(tmp_path) == [f"{place}00/mine.jpg"]
    (batch,) = scan(tmp_path, CancelToken(), known=known)
    assert batch.n_unchanged == 1
    assert len(batch.own) == 2


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        (THUMBNAIL, (513, 20), {}),
        (THUMBNAIL, (96, 72), {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
        (f"ab/{'c' * 29}.jpg", (96, 72), {}),
        (f"abc/{'c' * 30}.jpg", (96, 72), {}),
        (f"{'c' * 30}.jpg", (96, 72), {}),
        (THUMBNAIL.replace(".jpg", ".JPG"), (96, 72), {}),
    ],
)
def test_photos_that_are_named_much_like_thumbnails_are_photos(
    tmp_path: Path, name: str, size: Size, options: dict[str, bytes]
) -> None:
    save_picture(tmp_path / name, size=size, format="JPEG", **options)
    assert names(tmp_path) == [name]


def test_a_hidden_root_is_walked_all_the_same(tmp_path: Path) -> None:
    touch(tmp_path, ".photos/a.jpg")

    assert names(tmp_path / ".photos") == ["a.jpg"]


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg", "elsewhere.jpg")
    (tmp_path / "real" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "real" / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    (tmp_path / "real" / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")

    assert names(tmp_path / "real") == ["a.jpg", "link.jpg"]
    assert n_others(tmp_path / "real") == 1
    assert unreadable(tmp_path / "real") == []


def linked(root: Path, *, follows: bool, covered: tuple[Path, ...] = ()) -> ScanBatch:
    (batch,) = scan(root, CancelToken(), ScanRules(follows_links=follows, covered=covered))
    return batch


@pytest.fixture
def with_links(tmp_path: Path) -> Path:
    """A folder with links out of it, into it, in circles and into nothing."""
    touch(tmp_path, "root/inside/a.jpg", "outside/b.jpg", "outside/deep/c.jpg", "other/d.jpg")
    links = {
        "root/1-out": "outside",
        "root/2-again": "outside",
        "root/3-part": "outside/deep",
        "root/4-into": "root/inside",
        "root/5-circle": "root",
        "root/6-above": "",
        "root/7-nowhere": "gone",
        "root/8-covered": "other",
        "outside/9-circle": "outside",
        "outside/9-home": "root/inside",
    }
    for name, target in links.items():
        (tmp_path / name).symlink_to(tmp_path / target, target_is_directory=True)
    return tmp_path / "root"


def test_links_to_folders_are_told_of_where_nothing_else_leads_there(with_links: Path) -> None:
    batch = linked(with_links, follows=False, covered=(with_links.parent / "other",))
    assert [file.relative_path for file in batch.files] == ["inside/a.jpg"]
    assert batch.links == ("1-out", "2-again", "3-part")
    assert batch.severed == ("7-nowhere",)


def test_links_to_folders_are_followed_once_each_if_the_rules_say_so(with_links: Path) -> None:
    batch = linked(with_links, follows=True, covered=(with_links.parent / "other",))
    found = [file.relative_path for file in batch.files]
    assert found == ["inside/a.jpg", "1-out/b.jpg", "1-out/deep/c.jpg"]
    assert batch.links == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_counted_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")

    assert names(tmp_path) == []
    assert n_others(tmp_path) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_named_like_a_picture_and_is_no_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.png")

    told = unreadable(tmp_path)
    assert sorted(path.name for path, _ in told) == ["link.jpg", "pipe.jpg", "socket.png"]
    assert {why for _, why in told} == {"it is a pipe, a socket or a device, not a file"}


def test_odd_unicode_is_kept_as_it_is(tmp_path: Path) -> None:
    odd = ["u\u0308ber.jpg", "ü.jpg", "鳥🐦.jpg", "a\nb.jpg", "trailing .jpg"]
    touch(tmp_path, *odd)

    assert sorted(names(tmp_path)) == sorted(odd)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_names_that_are_no_text_are_reported_and_not_fatal(tmp_path: Path) -> None:
    touch(tmp_path, "good.jpg")
    (tmp_path / os.fsdecode(b"bad\xff.jpg")).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"folder\xff")).mkdir()

    assert names(tmp_path) == ["good.jpg"]
    found = unreadable(tmp_path)
    assert len(found) == 2
    for path, reason in found:
        str(path).encode()
        assert "rename" in reason


def test_folder_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "locked/a.jpg", "open/b.jpg")
    real_scandir = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr("ahash_desktop.imaging.scan.os.scandir", scandir)

    assert names(tmp_path) == ["open/b.jpg"]
    assert unreadable(tmp_path) == [(tmp_path / "locked", "this user may not read it")]


def test_root_that_is_gone_is_reported(tmp_path: Path) -> None:
    (found,) = unreadable(tmp_path / "gone")

    assert found[0] == tmp_path / "gone"


def test_deep_folders_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(800):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(b"x")

    assert names(tmp_path) == ["d/" * 800 + "a.jpg"]


def test_many_files_come_in_batches(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i:05d}.jpg" for i in range(2500)))

    sizes = [len(batch.files) for batch in scan(tmp_path, CancelToken())]

    assert sizes == [1000, 1000, 500]


def test_cancelling_ends_the_walk(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i:05d}.jpg" for i in range(1500)))
    token = CancelToken()
    walk = scan(tmp_path, token)
    next(walk)

    token.cancel()

    with pytest.raises(Cancelled):
        next(walk)


def test_empty_folder_gives_one_empty_batch(tmp_path: Path) -> None:
    (batch,) = scan(tmp_path, CancelToken())

    assert batch.files == ()
    assert batch.n_others == 0


@pytest.mark.photos
def test_every_odd_file_is_a_candidate_or_counted(photos_folder: Path) -> None:
    root = photos_folder / "odd_files"
    n_files = sum(path.is_file() for path in root.rglob("*"))

    assert len(names(root)) + n_others(root) == n_files
    assert n_others(root) < 5


def rules(patterns: str = "", unsettled_after: float | None = None) -> ScanRules:
    return ScanRules(Excludes.parse(patterns), unsettled_after)


def test_what_the_user_excludes_is_passed_over(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "keep/a.jpg",
        "keep/a.PSD",
        "Export/a.jpg",
        "2019/raw/a.jpg",
        "2020/raw/a.jpg",
        "Cafe\u0301/a.jpg",
    )
    scanned = scan(tmp_path, CancelToken(), rules("*.psd; export;2019/raw/; caf\u00e9"))

    found = [file.relative_path for batch in scanned for file in batch.files]

    assert found == ["2020/raw/a.jpg", "keep/a.jpg"]


def test_a_path_is_excluded_with_any_folder_it_goes_through() -> None:
    excludes = Excludes.parse("Export")

    assert excludes.covers_part_of("a/@eaDir/b.jpg")
    assert excludes.covers_part_of("a/export/b.jpg")
    assert not excludes.covers_part_of("a/exported/b.jpg")
    assert not excludes.covers_part_of("")


def test_files_changed_a_moment_ago_are_set_apart(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    os.utime(tmp_path / "a.jpg", (1_000_000_000, 1_000_000_000))
    changed_at = (tmp_path / "a.jpg").stat().st_ctime

    (early,) = scan(tmp_path, CancelToken(), rules(unsettled_after=changed_at - 1))
    (late,) = scan(tmp_path, CancelToken(), rules(unsettled_after=changed_at + 1))

    assert (len(early.files), len(early.unsettled)) == (0, 1)
    assert (len(late.files), len(late.unsettled)) == (1, 0)


def test_a_clock_that_was_ahead_does_not_set_files_apart_for_ever(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    changed_at = (tmp_path / "a.jpg").stat().st_ctime

    (batch,) = scan(tmp_path, CancelToken(), rules(unsettled_after=changed_at - 3600))

    assert len(batch.files) == 1


def test_placeholders_of_files_in_the_cloud_are_told_apart_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.jpg", "IMG_0001")
    monkeypatch.setattr("ahash_desktop.imaging.scan.is_cloud_only", lambda _: True)
    monkeypatch.setattr("ahash_desktop.imaging.entries.is_cloud_only", lambda _: True)
    monkeypatch.setattr(
        "ahash_desktop.imaging.entries.open_regular", lambda _: pytest.fail("opened")
    )

    (batch,) = scan(tmp_path, CancelToken())

    assert batch.in_cloud == ("a.jpg",)
    assert (len(batch.files), batch.n_others) == (0, 1)


def known_of(root: Path) -> dict[str, Fingerprint]:
    """What a library knows after a look at a folder."""
    files = [file for batch in scan(root, CancelToken()) for file in batch.files]
    return {file[0]: (*file, number) for number, file in enumerate(files)}


def look_again(
    root: Path, known: dict[str, Fingerprint], among: ScanRules | None = None
) -> tuple[ScanBatch, list[str]]:
    """What is told of a folder that was looked at before, and what is known but was not found."""
    (batch,) = scan(root, CancelToken(), among or rules(), known)
    return batch, sorted(known)


def test_files_that_are_as_they_are_known_are_only_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "in/b.jpg", "in/e\u0301.jpg", "in/\u00e9.jpg", "gone.jpg", "notes.txt")
    save_picture(tmp_path / "IMG_0001", format="JPEG")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    known = known_of(tmp_path)
    (tmp_path / "gone.jpg").unlink()
    (tmp_path / "in/b.jpg").write_bytes(b"more than before")
    touch(tmp_path, "z.jpg", "in/new.jpg")

    batch, left = look_again(tmp_path, known)

    assert (batch.n_unchanged, batch.n_others) == (5, 1)
    assert [file.relative_path for file in batch.files] == ["z.jpg", "in/b.jpg", "in/new.jpg"]
    assert left == ["gone.jpg", "in/b.jpg"]


def test_another_time_or_another_place_of_a_link_is_a_change(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    os.utime(tmp_path / "b.jpg", (5, 5))
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    known = known_of(tmp_path)
    (tmp_path / "link.jpg").unlink()
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    os.utime(tmp_path / "c.jpg", (7, 7))

    batch, _ = look_again(tmp_path, known)

    assert batch.n_unchanged == 2
    assert [file.relative_path for file in batch.files] == ["c.jpg", "link.jpg"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
def test_what_took_the_place_of_a_file_is_not_the_file(tmp_path: Path) -> None:
    touch(tmp_path, "broken.jpg", "folder.jpg", "pipe.jpg")
    known = known_of(tmp_path)
    for name in known:
        (tmp_path / name).unlink()
    (tmp_path / "broken.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    alike = {}
    for name in known:
        status = (tmp_path / name).lstat()
        alike[name] = (name, status.st_size, status.st_mtime_ns, 1)

    batch, left = look_again(tmp_path, alike)

    assert (batch.n_unchanged, batch.files, batch.n_others) == (0, (), 2)
    assert left == ["broken.jpg", "folder.jpg", "pipe.jpg"]


def test_what_is_excluded_later_is_no_longer_seen(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg", "Export/c.jpg")

    batch, left = look_again(tmp_path, known_of(tmp_path), rules("a.*; export"))

    assert batch.n_unchanged == 1
    assert left == ["Export/c.jpg", "a.jpg"]


def test_a_known_file_that_moved_to_the_cloud_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.jpg")
    known = known_of(tmp_path)
    monkeypatch.setattr("ahash_desktop.imaging.scan._HAS_ATTRIBUTES", True)
    monkeypatch.setattr("ahash_desktop.imaging.scan.is_cloud_only", lambda _: True)

    batch, _ = look_again(tmp_path, known)

    assert (batch.n_unchanged, batch.in_cloud) == (0, ("a.jpg",))


def test_known_files_too_come_in_batches_and_let_the_walk_be_cancelled(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{n // 1500}/{n}.jpg" for n in range(3000)))
    known = known_of(tmp_path)

    counts = [batch.n_unchanged for batch in scan(tmp_path, CancelToken(), rules(), dict(known))]
    token = CancelToken()
    walk = scan(tmp_path, token, rules(), known)
    next(walk)
    token.cancel()

    assert sum(counts) == 3000
    assert max(counts) < 1300
    with pytest.raises(Cancelled):
        next(walk)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")
def test_a_path_that_is_too_long_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        Path("d" * 240).mkdir()
        os.chdir("d" * 240)
    Path("a.jpg").write_bytes(b"x")

    assert names(tmp_path) == []
    ((_, reason),) = unreadable(tmp_path)
    assert "long" in reason


@pytest.mark.parametrize(
    "name",
    ["Export [old]", "[a]", "a[!b]c", "a*b?", "[", "]x[", "(1) {2} +3", "R\u00e9sum\u00e9 [A-Z]"],
)
def test_a_pattern_stands_for_its_own_name_too(name: str) -> None:
    excludes = Excludes.parse(f"{name}; 2019/{name}/raw")
    assert excludes.covers(name, name)
    assert excludes.covers(name.upper(), f"deep/{name.upper()}")
    assert excludes.covers("raw", f"2019/{name}/raw")
    assert not excludes.covers("other", f"{name}/other")
