"""Judging a bundle from beginning to end."""

import json

import numpy as np
import pytest
import torch

from ahash_desktop.cli.evaluate_command import report_lines
from ahash_desktop.cli.labels import find_classes
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.imaging.decode import decode
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.progress import EvaluationProgress
from ahash_desktop.training.ask.report import EvaluationReport
from ahash_desktop.training.judging import evaluation
from ahash_desktop.training.judging.evaluation import (
    Measures,
    evaluate,
)
from ahash_desktop.training.judging.metrics import score_codes


@pytest.fixture
def run(tiny_bundle, tmp_path):
    """Evaluates the tiny bundle: its progress and its report."""

    def evaluate_tiny(source, **options):
        checks = tmp_path / "checks.json"
        *progress, report = evaluate(tiny_bundle, source, device="cpu", checks=checks, **options)
        return progress, report

    return evaluate_tiny


def test_the_train_split_is_the_database_and_the_test_split_asks(run, write_labelled):
    progress, report = run(write_labelled(with_split=True))
    assert isinstance(report, EvaluationReport)
    assert (report.n_database, report.n_queries) == (6, 6)
    assert report.mean_average_precision > 0.5
    assert all(isinstance(record, EvaluationProgress) for record in progress)
    assert EvaluationProgress("encoding", 12, 12) in progress
    assert progress[-2] == EvaluationProgress("comparing", 12, 12)
    assert progress[-1].phase == "scoring"


def test_without_a_split_every_photo_asks_all_others(run, write_labelled, tiny_bundle, tmp_path):
    source = write_labelled(with_split=False)
    _, report = run(source)
    assert (report.n_database, report.n_queries) == (12, 12)
    encoder = NetworkEncoder.load(tiny_bundle, device="cpu", checks=tmp_path / "checks.json")
    labelled = load_labelled(source)
    squares = [
        to_input(decode(str(photo.path)).pixels, encoder.manifest) for photo in labelled.photos
    ]
    codes = encoder.encode(np.stack(squares))[0]
    labels = labelled.labels()
    expected = score_codes(codes, codes, labels, labels, 16).average_precision.mean()
    assert report.mean_average_precision == pytest.approx(expected)


def test_rows_can_be_chosen(run, write_labelled):
    _, report = run(write_labelled(with_split=False), where={"kind": "odd"})
    assert report.n_database == 6


def test_unreadable_photos_are_named_and_left_out(run, write_labelled, tmp_path):
    source = write_labelled(with_split=True)
    (tmp_path / "photos/0_0.png").write_bytes(b"no picture")
    (tmp_path / "photos/1_3.png").unlink()
    _, report = run(source)
    assert [photo.path.name for photo in report.unreadable] == ["0_0.png", "1_3.png"]
    assert all(photo.reason for photo in report.unreadable)
    assert (report.n_database, report.n_queries) == (5, 5)


def test_nothing_readable_is_told(run, write_labelled, tmp_path):
    source = write_labelled(with_split=True, n_each=2)
    for path in (tmp_path / "photos").iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserFacingError, match="can be read"):
        run(source)


def test_a_split_with_nothing_left_is_told(run, write_labelled, tmp_path):
    source = write_labelled(with_split=True, n_each=2)
    for path in (tmp_path / "photos").glob("*_1.png"):
        path.write_bytes(b"")
    with pytest.raises(UserFacingError, match="'test'"):
        run(source)


def test_the_json_has_the_promised_names_and_is_plain(run, write_labelled, tiny_bundle):
    _, report = run(write_labelled(with_split=True))
    stored = json.loads(json.dumps(report.to_json(), allow_nan=False))
    promised = (
        "mAP mAP_ci95 P@10 float_mAP backbone_mAP per_class bits attributes localisation "
        "n_queries n_database seconds"
    )
    assert set(promised.split()) <= set(stored)
    assert set(stored["bits"]) == {
        "entropy",
        "mean_abs_correlation",
        "saturation",
        "changed_by_flip",
        "changed_by_bfloat16",
    }
    assert stored["attributes"] is None
    assert stored["localisation"] is None
    assert stored["model_id"] == read_manifest(tiny_bundle).model_id
    assert stored["per_class"]["class 0"]["n_queries"] == 2
    assert stored["mAP_ci95"][0] <= stored["mAP"] <= stored["mAP_ci95"][1]
    assert stored["seconds"] > 0


def test_a_backbone_whose_weights_are_not_here_is_left_out(run, write_labelled, caplog):
    _, report = run(write_labelled(with_split=True))
    assert report.backbone_map is None
    assert report.to_json()["backbone_mAP"] is None
    assert "untouched backbone" in caplog.text


def test_the_untouched_backbone_is_measured_when_its_weights_are_here(
    run, write_labelled, monkeypatch
):
    create = evaluation.create_backbone
    monkeypatch.setattr(
        evaluation, "create_backbone", lambda name, **options: create(name, pretrained=False)
    )
    _, report = run(write_labelled(with_split=True))
    assert 0 < report.backbone_map <= 1


def test_cancelling_ends_it_at_the_next_batch(run, write_labelled):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run(write_labelled(with_split=True), token=token)


def test_the_batch_does_not_change_the_report(run, write_labelled, monkeypatch):
    source = write_labelled(with_split=True)
    _, report = run(source)
    monkeypatch.setattr(NetworkEncoder, "batch_size", property(lambda encoder: 5))
    _, other = run(source)
    assert other.mean_average_precision == report.mean_average_precision
    assert other.float_map == report.float_map
    assert other.strength_map == report.strength_map


def test_classes_can_be_judged_apart(run, write_labelled):
    source = write_labelled(with_split=True)
    _, some = run(source, measures=Measures(only_classes=frozenset({"class 0", "class 2"})))
    _, others = run(source, measures=Measures(except_classes=frozenset({"class 1"})))
    assert (some.n_database, some.n_queries) == (4, 4)
    assert set(some.per_class) == {"class 0", "class 2"}
    assert others.mean_average_precision == some.mean_average_precision


def test_classes_are_named_in_a_file_or_between_commas(tmp_path):
    listed = tmp_path / "classes.txt"
    listed.write_text("a wren\n\n b wren \n")
    assert find_classes(str(listed)) == find_classes("a wren, b wren") == {"a wren", "b wren"}
    assert find_classes("") == frozenset()


def test_a_class_that_is_not_there_is_refused(run, write_labelled):
    measures = Measures(except_classes=frozenset({"class 9"}))
    with pytest.raises(UserFacingError, match="'class 9'"):
        run(write_labelled(with_split=True), measures=measures)


def test_the_database_may_have_the_codes_of_its_labels(run, write_labelled):
    _, report = run(write_labelled(with_split=True))
    assert 0 < report.optimised_map <= 1
    assert report.map_at_r <= report.mean_average_precision
    assert report.to_json()["mAP_optimised"] == report.optimised_map


def test_steadiness_is_that_of_mirrored_pictures(run, write_labelled, tiny_bundle, tmp_path):
    source = write_labelled(with_split=True)
    _, report = run(source)
    encoder = NetworkEncoder.load(tiny_bundle, device="cpu", checks=tmp_path / "checks.json")
    squares = np.stack(
        [
            to_input(decode(str(photo.path)).pixels, encoder.manifest)
            for photo in load_labelled(source).photos
        ]
    )
    upright, mirrored = (
        encoder.encode(part)[1] > 0 for part in (squares, squares[:, :, ::-1].copy())
    )
    assert report.steadiness.n_photos == len(squares)
    assert report.steadiness.flip == pytest.approx(np.mean(upright != mirrored))
    assert 0 <= report.steadiness.bfloat16 < 0.1


def test_attributes_and_parts_are_judged_if_tables_are_given(run, write_labelled, tmp_path):
    source = write_labelled(with_split=True, n_each=12)
    attributes = tmp_path / "attributes.csv"
    attributes.write_text("class,red,blue\nclass 0,100,0\nclass 1,0,0\nclass 2,0,100\n")
    parts = tmp_path / "parts.csv"
    rows = [
        f"photos/2_{copy}.png,{part},{x},{y}"
        for copy in range(12)
        for part, x, y in (("head", 5, 5), ("tail", 70, 50), ("wing", 40, 30))
    ]
    parts.write_text("path,part,x,y\n" + "\n".join(rows) + "\n")
    _, report = run(source, measures=Measures(attributes=attributes, parts=parts))
    stored = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert {entry["attribute"] for entry in stored["attributes"]["bits"]} <= {"red", "blue"}
    assert len(stored["attributes"]["bits"]) == 16
    assert stored["localisation"]["n_photos"] == 6
    assert stored["localisation"]["chance"] > 0.5
    lines = "\n".join(report_lines(report, "encoded"))
    assert "bits that mean one" in lines
    assert "code, on the subject" in lines


def test_the_lines_for_a_person_begin_with_the_protocol_asked_for(run, write_labelled):
    _, report = run(write_labelled(with_split=True))
    first, second = (report_lines(report, protocol)[3] for protocol in ("encoded", "optimised"))
    assert first.split()[:2] == ["codes", f"{report.mean_average_precision:.4f}"]
    assert "protocol optimised" in second
    numbers = [line for line in report_lines(report, "encoded") if line.startswith("  ")]
    assert {line[27] for line in numbers} == {" "}
    assert all(line[28] in "01nu" for line in numbers)


def test_without_a_split_attributes_are_judged_on_other_photos_than_chosen_on(
    run, write_labelled, tmp_path, monkeypatch
):
    seen = []
    find = evaluation.find_meanings

    def watch(choosing, judged, table):
        seen.append((choosing, judged))
        return find(choosing, judged, table)

    monkeypatch.setattr(evaluation, "find_meanings", watch)
    table = tmp_path / "attributes.csv"
    table.write_text("class,red,blue\nclass 0,100,0\nclass 1,0,0\nclass 2,0,100\n")
    run(write_labelled(with_split=False, n_each=12), measures=Measures(attributes=table))
    [(choosing, judged)] = seen
    assert choosing.labels.tolist() == judged.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert not np.array_equal(choosing.features, judged.features)


def test_without_a_split_a_query_never_finds_its_own_label(run, write_labelled):
    _, report = run(write_labelled(with_split=False, n_each=1))
    assert report.n_unmatched == 3
    assert np.isnan(report.optimised_map)
    assert report.to_json()["mAP_optimised_ci95"] == [None, None]


@pytest.mark.parametrize(
    ("own", "other"), [("float32", torch.bfloat16), ("bfloat16", torch.float32)]
)
def test_a_model_is_compared_with_itself_in_the_other_type(
    own, other, run, write_labelled, monkeypatch
):
    made = []
    make = evaluation._runner

    def note(net, manifest, device, dtype):
        made.append(dtype)
        return make(net, manifest, device, dtype)

    monkeypatch.setattr(evaluation, "_runner", note)
    monkeypatch.setattr(NetworkEncoder, "dtype", property(lambda _encoder: own))
    run(write_labelled(with_split=True))
    assert made[0] == other
