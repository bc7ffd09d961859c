"""Labels of contents, refused suggestions, and every change of them, to be taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ahash_desktop.core.labels import LabelDeed, LabelStep, Species
from ahash_desktop.core.records import ContentId
from ahash_desktop.store.connection import Connection, Row
from ahash_desktop.store.ids import id_lists

_MOST_STEPS = 1000
_SAME = "labels.content_key = photos.content_key AND labels.content_digest = photos.content_digest"
_OF = f"""
    SELECT photo_id, name FROM photos JOIN labels ON {_SAME}
    WHERE photo_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - fixed text
_ALL = f"""
    SELECT photo_id, name FROM labels CROSS JOIN photos ON {_SAME}
    WHERE is_shown = 1 ORDER BY photo_id
"""  # noqa: S608 - fixed text
_CONTENTS = """
    SELECT DISTINCT content_key, content_digest FROM photos
    WHERE photo_id IN (SELECT value FROM json_each(?)) AND content_key IS NOT NULL
"""
_REFUSED = """
    SELECT photo_id, name FROM refusals CROSS JOIN photos
      ON refusals.content_key = photos.content_key
      AND refusals.content_digest = photos.content_digest
    WHERE is_shown = 1
"""
_SPECIES = f"""
    SELECT name, count(*), coalesce(min(nullif(substr(taken_at, 1, 10), '')), ''),
      coalesce(max(substr(taken_at, 1, 10)), '')
    FROM labels CROSS JOIN photos ON {_SAME} WHERE is_shown = 1 GROUP BY name ORDER BY name
"""  # noqa: S608 - fixed text
_GIVE = """
    INSERT INTO labels (content_key, content_digest, name, labelled_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, labelled_at = excluded.labelled_at
"""
_TAKE = "DELETE FROM labels WHERE content_key = ? AND content_digest = ?"
_REFUSE = """
    INSERT OR IGNORE INTO refusals (content_key, content_digest, name, refused_at)
    VALUES (?, ?, ?, ?)
"""
_FORGIVE = "DELETE FROM refusals WHERE content_key = ? AND content_digest = ? AND name = ?"
_CHANGE = """
    INSERT INTO label_changes (step, place, content_key, content_digest, field, before, after)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_STEP = "SELECT step, what, name, made_at FROM label_steps WHERE is_undone = ? ORDER BY step"
_CHANGES = """
    SELECT content_key, content_digest, field, before, after FROM label_changes
    WHERE step = ? ORDER BY place
"""

LABEL, REFUSAL = "label", "refusal"


@dataclass(frozen=True, slots=True)
class _Change:
    """One content's label from `before` to `after`, or the refusal that came or went."""

    content: ContentId
    field: str
    before: str | None
    after: str | None

    def reversed(self) -> "_Change":
        """What takes it back."""
        return _Change(self.content, self.field, self.after, self.before)


class LabelTable:
    """Reads and changes labels; each change is a step that can be undone, also much later.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, photo_ids: Sequence[int]) -> dict[int, str]:
        """The labels of those of these photos that have one."""
        found: dict[int, str] = {}
        for ids in id_lists(photo_ids):
            found.update(self._connection.rows(_OF, (ids,)))
        return found

    def all(self) -> dict[int, str]:
        """The labels of all photos that can be shown, by their ids."""
        return dict(self._connection.rows(_ALL))

    def by_content(self) -> dict[ContentId, str]:
        """All labels by what they are of, whether or not there is such a photo now."""
        rows = self._connection.rows("SELECT content_key, content_digest, name FROM labels")
        return {ContentId(key, digest): name for key, digest, name in rows}

    def refused(self) -> dict[int, frozenset[str]]:
        """What was refused for photos, by their ids."""
        found: dict[int, set[str]] = {}
        for photo_id, name in self._connection.rows(_REFUSED):
            found.setdefault(photo_id, set()).add(name)
        return {photo_id: frozenset(names) for photo_id, names in found.items()}

    def species(self) -> list[Species]:
        """The labels that there are photos of, by name."""
        return self._connection.records(_SPECIES, (), lambda row: Species(*row))

    def give(self, photo_ids: Sequence[int], name: str, now: float) -> LabelStep | None:
        """Labels photos, and all copies of them; None if all had that label."""
        changes = [
            _Change(content, LABEL, before, name)
            for content, before in self._labelled(photo_ids)
            if before != name
        ]
        return self._do(LabelDeed.GIVE, name, changes, now)

    def clear(self, photo_ids: Sequence[int], now: float) -> LabelStep | None:
        """Takes the labels from photos; None if none had one."""
        changes = [
            _Change(content, LABEL, before, None)
            for content, before in self._labelled(photo_ids)
            if before is not None
        ]
        return self._do(LabelDeed.CLEAR, "", changes, now)

    def refuse(self, photo_ids: Sequence[int], name: str, now: float) -> LabelStep | None:
        """Notes that photos are not of a kind; one that was labelled so loses that label."""
        changes = []
        for content, before in self._labelled(photo_ids):
            if before == name:
                changes.append(_Change(content, LABEL, before, None))
            if not self._is_refused(content, name):
                changes.append(_Change(content, REFUSAL, None, name))
        return self._do(LabelDeed.REFUSE, name, changes, now)

    def rename(self, old: str, new: str, now: float) -> LabelStep | None:
        """Gives all that have a label another one; None if none has it."""
        rows = self._connection.rows(
            "SELECT content_key, content_digest FROM labels WHERE name = ?", (old,)
        )
        changes = [_Change(ContentId(*row), LABEL, old, new) for row in rows if old != new]
        return self._do(LabelDeed.RENAME, f"{old} → {new}", changes, now)

    def last(self) -> LabelStep | None:
        """What `undo` would take back; None if there is nothing."""
        rows = self._connection.rows(f"{_STEP} DESC LIMIT 1", (0,))
        return self._step_of(rows[0]) if rows else None

    def undo(self, now: float) -> LabelStep | None:
        """Takes back the last step; None if there is none."""
        return self._turn(f"{_STEP} DESC LIMIT 1", 0, now)

    def redo(self, now: float) -> LabelStep | None:
        """Does again what was undone last; None if nothing was."""
        return self._turn(f"{_STEP} LIMIT 1", 1, now)

    def add_where_none(self, labels: Iterable[tuple[ContentId, str]], now: float) -> int:
        """Labels contents that have no label, without a step; how many."""
        n_added = 0
        with self._connection.transaction():
            for content, name in labels:
                if self._label_of(content) is None:
                    self._connection.run(_GIVE, (content.key, content.digest, name, now))
                    n_added += 1
        return n_added

    def _labelled(self, photo_ids: Sequence[int]) -> list[tuple[ContentId, str | None]]:
        """Contents of photos and their labels; photos whose content is not known have none."""
        contents = [
            ContentId(*row)
            for ids in id_lists(photo_ids)
            for row in self._connection.rows(_CONTENTS, (ids,))
        ]
        return [(content, self._label_of(content)) for content in dict.fromkeys(contents)]

    def _label_of(self, content: ContentId) -> str | None:
        row = self._connection.find_row(
            "SELECT name FROM labels WHERE content_key = ? AND content_digest = ?",
            (content.key, content.digest),
        )
        return None if row is None else str(row[0])

    def _is_refused(self, content: ContentId, name: str) -> bool:
        row = self._connection.find_row(
            "SELECT 1 FROM refusals WHERE content_key = ? AND content_digest = ? AND name = ?",
            (content.key, content.digest, name),
        )
        return row is not None

    def _do(
        self, deed: LabelDeed, name: str, changes: Sequence[_Change], now: float
    ) -> LabelStep | None:
        """Makes changes one step; what was undone before can no longer be done again."""
        if not changes:
            return None
        with self._connection.transaction():
            self._connection.run("DELETE FROM label_steps WHERE is_undone = 1")
            self._connection.run(
                "DELETE FROM label_steps WHERE step <= (SELECT max(step) FROM label_steps) - ?",
                (_MOST_STEPS,),
            )
            self._connection.run(
                "INSERT INTO label_steps (what, name, made_at, is_undone) VALUES (?, ?, ?, 0)",
                (deed.value, name, now),
            )
            step = self._connection.value("SELECT max(step) FROM label_steps")
            for place, change in enumerate(changes):
                content = change.content
                self._connection.run(
                    _CHANGE,
                    (
                        step, place, content.key, content.digest,
                        change.field, change.before, change.after,
                    ),
                )  # fmt: skip
                self._apply(change, now)
        n_photos = len({change.content for change in changes})
        return LabelStep(deed, name, n_photos, now)

    def _turn(self, sql: str, was_undone: int, now: float) -> LabelStep | None:
        with self._connection.transaction():
            rows = self._connection.rows(sql, (was_undone,))
            if not rows:
                return None
            step = rows[0][0]
            changes = self._connection.records(_CHANGES, (step,), _change_of)
            if not was_undone:
                changes = [change.reversed() for change in reversed(changes)]
            for change in changes:
                self._apply(change, now)
            self._connection.run(
                "UPDATE label_steps SET is_undone = ? WHERE step = ?", (1 - was_undone, step)
            )
        return self._step_of(rows[0])

    def _apply(self, change: _Change, now: float) -> None:
        content = (change.content.key, change.content.digest)
        if change.field == REFUSAL:
            if change.after is None:
                self._connection.run(_FORGIVE, (*content, change.before))
            else:
                self._connection.run(_REFUSE, (*content, change.after, now))
        elif change.after is None:
            self._connection.run(_TAKE, content)
        else:
            self._connection.run(_GIVE, (*content, change.after, now))

    def _step_of(self, row: Row) -> LabelStep:
        step, what, name, made_at = row
        n_photos = self._connection.value(
            "SELECT count(*) FROM (SELECT DISTINCT content_key, content_digest FROM label_changes"
            " WHERE step = ?)",
            (step,),
        )
        return LabelStep(LabelDeed(what), name, n_photos, made_at)


def _change_of(row: Row) -> _Change:
    key, digest, field, before, after = row
    return _Change(ContentId(key, digest), field, before, after)
