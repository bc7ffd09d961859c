"""The models a library has codes of, and the names people gave their bits."""

from ahash_desktop.core.codes import code_bytes
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.store.connection import Connection, Row


class ModelTable:
    """Reads and changes the models of a library.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(
        self, model_id: str, name: str, n_bits: int, manifest_json: str, now: float
    ) -> ModelRecord:
        """The record of a model, made if it is new; its name and manifest are kept up to date.

        Raises:
            ValueError: If the model is known with another number of bits.
        """
        known = self.find(model_id)
        if known == ModelRecord(known.model_key if known else 0, model_id, name, n_bits) and (
            self._has_manifest(model_id, manifest_json)
        ):
            return known
        with self._connection.transaction():
            known = self.find(model_id)
            if known is not None and known.n_bits != n_bits:
                raise ValueError(f"model {model_id} has {known.n_bits} bits, not {n_bits}")
            self._connection.run(
                "INSERT INTO models (model_id, name, n_bits, manifest, added_at)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (model_id) DO UPDATE"
                " SET name = excluded.name, manifest = excluded.manifest"
                " WHERE name <> excluded.name OR manifest <> excluded.manifest",
                (model_id, name, n_bits, manifest_json, now),
            )
            key = self._connection.value(
                "SELECT model_key FROM models WHERE model_id = ?", (model_id,)
            )
        return ModelRecord(key, model_id, name, n_bits)

    def _has_manifest(self, model_id: str, manifest_json: str) -> bool:
        sql = "SELECT 1 FROM models WHERE model_id = ? AND manifest = ?"
        return self._connection.find_row(sql, (model_id, manifest_json)) is not None

    def find(self, model_id: str) -> ModelRecord | None:
        """The record of a model, if the library knows it."""
        return next((model for model in self.all() if model.model_id == model_id), None)

    def manifest(self, model_key: int) -> str:
        """What a model said of itself when it was used last; empty for an unknown one."""
        sql = "SELECT manifest FROM models WHERE model_key = ?"
        row = self._connection.find_row(sql, (model_key,))
        return "" if row is None else str(row[0])

    def all(self) -> list[ModelRecord]:
        """All known models, oldest first."""
        return self._connection.records(
            "SELECT model_key, model_id, name, n_bits FROM models ORDER BY model_key",
            (),
            _record_of,
        )

    def remove(self, model_id: str) -> None:
        """Forgets a model, its codes and the names of its bits; an unknown one is no error."""
        self._connection.run("DELETE FROM models WHERE model_id = ?", (model_id,))

    def bit_names(self, model_key: int) -> dict[int, str]:
        """The names people gave to bits of a model."""
        rows = self._connection.rows(
            "SELECT bit, name FROM bit_names WHERE model_key = ? ORDER BY bit", (model_key,)
        )
        return dict(rows)

    def name_bit(self, model_key: int, bit: int, name: str, now: float) -> None:
        """Gives a bit a name; an empty one takes it away."""
        if not name:
            self._connection.run(
                "DELETE FROM bit_names WHERE model_key = ? AND bit = ?", (model_key, bit)
            )
            return
        self._connection.run(
            "INSERT OR REPLACE INTO bit_names (model_key, bit, name, named_at) VALUES (?, ?, ?, ?)",
            (model_key, bit, name, now),
        )


def _record_of(row: Row) -> ModelRecord:
    record = ModelRecord(*row)
    code_bytes(record.n_bits)
    return record
