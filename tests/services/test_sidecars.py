"""Sidecars are written on request, merged, and photos never touched."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.imaging.xmp import XmpNote, merge_xmp, read_xmp
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.sidecars import (
    SidecarName,
    SidecarProgress,
    Sidecars,
    SidecarWish,
    sidecar_path,
)
from ahash_desktop.services.sidecars import _plan as sidecar_plan
from ahash_desktop.services.sidecars import _write as write_sidecar
from ahash_desktop.services.storethread import StoreThread
from tests.fake_encoder import FakeEncoder
from tests.pictures import save_picture
from tests.services.conftest import RunIndex

N_PHOTOS = 5
WISH = SidecarWish(rating=4, words=("heron",), label=True)


@pytest.fixture
def files(make_pictures: Callable[[str, int], list[Path]], run_index: RunIndex) -> list[Path]:
    made = sorted(make_pictures("photos/birds", N_PHOTOS))
    run_index()
    return made


@pytest.fixture
def browser(files: list[Path], paths: LibraryPaths) -> Iterator[Browser]:
    store = StoreThread(paths, "browse")
    yield Browser(store, ThumbnailStore(paths.thumbnails))
    store.close()


@pytest.fixture
def sidecars(
    browser: Browser, paths: LibraryPaths, model: ModelRecord, fake_encoder: FakeEncoder
) -> Iterator[Sidecars]:
    store = StoreThread(paths, "rank")
    searcher = Searcher(store, fake_encoder, model)
    names = [f"bit word {bit}" if bit % 2 else None for bit in range(model.n_bits)]
    yield Sidecars(browser, searcher, BitNames(store, searcher, model, names))
    store.close()


@pytest.fixture
def write(sidecars: Sidecars, browser: Browser) -> Callable[..., SidecarProgress]:
    def run(wish: SidecarWish = WISH) -> SidecarProgress:
        ids = browser.photo_ids().tolist()
        return list(sidecars.write(ids, wish, CancelToken()))[-1]

    return run


def contents(files: list[Path]) -> list[tuple[bytes, int]]:
    return [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]


def test_sidecars_lie_beside_photos_that_stay_as_they_are(files, write):
    before = contents(files)
    done = write()
    assert (done.n_done, done.n_written, done.refusals) == (N_PHOTOS, N_PHOTOS, ())
    for file in files:
        note = read_xmp(Path(f"{file}.xmp").read_bytes())
        assert note == XmpNote(4, ("heron", "birds"))
    assert contents(files) == before
    folder = sorted(each.name for each in files[0].parent.iterdir())
    assert folder == sorted([f.name for f in files] + [f"{f.name}.xmp" for f in files])


def test_a_plan_says_what_is_written_and_writes_nothing(files, sidecars, browser):
    ids = browser.photo_ids().tolist()
    before = sorted(files[0].parent.iterdir())
    plans = list(sidecars.plan(ids, WISH, CancelToken()))
    assert sorted(files[0].parent.iterdir()) == before
    assert [plan.sidecar for plan in plans] == [Path(f"{file}.xmp") for file in files]
    assert all(plan.changes and not plan.exists for plan in plans)
    assert plans[0].note == XmpNote(4, ("heron", "birds"))


def test_a_second_run_writes_nothing(files, write):
    write()
    before = contents([Path(f"{file}.xmp") for file in files])
    assert write().n_written == 0
    assert contents([Path(f"{file}.xmp") for file in files]) == before


def test_the_names_of_bits_that_are_on_become_keywords(files, write, browser, sidecars):
    write(SidecarWish(bit_names=True))
    for photo in browser.photos(browser.photo_ids().tolist()):
        encoded = sidecars._searcher.stored_code(photo.photo_id)
        expected = [f"bit word {n}" for n, a in enumerate(encoded.activations) if n % 2 and a > 0]
        note = read_xmp(Path(f"{photo.path}.xmp").read_bytes())
        assert list(note.keywords) == expected
        assert note.rating is None


def test_a_sidecar_that_is_there_is_added_to(files, write):
    sidecar = Path(f"{files[0]}.xmp")
    sidecar.write_bytes(merge_xmp(None, XmpNote(1, ("mine",))))
    sidecar.chmod(0o640)
    write(SidecarWish(words=("heron",)))
    assert read_xmp(sidecar.read_bytes()) == XmpNote(1, ("mine", "heron"))
    assert os.name == "nt" or stat.S_IMODE(sidecar.stat().st_mode) == 0o640


@pytest.mark.parametrize("data", [b"not XML", b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', b""])
def test_a_sidecar_that_is_not_understood_stays_and_is_told(files, write, data):
    sidecar = Path(f"{files[1]}.xmp")
    sidecar.write_bytes(data)
    done = write()
    assert done.n_written == N_PHOTOS - 1
    (refusal,) = done.refusals
    assert refusal.path == sidecar
    assert "stays as it is" in str(refusal)
    assert sidecar.read_bytes() == data


def test_a_link_in_the_place_of_a_sidecar_is_not_followed(files, write, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(merge_xmp(None, XmpNote(1)))
    before = elsewhere.read_bytes()
    Path(f"{files[0]}.xmp").symlink_to(elsewhere)
    Path(f"{files[1]}.xmp").mkdir()
    done = write()
    assert [refusal.path for refusal in done.refusals] == [Path(f"{f}.xmp") for f in files[:2]]
    assert elsewhere.read_bytes() == before
    assert Path(f"{files[0]}.xmp").is_symlink()


def _pipe(place: Path, _tmp: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path, _tmp: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(place.name)
    finally:
        os.chdir(here)


def _folder(place: Path, _tmp: Path) -> None:
    (place / "within").mkdir(parents=True)


def _link_to(target: str) -> Callable[[Path, Path], None]:
    return lambda place, tmp: place.symlink_to(tmp / target)


ODD_THINGS = {
    "pipe": _pipe,
    "socket": _socket,
    "folder": _folder,
    "link to nothing": _link_to("nothing"),
    "link to a file": _link_to("secret"),
    "link to a device": _link_to("/dev/zero"),
    "link to a folder": _link_to("."),
    "link to itself": lambda place, _tmp: place.symlink_to(place),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
@pytest.mark.parametrize("kind", ODD_THINGS)
def test_whatever_lies_in_the_place_of_a_sidecar_is_neither_read_nor_replaced(
    files, write, sidecars, browser, tmp_path, kind
):
    (tmp_path / "secret").write_bytes(merge_xmp(None, XmpNote(2, ("secret",))))
    place = Path(f"{files[0]}.xmp")
    ODD_THINGS[kind](place, tmp_path)
    before = place.lstat(), (tmp_path / "secret").read_bytes()
    ids = browser.photo_ids().tolist()
    assert "secret" not in str(list(sidecars.plan(ids, WISH, CancelToken())))
    done = write()
    assert [refusal.path for refusal in done.refusals] == [place]
    assert done.n_written == N_PHOTOS - 1
    assert (place.lstat(), (tmp_path / "secret").read_bytes()) == before
    assert not (tmp_path / "nothing").exists()


def test_nothing_is_written_for_a_photo_that_is_not_there(files, write):
    files[2].unlink()
    done = write()
    assert [refusal.path for refusal in done.refusals] == [files[2]]
    assert not Path(f"{files[2]}.xmp").exists()


def test_a_write_that_fails_leaves_the_old_sidecar(files, write, monkeypatch):
    sidecar = Path(f"{files[0]}.xmp")
    sidecar.write_bytes(merge_xmp(None, XmpNote(1)))
    before = sidecar.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = write()
    assert done.n_written == 0
    assert "No space left" in str(done.refusals[0])
    assert sidecar.read_bytes() == before
    assert not [each for each in files[0].parent.iterdir() if each.suffix == ".part"]


def test_photos_of_one_stem_share_a_sidecar_of_adobes_naming(files, write, tmp_path):
    assert sidecar_path(Path("a/bird.jpg"), SidecarName.STEM) == Path("a/bird.xmp")
    assert sidecar_path(Path("a/bird.cr2"), SidecarName.STEM) == Path("a/bird.xmp")
    write(SidecarWish(rating=3, naming=SidecarName.STEM))
    assert read_xmp(files[0].with_suffix(".xmp").read_bytes()).rating == 3


def test_cancelling_keeps_what_is_written(files, sidecars, browser):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        list(sidecars.write(browser.photo_ids().tolist(), WISH, token))
    assert not list(files[0].parent.glob("*.xmp"))


def test_the_first_sidecar_takes_along_what_the_photo_says(files, write, sidecars, browser):
    said = merge_xmp(None, XmpNote(2, ("own word",)))
    data = files[0].read_bytes()
    segment = b"http://ns.adobe.com/xap/1.0/\0" + said
    files[0].write_bytes(
        data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
    )
    wish = SidecarWish(words=("heron",))
    plan = next(iter(sidecars.plan(browser.photo_ids().tolist(), wish, CancelToken())))
    assert plan.embedded is not None
    assert (plan.embedded.rating, plan.embedded.keywords) == (2, ("own word",))
    write(wish)
    assert read_xmp(Path(f"{files[0]}.xmp").read_bytes()) == XmpNote(2, ("own word", "heron"))


def test_what_is_embedded_and_not_understood_is_not_hidden(files, write):
    segment = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta"
    data = files[0].read_bytes()
    files[0].write_bytes(
        data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
    )
    done = write()
    assert done.n_written == N_PHOTOS - 1
    assert [refusal.path for refusal in done.refusals] == [files[0]]
    assert "would be hidden" in str(done.refusals[0])
    assert not Path(f"{files[0]}.xmp").exists()


@pytest.mark.skipif(os.name == "nt", reason="read-only is a matter of attributes there")
def test_a_read_only_sidecar_stays_as_it_is_and_is_told(files, write):
    sidecar = Path(f"{files[0]}.xmp")
    sidecar.write_bytes(merge_xmp(None, XmpNote(1)))
    before = sidecar.read_bytes()
    sidecar.chmod(0o444)
    done = write()
    assert done.n_written == N_PHOTOS - 1
    assert "read-only" in str(done.refusals[0])
    assert sidecar.read_bytes() == before
    assert stat.S_IMODE(sidecar.stat().st_mode) == 0o444


def test_a_sidecar_whose_name_ends_in_capitals_is_the_sidecar(files, write):
    sidecar = Path(f"{files[0]}.XMP")
    sidecar.write_bytes(merge_xmp(None, XmpNote(1, ("mine",))))
    write(SidecarWish(words=("heron",)))
    assert read_xmp(sidecar.read_bytes()) == XmpNote(1, ("mine", "heron"))
    assert len(list(files[0].parent.glob(f"{files[0].name}.*"))) == 1


def test_keywords_of_a_shared_list_are_told_in_the_plan(files, sidecars, browser):
    listed = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" lr:hierarchicalSubject="Birds|Heron"/>'
        b"</rdf:RDF>"
    )
    Path(f"{files[0]}.xmp").write_bytes(listed)
    wish = SidecarWish(words=("owl", "Heron"))
    plan = next(iter(sidecars.plan(browser.photo_ids().tolist(), wish, CancelToken())))
    assert plan.note.keywords == ("owl", "Heron")
    assert plan.lists == ("lr:hierarchicalSubject",)
    merged = merge_xmp(listed, plan.note).decode()
    assert merged.count(">owl<") == 2
    assert merged.count("Heron") == 2


@pytest.mark.parametrize("n_bytes", range(236, 256))
def test_photos_with_long_names_get_a_sidecar_or_a_reason(n_bytes, tmp_path):
    photo = save_picture(tmp_path / ("ü" * 8 + "n" * (n_bytes - 20) + ".jpg"))
    assert len(os.fsencode(photo.name)) == n_bytes
    for naming in SidecarName:
        plan = sidecar_plan(photo, XmpNote(3), naming)
        refusal = write_sidecar(plan) if plan.changes else plan.refusal
        if naming == SidecarName.WHOLE and n_bytes > 251:
            assert "too long" in str(refusal)
        else:
            assert refusal is None
            assert read_xmp(plan.sidecar.read_bytes()).rating == 3
    assert not [each for each in tmp_path.iterdir() if "part" in each.name]
