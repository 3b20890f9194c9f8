"""How far the index of the repository's files is, for whoever wants to know or to wait."""

import asyncio
from collections.abc import Callable

from pointsman.oracle.index import Progress


class Indexing:
    """Told by the one who fills the index. Used by one event loop."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        """None until it is known what is there."""
        self._moved = asyncio.Event()

    def tell(self, progress: Progress) -> None:
        """It is that far now."""
        self.progress = progress
        self._moved.set()
        self._moved = asyncio.Event()

    async def until(
        self,
        enough: Callable[[Progress], bool],
        heard: Callable[[Progress], None] = lambda _: None,
    ) -> Progress:
        """Waits until it is far enough; ``heard`` is told of every step on the way there."""
        while True:
            moved = self._moved
            if self.progress is not None:
                if enough(self.progress):
                    return self.progress
                heard(self.progress)
            await moved.wait()
