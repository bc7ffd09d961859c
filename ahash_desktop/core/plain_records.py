"""Frozen records as JSON and back, by what their fields are declared to hold."""

import dataclasses
import types
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")


def to_plain(value: Any) -> Any:
    """A record as what JSON can hold; `from_plain` gives it back.

    Args:
        value: A dataclass of texts, numbers, paths, enums, tuples, dicts by text and the like.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            entry.name: to_plain(getattr(value, entry.name)) for entry in dataclasses.fields(value)
        }
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    return value


def from_plain(kind: type[_Record], plain: Any) -> _Record:
    """The record of a class that `to_plain` gave; keys it does not know are ignored.

    Raises:
        ValueError: If it does not fit: something lacks, or is of another kind.
    """
    try:
        made: _Record = _make(kind, plain)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this is no {kind.__name__} ({error})") from error
    return made


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _make(kind: Any, plain: Any) -> Any:
    if isinstance(kind, NewType):
        return _make(kind.__supertype__, plain)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _make_one_of(get_args(kind), plain)
    if origin is tuple:
        return _make_tuple(get_args(kind), plain)
    if origin in (frozenset, list):
        return origin(_make(get_args(kind)[0], item) for item in _listed(plain))
    if origin is dict:
        return {str(key): _make(get_args(kind)[1], item) for key, item in plain.items()}
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]  # it is a class
        return kind(
            **{name: _make(hint, plain[name]) for name, hint in hints.items() if name in plain}
        )  # type: ignore[operator]
    return _make_plain(kind, plain)


def _make_one_of(kinds: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and type(None) in kinds:
        return None
    return _make(next(kind for kind in kinds if kind is not type(None)), plain)


def _make_tuple(kinds: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    items = _listed(plain)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_make(kinds[0], item) for item in items)
    if len(items) != len(kinds):
        raise ValueError(f"{len(items)} values are not {len(kinds)}")
    return tuple(_make(kind, item) for kind, item in zip(kinds, items, strict=True))


def _make_plain(kind: Any, plain: Any) -> Any:
    if kind is float and isinstance(plain, int | float) and not isinstance(plain, bool):
        return float(plain)
    if kind is Path and isinstance(plain, str):
        return Path(plain)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if kind is Any:
        return plain
    if type(plain) is not kind:
        raise ValueError(f"{plain!r} is no {kind.__name__}")
    return plain


def _listed(plain: Any) -> list[Any]:
    if not isinstance(plain, list):
        raise TypeError(f"{plain!r} is no list")
    return plain
