"""Which files of a run the engine has, and which wait for one of them with the same content."""

from ahash_desktop.core.records import WorkItem


class UnderWay:
    """Files that were sent off, and their twins, which wait to take over what becomes of them."""

    def __init__(self) -> None:
        self._sent: dict[int, tuple[WorkItem, bytes]] = {}
        self._owners: set[bytes] = set()
        self._twins: dict[bytes, list[WorkItem]] = {}

    def __bool__(self) -> bool:
        return bool(self._sent)

    def __len__(self) -> int:
        return len(self._sent) + sum(len(twins) for twins in self._twins.values())

    def add(self, item: WorkItem, key: bytes) -> None:
        """Notes a file that is sent off; `key` is its content key."""
        self._sent[item.photo_id] = (item, key)
        self._owners.add(key)

    def wait_for_twin(self, item: WorkItem, key: bytes) -> bool:
        """Has a file wait for one of the same content; False if none is under way."""
        if key not in self._owners:
            return False
        self._twins.setdefault(key, []).append(item)
        return True

    def end(self, photo_id: int) -> tuple[WorkItem, list[WorkItem]]:
        """Takes out a file as it was sent off, and those that waited for it."""
        item, key = self._sent.pop(photo_id)
        self._owners.remove(key)
        return item, self._twins.pop(key, [])

    def take_all(self) -> list[int]:
        """Takes out all that is left, in the order sent off, each with those that wait for it."""
        photo_ids: list[int] = []
        for photo_id in list(self._sent):
            photo_ids += [photo_id, *(twin.photo_id for twin in self.end(photo_id)[1])]
        return photo_ids
