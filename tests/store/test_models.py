"""Models are known by what they are, bits by what people call them."""

import pytest

from ahash_desktop.core.records import ModelRecord
from ahash_desktop.store.library import Library


def test_a_model_is_registered_once(library: Library) -> None:
    first = library.models.register("id-1", "Starter", 64, '{"a": 1}', 1.0)
    assert first == ModelRecord(first.model_key, "id-1", "Starter", 64)
    version = library.data_version()
    assert library.models.register("id-1", "Starter", 64, '{"a": 1}', 2.0) == first
    assert library.data_version() == version
    assert library.models.all() == [first]
    assert library.models.find("id-1") == first
    assert library.models.find("id-2") is None


def test_a_renamed_model_keeps_its_key(library: Library) -> None:
    first = library.models.register("id-1", "Starter", 64, "{}", 1.0)
    renamed = library.models.register("id-1", "Mine", 64, "{}", 2.0)
    assert (renamed.model_key, renamed.name) == (first.model_key, "Mine")
    assert library.models.all() == [renamed]


def test_a_model_cannot_change_its_bits(library: Library) -> None:
    library.models.register("id-1", "Starter", 64, "{}", 1.0)
    with pytest.raises(ValueError, match="has 64 bits, not 32"):
        library.models.register("id-1", "Starter", 32, "{}", 1.0)


def test_bits_are_named_renamed_and_unnamed_for_one_model(library: Library) -> None:
    first = library.models.register("id-1", "A", 64, "{}", 1.0)
    second = library.models.register("id-2", "B", 64, "{}", 1.0)
    library.models.name_bit(first.model_key, 7, "red cap", 2.0)
    library.models.name_bit(first.model_key, 3, "喙", 2.0)
    library.models.name_bit(first.model_key, 7, "red crown", 3.0)
    assert library.models.bit_names(first.model_key) == {3: "喙", 7: "red crown"}
    assert library.models.bit_names(second.model_key) == {}
    library.models.name_bit(first.model_key, 7, "", 4.0)
    assert library.models.bit_names(first.model_key) == {3: "喙"}
