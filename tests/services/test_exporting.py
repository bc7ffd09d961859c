"""Codes as files: what is written comes back, and nothing else gets in."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.services import exporting
from ahash_desktop.services.exporting import export_codes, import_codes
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder
from tests.services.conftest import RunIndex

N_PHOTOS = 7


@pytest.fixture
def filled(
    library: Library, run_index: RunIndex, make_pictures: Callable[[str, int], list[Path]]
) -> Library:
    make_pictures("photos", N_PHOTOS)
    run_index()
    return library


def forget_codes(library: Library, model: ModelRecord) -> ModelRecord:
    library.models.remove(model.model_id)
    return library.models.register(model.model_id, model.name, model.n_bits, "{}", 0.0)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_exported_codes_come_back_to_photos_of_the_same_content(
    filled: Library, model: ModelRecord, tmp_path: Path, suffix: str
) -> None:
    pytest.importorskip("pyarrow")
    file = tmp_path / f"codes{suffix}"
    written = list(export_codes(filled, model, {3: "red"}, file, CancelToken()))
    assert written[-1] == N_PHOTOS
    before = filled.codes.load(model.model_key, model.n_bits)
    again = forget_codes(filled, model)
    assert import_codes(filled, file, CancelToken()) == (N_PHOTOS, N_PHOTOS)
    after = filled.codes.load(again.model_key, model.n_bits)
    assert after.codes.tolist() == before.codes.tolist()
    assert after.activations.tolist() == before.activations.tolist()
    assert import_codes(filled, file, CancelToken()) == (0, N_PHOTOS)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_labels_go_along_and_take_no_others_place(
    filled: Library, model: ModelRecord, tmp_path: Path, suffix: str
) -> None:
    pytest.importorskip("pyarrow")
    first, second, *_ = filled.photos.ids().tolist()
    filled.labels.give([first], "小鸊鷉, Teal", 1.0)
    filled.labels.give([second], "Gadwall", 2.0)
    file = tmp_path / f"codes{suffix}"
    list(export_codes(filled, model, {}, file, CancelToken()))
    filled.labels.clear([first], 3.0)
    filled.labels.give([second], "Wigeon", 4.0)
    import_codes(filled, file, CancelToken())
    assert filled.labels.all() == {first: "小鸊鷉, Teal", second: "Wigeon"}


def test_rows_name_the_bits_that_are_on(
    filled: Library, model: ModelRecord, tmp_path: Path, photos: Path
) -> None:
    file = tmp_path / "codes.csv"
    list(export_codes(filled, model, {0: "red", 1: "blue"}, file, CancelToken()))
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["path"] for row in rows] == [str(photos / f"{i:05d}.jpg") for i in range(N_PHOTOS)]
    for row in rows:
        first = int(row["code"][:2], 16)
        told = [name for bit, name in ((0, "red"), (1, "blue")) if first & (0x80 >> bit)]
        assert row["bits_on"] == "; ".join(told)


def test_a_cancelled_export_leaves_no_file(
    filled: Library, model: ModelRecord, tmp_path: Path
) -> None:
    token = CancelToken()
    token.cancel()
    (tmp_path / "out").mkdir()
    with pytest.raises(Cancelled):
        list(export_codes(filled, model, {}, tmp_path / "out" / "codes.csv", token))
    assert not list((tmp_path / "out").iterdir())


def test_a_changed_row_is_refused_and_nothing_is_taken(
    filled: Library, model: ModelRecord, tmp_path: Path
) -> None:
    file = tmp_path / "codes.csv"
    list(export_codes(filled, model, {}, file, CancelToken()))
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    last = rows[-1]
    last["code"] = "00" * (len(last["code"]) // 2)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, last)
        writer.writeheader()
        writer.writerows(rows)
    again = forget_codes(filled, model)
    with pytest.raises(UserFacingError, match=f"row {N_PHOTOS} makes no sense"):
        import_codes(filled, file, CancelToken())
    assert filled.codes.count(again.model_key) == 0


def test_a_code_of_an_unknown_model_is_refused(
    filled: Library, model: ModelRecord, tmp_path: Path
) -> None:
    file = tmp_path / "codes.csv"
    list(export_codes(filled, model, {}, file, CancelToken()))
    with (
        Library.open(LibraryPaths(tmp_path / "other")) as other,
        pytest.raises(UserFacingError, match="does not know"),
    ):
        import_codes(other, file, CancelToken())


@pytest.mark.parametrize("name", ["codes.csv", "codes.parquet"])
def test_a_file_of_something_else_is_refused(library: Library, tmp_path: Path, name: str) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UserFacingError):
        import_codes(library, tmp_path / name, CancelToken())


def test_the_ending_decides_and_a_missing_package_is_named(
    filled: Library, model: ModelRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserFacingError, match=r"\.parquet or \.csv"):
        list(export_codes(filled, model, {}, tmp_path / "codes.txt", CancelToken()))

    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(exporting.importlib, "import_module", fail)
    with pytest.raises(UserFacingError, match=r'pip install "ahash-desktop\[parquet\]"'):
        list(export_codes(filled, model, {}, tmp_path / "codes.parquet", CancelToken()))


def test_an_export_is_of_one_model(
    filled: Library, fake_encoder: FakeEncoder, tmp_path: Path
) -> None:
    other = filled.models.register("other", "other", fake_encoder.n_bits, "{}", 0.0)
    list(export_codes(filled, other, {}, tmp_path / "codes.csv", CancelToken()))
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 1
