"""What a model bundle says of itself: the contents of its `bundle.json`."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from blake3 import blake3

FORMAT = 1
COMPACT_FORMAT = 3
"""Of a bundle with a `base_id`. Those of format 2 have one as well, and keep vectors whole."""
INTERPOLATIONS = ("bicubic", "bilinear")
RESIZE_MODES = ("squash", "half-crop", "centre-crop")
LOCAL_REFINES = ("full", "slim")
_DEEPEST = 16
_BACKBONE = re.compile(r"[A-Za-z0-9_-]{1,100}(\.[A-Za-z0-9_-]{1,100})?")
_LARGEST_NUMBER = 1e9
_MOST_CLASSES = 100_000
_MOST_POINTS = 1000
_MOST_BITS_OF_A_NAME = 16


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """One model: how pictures are prepared for it and what its bits are.

    `model_id` is the hash of the weights and of everything that changes a code. `thresholds` has
    one number a bit: bit t is the sign of `W_t x - thresholds[t]`. `resize_mode` says how a picture
    becomes a square, see `hashing.preprocess`; `local_refine` how deep R_loc is, see
    `hashing.network`.
    `base_id` tells which pretrained weights those of the bundle are changes to, see
    `hashing.compact`; empty if they are whole.
    What the bits say, one entry a bit: `bit_names` in English and `bit_names_zh` in Chinese,
    `bit_attributes` the name in the table of attributes, `bit_domains` of what kind of subject it
    speaks; from the activation `says_has` on the attribute is there, up to `says_has_not` it is
    not, and `says_confidence` holds how often each was true. Empty if the model says nothing.
    `domains` holds the classes of the backbone's own classifier that belong to each domain, and
    `domain_sure` how likely they have to be together. The local map `subject_map` follows the
    subject; it lies where the map reaches the share `subject_level` of its maximum.
    `second_look` says when a small subject is looked at again, see `hashing.second_look`; None of
    a model that looks once.
    `closeness_curve` tells what the scores of matches are worth, see `core.closeness`.
    `kind_names` are names of kinds that a lesson taught: a photo has the name `kind` where the
    `bits` have the values `is_on`, which tells the kind with this `auroc`.
    `trained_on` holds `name`, `licence` and `counts`; `metrics` what was measured of the bundle.
    """

    format: int
    model_id: str
    name: str
    n_bits: int
    backbone: str
    n_local: int
    input_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    resize_mode: str
    thresholds: tuple[float, ...]
    bit_names: tuple[str | None, ...]
    created: str
    trained_on: dict[str, Any]
    metrics: dict[str, Any]
    command: str
    licence: str
    local_refine: str = "full"
    base_id: str = ""
    bit_names_zh: tuple[str | None, ...] = ()
    bit_attributes: tuple[str | None, ...] = ()
    bit_domains: tuple[str | None, ...] = ()
    says_has: tuple[float | None, ...] = ()
    says_has_not: tuple[float | None, ...] = ()
    says_confidence: tuple[list[float] | None, ...] = ()
    domains: dict[str, list[int]] = field(default_factory=dict)
    domain_sure: float = 0.5
    subject_map: int | None = None
    subject_level: float = 0.5
    closeness_curve: dict[str, Any] | None = None
    second_look: dict[str, Any] | None = None
    kind_names: tuple[dict[str, Any], ...] = ()


class ManifestError(ValueError):
    """What is wrong with a manifest, as a sentence without its full stop."""


_SAID = (
    "bit_names_zh",
    "bit_attributes",
    "bit_domains",
    "says_has",
    "says_has_not",
    "says_confidence",
)
_TUPLES = ("mean", "std", "thresholds", "bit_names", "kind_names", *_SAID)
_SILENT: dict[str, Any] = {
    **{name: [] for name in _SAID},
    "domains": {},
    "domain_sure": 0.5,
    "subject_map": None,
    "subject_level": 0.5,
    "closeness_curve": None,
    "kind_names": [],
}
"""What a model says of photos where its description has no word of it; no code depends on it."""
DOMAINS = ("bird", "car")
# Of keys that the first bundles did not have.
_DEFAULTS: dict[str, Any] = {"local_refine": "full", "base_id": "", "second_look": None}
_CHANGES_CODES = (
    "n_bits",
    "backbone",
    "n_local",
    "input_size",
    "mean",
    "std",
    "interpolation",
    "resize_mode",
    "thresholds",
)


def parse_manifest(text: bytes) -> BundleManifest:
    """The manifest in the bytes of a `bundle.json`; keys this version does not know are ignored.

    Raises:
        ManifestError: If it is no JSON object, of a newer format, incomplete, or a value cannot
            be right.
    """
    stored = _load_object(text)
    version = stored.get("format")
    if isinstance(version, int) and version > COMPACT_FORMAT:
        raise ManifestError(f"the model needs a newer version of this program (format {version})")
    stored = _DEFAULTS | _SILENT | stored
    names = [entry.name for entry in fields(BundleManifest)]
    missing = [name for name in names if name not in stored]
    if missing:
        raise ManifestError(f"the model's description lacks {missing[0]!r}")
    values = {name: stored[name] for name in names}
    for name, holds in _CHECKS.items():
        if not holds(values[name]):
            raise ManifestError(f"the model's description has an impossible {name!r}")
    _check_lengths(values)
    for name in _TUPLES:
        values[name] = tuple(values[name])
    return BundleManifest(**values)


def _check_lengths(values: dict[str, Any]) -> None:
    """Refuses lists that do not have an entry for each bit, and a map that is not there."""
    n_bits = values["n_bits"]
    for name in ("thresholds", "bit_names", *_SAID):
        n_entries = len(values[name])
        if n_entries != n_bits and not (name in _SAID and n_entries == 0):
            raise ManifestError(f"the model has {n_bits} bits but {n_entries} {name!r}")
    if any(bit >= n_bits for each in values["kind_names"] for bit in each["bits"]):
        raise ManifestError("the model's description has an impossible 'kind_names'")
    if values["subject_map"] is not None and values["subject_map"] >= values["n_local"]:
        raise ManifestError("the model's description has an impossible 'subject_map'")
    if values["second_look"] is not None and values["subject_map"] is None:
        raise ManifestError("the model looks twice, but no map of it follows the subject")


def format_manifest(manifest: BundleManifest) -> bytes:
    """The bytes of the `bundle.json` of a manifest.

    Raises:
        ManifestError: If `parse_manifest` would refuse them.
    """
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
    parse_manifest(text.encode())
    return text.encode()


def hash_model(weights: bytes, manifest: BundleManifest) -> str:
    """The `model_id`: 32 hex digits of BLAKE3 over everything that changes a code.

    Args:
        weights: The bytes of `weights.safetensors`.
        manifest: Its `model_id`, names, metrics and origin do not count.
    """
    whole = asdict(manifest)
    preparation = {name: whole[name] for name in _CHANGES_CODES}
    preparation |= {name: whole[name] for name in _DEFAULTS if whole[name] != _DEFAULTS[name]}
    canonical = json.dumps(preparation, sort_keys=True, separators=(",", ":"))
    return blake3(canonical.encode() + b"\0" + weights).hexdigest(length=16)


def is_backbone_name(text: str) -> bool:
    """Whether a text can be the name of a backbone, a dot and the tag of its weights behind it.

    What else a tag holds would become a part of paths and addresses.
    """
    return _BACKBONE.fullmatch(text) is not None


def _load_object(text: bytes) -> dict[str, Any]:
    try:
        stored = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ManifestError("the model's description is no valid JSON") from error
    if not isinstance(stored, dict):
        raise ManifestError("the model's description is no JSON object")
    if _is_deeper_than(stored, _DEEPEST):
        raise ManifestError("the model's description is nested too deeply")
    return stored


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _is_deeper_than(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        inner: list[object] = []
        for item in layer:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        layer = inner
    return True


def _is_whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_text(longest: int, *, empty: bool = True) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, str) and len(value) <= longest and (empty or bool(value.strip()))
    )


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= _LARGEST_NUMBER  # NaN is not, and an int may be of any length


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(_is_number(item) for item in value)


def is_model_name(value: object) -> bool:
    """Whether a model can have this name, and its folder on every system."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 100
        and value.isprintable()
        and value == value.strip()
        and not value.startswith(".")
        and not any(mark in value for mark in '/\\:*?"<>|')
    )


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= float(value) <= 1  # type: ignore[arg-type]


def _are_activations(value: object) -> bool:
    return isinstance(value, list) and all(
        item is None or (_is_number(item) and -1 <= item <= 1) for item in value
    )


def _are_confidences(value: object) -> bool:
    return isinstance(value, list) and all(
        item is None
        or (isinstance(item, list) and len(item) == 2 and all(_is_share(part) for part in item))
        for item in value
    )


def _are_domains(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= set(DOMAINS)
        and all(
            isinstance(classes, list)
            and len(classes) <= _MOST_CLASSES
            and all(type(item) is int and 0 <= item < _MOST_CLASSES for item in classes)
            for classes in value.values()
        )
    )


def _is_curve(value: object) -> bool:
    """A curve for all pictures, and perhaps one for each domain of those that ask."""
    if value is None:
        return True
    if not isinstance(value, dict) or value.get("order") not in ("strength", "distance"):
        return False
    domains = value.get("domains", {})
    return (
        _are_bands(value)
        and isinstance(domains, dict)
        and all(name in DOMAINS for name in domains)
        and all(isinstance(part, dict) and _are_bands(part) for part in domains.values())
    )


def _are_bands(value: dict[str, Any]) -> bool:
    """Thresholds that do not rise from band to band, and points of score and share."""
    bands: list[Any] = [value.get(name) for name in ("very_close", "close", "loose")]
    points = value.get("points", [])
    return (
        all(_is_number(band) for band in bands)
        and bands == sorted(bands, reverse=True)
        and isinstance(points, list)
        and len(points) <= _MOST_POINTS
        and all(_are_numbers(point) and len(point) == 2 for point in points)
    )


def _are_kind_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_CLASSES
        and all(
            isinstance(each, dict)
            and set(each) == {"kind", "bits", "is_on", "auroc"}
            and _is_text(200, empty=False)(each["kind"])
            and _is_share(each["auroc"])
            and isinstance(each["bits"], list)
            and 0 < len(each["bits"]) <= _MOST_BITS_OF_A_NAME
            and all(type(bit) is int and bit >= 0 for bit in each["bits"])
            and isinstance(each["is_on"], list)
            and len(each["is_on"]) == len(each["bits"])
            and all(isinstance(is_on, bool) for is_on in each["is_on"])
            for each in value
        )
    )


def _are_bit_names(value: object) -> bool:
    return isinstance(value, list) and all(
        item is None or (isinstance(item, str) and len(item) <= 200) for item in value
    )


def _are_domain_names(value: object) -> bool:
    return isinstance(value, list) and all(item is None or item in DOMAINS for item in value)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "format": _is_whole(FORMAT, COMPACT_FORMAT),
    "model_id": lambda value: (
        isinstance(value, str)
        and 16 <= len(value) <= 64
        and all(digit in "0123456789abcdef" for digit in value)
    ),
    "name": is_model_name,
    "n_bits": _is_whole(1, 4096),
    "backbone": lambda value: isinstance(value, str) and is_backbone_name(value),
    "n_local": _is_whole(0, 64),
    "input_size": _is_whole(32, 2048),
    "mean": lambda value: _are_numbers(value) and len(value) == 3,
    "std": lambda value: (
        _are_numbers(value) and len(value) == 3 and all(item > 1e-6 for item in value)
    ),
    "interpolation": lambda value: value in INTERPOLATIONS,
    "resize_mode": lambda value: value in RESIZE_MODES,
    "thresholds": _are_numbers,
    "bit_names": _are_bit_names,
    "created": _is_text(100),
    "trained_on": lambda value: isinstance(value, dict),
    "metrics": lambda value: isinstance(value, dict),
    "command": _is_text(10_000),
    "licence": _is_text(10_000),
    "local_refine": lambda value: value in LOCAL_REFINES,
    "base_id": _is_text(64),
    "bit_names_zh": _are_bit_names,
    "bit_attributes": _are_bit_names,
    "bit_domains": _are_domain_names,
    "says_has": _are_activations,
    "says_has_not": _are_activations,
    "says_confidence": _are_confidences,
    "domains": _are_domains,
    "domain_sure": _is_share,
    "subject_map": lambda value: value is None or _is_whole(0, 63)(value),
    "subject_level": _is_share,
    "closeness_curve": _is_curve,
    "kind_names": _are_kind_names,
    "second_look": lambda value: (
        value is None
        or (
            (isinstance(value, dict) and set(value) == {"level", "most"})
            and all(_is_share(share) for share in value.values())
        )
    ),
}
