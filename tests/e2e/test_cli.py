"""Every command on a real library with the shipped model."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ahash_desktop.cli.main import main
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.settings import Settings
from ahash_desktop.hashing.bundle import read_manifest
from tests.e2e.conftest import N_PICTURES, Indexed, RunAhash
from tests.pictures import save_picture

N_BITS = read_manifest(shipped_models_folder() / Settings().model).n_bits


def test_index_accounts_for_every_file(indexed: Indexed) -> None:
    summary = indexed.summary
    assert (summary["found"], summary["encoded"], summary["others"]) == (N_PICTURES + 1, 12, 1)
    assert [Path(problem["path"]).name for problem in summary["problems"]] == ["broken.jpg"]
    assert summary["problems"][0]["reason"]


def test_a_second_run_encodes_nothing(ahash: RunAhash) -> None:
    summary = ahash("index")
    assert (summary["encoded"], summary["reused"], summary["unchanged"]) == (0, 0, N_PICTURES)


def test_search_by_a_library_photo_needs_no_engine(ahash: RunAhash, indexed: Indexed) -> None:
    found = ahash("search", indexed.pictures[3], "--top", "5")
    assert (found["n_bits"], found["n_photos"], len(found["results"])) == (N_BITS, N_PICTURES, 5)
    scores = [result["score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)
    by_bits = ahash("search", indexed.pictures[3], "--rank-by", "bits")["results"]
    distances = [result["distance"] for result in by_bits]
    assert distances == sorted(distances)
    assert str(indexed.pictures[3]) not in [result["path"] for result in found["results"]]
    first = found["results"][0]
    assert first["distance"] == len(first["differing_bits"])


def test_search_by_an_outside_file_finds_its_twin(
    ahash: RunAhash, indexed: Indexed, tmp_path: Path
) -> None:
    with Image.open(indexed.pictures[7]) as picture:
        picture.resize((300, 225)).save(tmp_path / "smaller.png")
    found = ahash("search", tmp_path / "smaller.png", "--top", "1")
    assert found["results"][0]["path"] == str(indexed.pictures[7])


def test_minus_pushes_a_photo_away(ahash: RunAhash, indexed: Indexed) -> None:
    pictures = indexed.pictures
    nearest = ahash("search", pictures[0], "--top", "1")["results"][0]["path"]
    others = ahash("search", pictures[0], "--minus", nearest, "--top", "20")["results"]
    assert nearest not in [result["path"] for result in others]


def test_required_bits_agree_and_ignored_bits_do_not_count(
    ahash: RunAhash, indexed: Indexed
) -> None:
    query = indexed.pictures[0]
    every = ahash("search", query, "--top", "20")["results"]
    bit = every[0]["differing_bits"][0]
    required = ahash("search", query, "--require-bits", str(bit), "--top", "20")["results"]
    assert all(bit not in result["differing_bits"] for result in required)
    ignored = ahash("search", query, "--ignore-bits", str(bit), "--top", "20")["results"]
    by_path = {result["path"]: result["distance"] for result in ignored}
    assert by_path[every[0]["path"]] == every[0]["distance"] - 1


def test_a_region_is_encoded_by_itself(ahash: RunAhash, indexed: Indexed) -> None:
    whole = ahash("search", indexed.pictures[2], "--region", "0,0,320,240", "--top", "12")
    part = ahash("search", indexed.pictures[2], "--region", "200,150,100,80", "--top", "12")
    assert whole["results"][0]["path"] != str(indexed.pictures[2])
    assert [r["distance"] for r in part["results"]] != [r["distance"] for r in whole["results"]]


def test_explain_compares_and_draws(ahash: RunAhash, indexed: Indexed, tmp_path: Path) -> None:
    heatmap = tmp_path / "map.png"
    first, second = indexed.pictures[:2]
    told = ahash("explain", first, "--against", second, "--bit", "5", "--heatmap", heatmap)
    assert [bit["bit"] for bit in told["bits"]] == list(range(N_BITS))
    assert told["distance"] == len(told["differing_bits"])
    values = [value for row in told["evidence"]["map"] for value in row]
    assert sum(values) / len(values) == pytest.approx(told["evidence"]["logit"], abs=1e-4)
    with Image.open(heatmap) as picture:
        assert picture.size == (320, 240)


def test_a_subject_is_told_corrected_and_taken_back(ahash: RunAhash, indexed: Indexed) -> None:
    photo, box = indexed.pictures[4], [100.0, 60.5, 120.0, 90.0]
    first = ahash("subject", photo)["subject"]
    assert first["corrected"] is False
    assert ahash("explain", photo)["subject"] == first
    before = ahash("explain", photo, "--bit", "5")
    corrected = ahash("subject", photo, "--box", ",".join(map(str, box)))["subject"]
    assert (corrected["box"], corrected["corrected"]) == (box, True)
    told = ahash("explain", photo, "--bit", "5")
    assert told["subject"] == corrected
    assert told["evidence"]["logit"] != before["evidence"]["logit"]
    activation = told["bits"][5]["activation"]
    assert math.tanh(told["evidence"]["logit"]) == pytest.approx(activation, abs=2e-3)
    found = ahash("search", photo, "--region", "100,60.5,120,90", "--top", "12")
    assert found["n_photos"] == N_PICTURES
    assert ahash("subject", photo, "--clear")["subject"] == first
    assert ahash("explain", photo, "--bit", "5")["bits"] == before["bits"]


def test_a_box_outside_the_picture_is_refused_in_one_sentence(
    indexed: Indexed, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ["--library", str(indexed.library), "subject"]
    photo = str(indexed.pictures[4])
    for wish in (["--box", "300,200,100,100"], ["--box", "1,1,0,5"]):
        assert main([*where, photo, *wish]) == 1
        assert "does not lie inside the picture (320 × 240 pixels)" in capsys.readouterr().err
    stranger = save_picture(tmp_path / "stranger.jpg", 1)
    assert main([*where, str(stranger), "--box", "1,1,5,5"]) == 1
    assert "is not in the library" in capsys.readouterr().err


def test_bits_tell_what_each_bit_does(ahash: RunAhash, indexed: Indexed) -> None:
    bits = ahash("bits")["bits"]
    assert len(bits) == N_BITS
    assert all(0 <= bit["share_on"] <= 1 and 0 <= bit["entropy"] <= 1 for bit in bits)
    assert Path(ahash("bits", "3")["bits"][0]["strongest"][0]) in indexed.pictures


def test_a_named_bit_keeps_its_name(ahash: RunAhash) -> None:
    ahash("name-bit", "9", "red breast")
    assert ahash("bits", "9")["bits"][0]["name"] == "red breast"


def test_status_roots_and_problems_agree(ahash: RunAhash, indexed: Indexed) -> None:
    status = ahash("status")
    photos = status["photos"]
    assert photos["total"] == N_PICTURES + 1 == photos["indexed"] + photos["problem"]
    assert ahash("roots")["roots"] == [{"path": str(indexed.photos), "state": "online"}]
    assert len(ahash("problems")["problems"]) == 1


def test_a_problem_can_be_ignored_and_retried(ahash: RunAhash, indexed: Indexed) -> None:
    broken = indexed.photos / "broken.jpg"
    assert ahash("problems", "--ignore", broken)["problems"] == []
    assert ahash("index")["ignored"] == 1
    ahash("problems", "--retry")
    assert len(ahash("index")["problems"]) == 1


def test_missing_photos_are_kept_until_they_are_forgotten(
    ahash: RunAhash, indexed: Indexed
) -> None:
    gone = indexed.pictures[5]
    data = gone.read_bytes()
    gone.unlink()
    assert ahash("index")["missing"] == 1
    assert [entry["path"] for entry in ahash("missing")["gone"]] == [str(gone)]
    assert ahash("missing", "--days", "30", "--forget")["forgotten"] == []
    assert len(ahash("missing", "--keep")["kept"]) == 1
    gone.write_bytes(data)
    summary = ahash("index")
    assert (summary["missing"], summary["encoded"]) == (0, 0)
    gone.unlink()
    ahash("index")
    assert len(ahash("missing", "--forget")["forgotten"]) == 1
    assert ahash("missing")["gone"] == []
    gone.write_bytes(data)
    assert ahash("index")["encoded"] == 1


def test_models_are_listed_shown_and_verified(ahash: RunAhash) -> None:
    listed = {model["name"]: model for model in ahash("models", "list")["models"]}
    assert listed[Settings().model]["in_use"]
    assert "licen" in ahash("models", "show", "starter-64")["card"].lower()
    assert "starter-64" in ahash("models", "verify")["verified"]


def test_doctor_finds_nothing_wrong(ahash: RunAhash) -> None:
    assert ahash("doctor")["good"]


def test_sample_renders_labelled_pictures(ahash: RunAhash, tmp_path: Path) -> None:
    told = ahash("sample", tmp_path / "sample", "--classes", "2", "--photos", "2")
    assert told["photos"] == 4
    assert len(list((tmp_path / "sample").rglob("*.jpg"))) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["search", "nowhere.jpg"], "there is no such file: nowhere.jpg"),
        (["index", "nowhere"], "there is no such folder: nowhere"),
        (["models", "show", "nothing"], "there is no model named 'nothing'"),
        (["bits", str(N_BITS)], f"there is no bit {N_BITS}"),
    ],
)
def test_an_error_is_one_sentence_that_names_the_file(
    arguments: list[str], told: str, indexed: Indexed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--library", str(indexed.library), *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(told)
    assert captured.err.count("\n") == 1


def test_a_missing_library_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--library", str(tmp_path / "none"), "status"]) == 1
    assert "ahash index FOLDER" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_wrong_usage_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["search"])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_command_line_never_imports_qt_and_status_never_torch(indexed: Indexed) -> None:
    script = (
        "import sys; from ahash_desktop.cli.main import main; "
        f"main(['--library', {str(indexed.library)!r}, 'status']); "
        "print([m for m in ('PySide6', 'torch') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_updates_can_be_paused_for_good(
    ahash: RunAhash, indexed: Indexed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ahash("pause") == {"paused": True}
    assert main(["--library", str(indexed.library), "index"]) == 1
    assert "ahash resume" in capsys.readouterr().err
    assert ahash("index", "--now")["left"] == 0
    assert ahash("resume") == {"paused": False}
    assert ahash("index", "--newest-first")["encoded"] == 0


def test_settings_are_shown_and_changed(
    ahash: RunAhash, indexed: Indexed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ahash("settings")["settings"]["not_on_battery"] is False
    assert ahash("settings", "not_on_battery", "yes")["settings"] == {"not_on_battery": True}
    assert ahash("settings", "threads", "2")["settings"] == {"threads": 2}
    assert main(["--library", str(indexed.library), "settings", "threads", "many"]) == 1
    assert "setting 'threads' cannot be 'many'" in capsys.readouterr().err
    assert main(["--library", str(indexed.library), "settings", "colour"]) == 1
    for name, value in (("not_on_battery", "no"), ("threads", "0")):
        ahash("settings", name, value)


def test_sidecars_are_planned_then_written(ahash: RunAhash, indexed: Indexed) -> None:
    picture = indexed.pictures[2]
    sidecar = Path(f"{picture}.xmp")
    options = ("--rating", "3", "--keywords", "heron, lake")
    planned = ahash("export", "--to", "xmp", picture, *options, "--dry-run")["sidecars"]
    assert planned == [
        {
            "sidecar": str(sidecar),
            "exists": False,
            "rating": 3,
            "keywords": ["heron", "lake"],
            "also_in": [],
            "taken_along": None,
            "left_alone": None,
        }
    ]
    assert not sidecar.exists()
    try:
        written = ahash("export", "--to", "xmp", picture, *options)
        assert written == {"photos": 1, "written": 1, "left_alone": []}
        assert b"heron" in sidecar.read_bytes()
        folder = ahash("export", "--to", "xmp", picture.parent, *options, "--dry-run")["sidecars"]
        assert len(folder) > 1
        assert [each["keywords"] for each in folder if each["sidecar"] == str(sidecar)] == [[]]
    finally:
        sidecar.unlink(missing_ok=True)


def test_a_sidecar_that_is_left_alone_makes_the_command_fail(
    ahash: RunAhash, indexed: Indexed, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = indexed.pictures[2]
    sidecar = Path(f"{picture}.xmp")
    command = ["--library", str(indexed.library), "export", "--to", "xmp", str(picture.parent)]
    sidecar.write_bytes(b"mine, and no XML")
    try:
        for more in (["--dry-run"], []):
            assert main([*command, "--rating", "2", *more]) == 1
            told = capsys.readouterr()
            assert "not understood and stays as it is" in told.out
            assert "(1 left alone)" in told.err
        others = [each for each in picture.parent.glob("*.xmp") if each != sidecar]
        assert len(others) == len(indexed.pictures) - 1
        assert sidecar.read_bytes() == b"mine, and no XML"
    finally:
        for each in picture.parent.glob("*.xmp"):
            each.unlink()
