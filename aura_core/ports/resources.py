"""What a process keeps in memory beside its open stores: open views, linked trees, recent file lists."""

from __future__ import annotations

import threading
from typing import Protocol, TypeVar, cast, runtime_checkable

Resource = TypeVar("Resource")


@runtime_checkable
class Closable(Protocol):
    """A resource that holds files, threads or connections."""

    def close(self) -> None:
        """Release them."""
        ...


class Resources:
    """One object of each class that is asked for, as long as the stores are open. Threads may share it.

    The classes belong to higher rooms than this one, so the class is the key: ``stores.resources.get(OpenViews)``.
    """

    def __init__(self) -> None:
        self._objects: dict[type, object] = {}
        self._lock = threading.RLock()

    def get(self, kind: type[Resource]) -> Resource:
        """Return the object of a class, which is made without arguments at the first call."""
        with self._lock:
            if kind not in self._objects:
                self._objects[kind] = kind()
            return cast(Resource, self._objects[kind])

    def close(self) -> None:
        """Forget all objects, the newest first, and close those that have a ``close``."""
        with self._lock:
            while self._objects:
                resource = self._objects.popitem()[1]
                if isinstance(resource, Closable):
                    resource.close()
