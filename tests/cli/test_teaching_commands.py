"""Teaching, labels and suggestions without a window."""

import json

import pytest

from ahash_desktop.cli.main import main
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import EncodeOutcome, PictureFacts, ScannedFile
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.store.library import Library
from tests.pictures import save_picture
from tests.services.teaching.conftest import HereWorker
from tests.store.conftest import encoding
from tests.store.test_corrections import content
from tests.training.conftest import _save_tiny


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library whose lessons are taught in this process, with a tiny model to start from."""
    for module in ("lessons", "checking", "planning"):
        monkeypatch.setattr(
            f"ahash_desktop.services.teaching.{module}.LessonProcess", lambda _log: HereWorker()
        )
    monkeypatch.setattr("ahash_desktop.training.running.lesson_run.keep_freed_memory", lambda: True)
    paths = LibraryPaths(tmp_path / "library")
    _save_tiny(paths.models / "tiny", n_local=0)
    return paths


@pytest.fixture
def ahash(library, capsys):
    def run(*words):
        code = main(["--library", str(library.folder), "--device", "cpu", "--json", *words])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out.strip() else err

    return run


@pytest.fixture
def kinds(tmp_path):
    for number, kind in enumerate(("Gadwall", "Teal")):
        for photo in range(6):
            save_picture(tmp_path / "ducks" / kind / f"{photo}.png", 100 * number + photo)
    return tmp_path / "ducks"


def test_a_lesson_from_folders_to_a_model_on_the_shelf(ahash, library, kinds):
    code, report = ahash("teach", str(kinds), "--base", "tiny", "--name", "my ducks")
    assert code == 0, report
    assert report["n_kinds"] == 2
    assert report["verdict"] in {"better", "no clear difference", "worse"}
    assert ModelShelf(library.models, library.models).get("my ducks").manifest.n_bits == 16
    code, listed = ahash("teach", "--list")
    assert [entry["state"] for entry in listed["lessons"]] == ["judged"]
    code, error = ahash("teach", str(kinds), "--base", "tiny", "--name", "my ducks")
    assert code == 1
    assert "my ducks" in error


def test_what_a_check_and_a_trial_say(ahash, kinds):
    (kinds / "Teal" / "broken.png").write_bytes(b"nothing")
    code, report = ahash("teach", str(kinds), "--base", "tiny", "--check-only")
    assert code == 0
    assert "unreadable" in {finding["kind"] for finding in report["findings"]}
    code, cost = ahash("teach", str(kinds), "--base", "tiny", "--estimate")
    assert code == 0
    assert cost["seconds"] > 0


def test_nothing_to_teach_is_told_in_a_sentence(ahash, tmp_path):
    code, error = ahash("teach")
    assert code == 1
    assert "Traceback" not in error
    code, error = ahash("teach", str(tmp_path / "nowhere"))
    assert code == 1
    code, error = ahash("teach", "--resume")
    assert code == 1
    assert "broken off" in error


def test_models_are_duplicated_renamed_and_compared(ahash, kinds):
    assert ahash("models", "duplicate", "tiny", "two")[0] == 0
    assert ahash("models", "rename", "two", "three")[0] == 0
    code, found = ahash("models", "compare", "tiny", "three", str(kinds))
    assert code == 0
    assert found["verdict"] == "no clear difference"


def test_labels_are_given_listed_undone_and_suggested(ahash, library, tmp_path):
    with Library.open(library) as store:
        root = store.roots.add(tmp_path / "photos", 1.0)
        store.work.record_scanned(
            root.root_id, [ScannedFile(f"{n}.jpg", 9, 1) for n in range(3)], 1.0
        )
        ids = [entry[-1] for entry in store.work.fingerprints(root.root_id).values()]
        model = store.models.register("m" * 32, "m", 12, "{}", 1.0)
        with store.transaction():
            for photo_id in ids:
                outcome = EncodeOutcome(
                    photo_id, encoding(photo_id), PictureFacts(9, 9, "JPEG"), content(photo_id)
                )
                store.work.finish(outcome, model.model_key, 1.0)
    code, given = ahash("labels", "give", "Gadwall", str(tmp_path / "photos" / "0.jpg"))
    assert (code, given["changed"]) == (0, 1), given
    assert ahash("labels", "list")[1]["kinds"][0]["name"] == "Gadwall"
    assert ahash("labels", "undo")[1]["deed"] == "give"
    assert ahash("labels", "list")[1]["kinds"] == []
    assert ahash("suggest")[1]["suggestions"] == []
    assert ahash("labels", "rename", "Teal", "Duck")[0] == 1


def test_ctrl_c_ends_a_lesson_in_a_sentence_that_says_how_it_goes_on(
    ahash, library, kinds, monkeypatch
):
    run = Lessons.run

    def interrupted(self, lesson_id, token):
        for record in run(self, lesson_id, token):
            yield record
            token.cancel()

    monkeypatch.setattr(Lessons, "run", interrupted)
    code, told = ahash("teach", str(kinds), "--base", "tiny", "--name", "my ducks", "--no-check")
    assert code == 130
    assert told.strip().splitlines()[-1].startswith("interrupted; everything finished so far is")
    assert "ahash teach --resume" in told
    assert "Traceback" not in told
    monkeypatch.setattr(Lessons, "run", run)
    code, report = ahash("teach", "--resume")
    assert code == 0, report
    assert report["name"] == "my ducks"
