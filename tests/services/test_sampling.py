import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.services.sampling import sample_of
from tests.pictures import save_picture


@pytest.fixture
def folder(tmp_path):
    for number in range(20):
        save_picture(tmp_path / "in" / f"{number:02}.jpg", number, (8, 8))
    (tmp_path / "in/notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "none").mkdir()
    return tmp_path


def test_a_sample_is_spread_over_the_folder(folder):
    found = sample_of([folder / "in"], 4, CancelToken())
    assert [path.name for path in found] == ["02.jpg", "07.jpg", "12.jpg", "17.jpg"]


def test_there_are_no_more_than_there_are(folder):
    assert len(sample_of([folder / "none", folder / "in"], 50, CancelToken())) == 20
    assert sample_of([folder / "none", folder / "gone"], 5, CancelToken()) == ()


def test_what_the_user_leaves_out_is_left_out(folder):
    assert sample_of([folder / "in"], 9, CancelToken(), "0*.jpg; 1?.jpg") == ()


def test_a_sample_can_be_cancelled(folder):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        sample_of([folder / "in"], 5, token)
