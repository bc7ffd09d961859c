"""What a manifest refuses, and what its hash covers."""

import json
from dataclasses import asdict, replace

import pytest

from ahash_desktop.hashing.manifest import (
    _DEFAULTS,
    _SILENT,
    ManifestError,
    format_manifest,
    hash_model,
    parse_manifest,
)

CURVE = {"order": "strength", "very_close": 0.9, "close": 0.5, "loose": 0.1}


def test_a_manifest_comes_back_as_it_was_written(describe):
    manifest = describe(bit_names=("red crown", None) * 6, thresholds=(0.25,) * 12)
    assert parse_manifest(format_manifest(manifest)) == manifest


def test_keys_of_later_versions_are_ignored(describe):
    stored = {**asdict(describe()), "colour": "blue"}
    assert parse_manifest(json.dumps(stored).encode()) == describe()


LATER_KEYS = {*_DEFAULTS, *_SILENT}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 0),
        ("format", "1"),
        ("format", True),
        ("model_id", "short"),
        ("model_id", "../../../../etc/passwd"),
        ("name", ""),
        ("name", "../up"),
        ("name", ".hidden"),
        ("name", "line\nbreak"),
        ("n_bits", 0),
        ("n_bits", 10**9),
        ("n_bits", 12.0),
        ("backbone", ""),
        ("n_local", -1),
        ("input_size", 10**6),
        ("mean", [0.5, 0.5]),
        ("std", [0.5, 0.5, 0.0]),
        ("mean", [0.5, 0.5, "0.5"]),
        ("interpolation", "nearest"),
        ("resize_mode", "stretch"),
        ("resize_mode", ["squash"]),
        ("thresholds", [0.0] * 11 + [None]),
        ("thresholds", [0.0] * 11),
        ("bit_names", [None] * 13),
        ("bit_names", [None] * 11 + [7]),
        ("trained_on", "birds"),
        ("metrics", []),
        ("command", None),
    ],
)
def test_an_impossible_value_is_refused_by_its_key(describe, key, value):
    stored = {**asdict(describe()), key: value}
    with pytest.raises(ManifestError, match=key):
        parse_manifest(json.dumps(stored).encode())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bit_domains", ["bird"] * 11 + ["dog"]),
        ("bit_domains", ["bird"]),
        ("says_has", [0.5] * 11 + [1.5]),
        ("says_has", [0.5] * 11 + [True]),
        ("says_confidence", [[0.9]] * 12),
        ("says_confidence", [[0.9, 1.1]] * 12),
        ("domains", {"dog": [1]}),
        ("domains", {"bird": [-1]}),
        ("domains", {"bird": "all"}),
        ("domain_sure", 2),
        ("subject_map", 64),
        ("subject_map", 7),
        ("subject_level", -0.1),
        ("second_look", {"level": 0.5}),
        ("second_look", {"level": 0.5, "most": 1.5}),
        ("second_look", {"level": 0.5, "most": 0.3, "more": 0.3}),
        ("second_look", True),
        ("closeness_curve", {"order": "mood", "very_close": 1, "close": 0.5, "loose": 0}),
        ("closeness_curve", {"order": "strength", "very_close": 0.1, "close": 0.5, "loose": 0}),
        ("closeness_curve", {"order": "strength", "very_close": 1, "close": 0.5}),
        ("closeness_curve", {**CURVE, "domains": []}),
        ("closeness_curve", {**CURVE, "domains": {"dog": CURVE}}),
        ("closeness_curve", {**CURVE, "domains": {"bird": 0.5}}),
        ("closeness_curve", {**CURVE, "domains": {"bird": {**CURVE, "loose": 2}}}),
    ],
)
def test_what_bits_say_is_checked(describe, key, value):
    stored = {**asdict(describe()), key: value}
    with pytest.raises(ManifestError, match=key):
        parse_manifest(json.dumps(stored).encode())


def test_what_bits_say_changes_no_code(describe):
    silent = describe(n_local=2)
    speaking = replace(
        silent,
        bit_attributes=("has_throat_color::red",) * 12,
        bit_domains=("bird",) * 12,
        says_has=(0.5,) * 12,
        domains={"bird": [7, 8]},
        subject_map=0,
        closeness_curve={**CURVE, "domains": {"bird": CURVE}},
    )
    assert hash_model(b"weights", speaking) == hash_model(b"weights", silent)
    assert parse_manifest(format_manifest(speaking)) == speaking


def test_a_second_look_makes_another_model_and_needs_a_map(describe):
    once = describe(n_local=2, subject_map=0)
    twice = replace(once, second_look={"level": 0.5, "most": 0.27})
    assert hash_model(b"weights", twice) != hash_model(b"weights", once)
    assert parse_manifest(format_manifest(twice)) == twice
    blind = json.dumps(asdict(replace(twice, subject_map=None))).encode()
    with pytest.raises(ManifestError, match="no map of it follows the subject"):
        parse_manifest(blind)


def test_each_missing_key_is_named(describe):
    for key in asdict(describe()).keys() - LATER_KEYS:
        stored = asdict(describe())
        del stored[key]
        with pytest.raises(ManifestError, match=key):
            parse_manifest(json.dumps(stored).encode())


def test_a_key_that_came_later_has_what_bundles_without_it_were(describe):
    stored = asdict(describe())
    del stored["local_refine"]
    assert parse_manifest(json.dumps(stored).encode()).local_refine == "full"


def test_a_bundle_of_whole_weights_keeps_the_identity_it_always_had(describe):
    whole = describe()
    assert hash_model(b"weights", whole) == hash_model(b"weights", describe(base_id=""))
    assert hash_model(b"weights", whole) != hash_model(b"weights", describe(base_id="ab"))


def test_a_newer_format_asks_for_a_newer_program(describe):
    stored = {"format": 4}
    with pytest.raises(ManifestError, match="newer version"):
        parse_manifest(json.dumps(stored).encode())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"format": 1',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format": 1' + b"0" * 10_000 + b"}",
        b'{"thresholds": [NaN]}',
        b'{"thresholds": [Infinity]}',
        b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_json_is_refused_in_one_sentence(text):
    with pytest.raises(ManifestError):
        parse_manifest(text)


@pytest.mark.parametrize("number", [b"1e999", b"1e300", b"1" + b"0" * 30, b"1" + b"0" * 400])
def test_a_number_too_large_is_refused(number, describe):
    text = format_manifest(describe()).replace(
        b'"thresholds": [\n    0.0', b'"thresholds": [' + number
    )
    with pytest.raises(ManifestError, match="thresholds"):
        parse_manifest(text)


@pytest.mark.parametrize(
    "change",
    [
        {"mean": (0.4, 0.5, 0.5)},
        {"thresholds": (0.1,) * 12},
        {"resize_mode": "centre-crop"},
        {"input_size": 96},
        {"backbone": "resnet50"},
    ],
)
def test_the_hash_covers_what_changes_a_code(describe, change):
    assert hash_model(b"w", describe()) != hash_model(b"w", replace(describe(), **change))


def test_the_hash_leaves_out_names_and_numbers(describe):
    renamed = describe(name="other", metrics={"mAP": 1}, bit_names=("a",) * 12)
    assert hash_model(b"w", describe()) == hash_model(b"w", renamed)
    assert hash_model(b"w", describe()) != hash_model(b"v", describe())
    assert len(hash_model(b"w", describe())) == 32
