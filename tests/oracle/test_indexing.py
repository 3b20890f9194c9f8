"""Waiting for the index, and being told of it."""

import asyncio

from pointsman.oracle.index import Progress
from pointsman.oracle.indexing import Indexing


async def test_who_waits_is_told_of_every_step_until_it_is_whole():
    indexing = Indexing()
    heard: list[Progress] = []
    waiting = asyncio.create_task(indexing.until(lambda p: p.whole, heard.append))
    await asyncio.sleep(0)
    for done in (0, 1, 2):
        indexing.tell(Progress(done, 2))
        await asyncio.sleep(0)
    assert await waiting == Progress(2, 2)
    assert heard == [Progress(0, 2), Progress(1, 2)]


async def test_who_comes_later_need_not_wait():
    indexing = Indexing()
    indexing.tell(Progress(2, 2))
    assert await indexing.until(lambda p: p.whole) == Progress(2, 2)


async def test_a_repository_without_code_has_a_whole_index():
    assert Progress(0, 0).whole
