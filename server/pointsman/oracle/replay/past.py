"""Pairs from a repository's own past: its merges, and what was worked on from the same commit."""

from collections import defaultdict
from collections.abc import AsyncGenerator

from pointsman.git import Git, commits_since, heads, merge_base, two_parent_merges
from pointsman.oracle.replay.pairs import Kind, Pair

PER_BASE = 50
"""Pairs of one base; bots open dozens of requests at once, and would make up all of the sample."""
HISTORY = 100_000
"""Merges that are looked through for where a branch began that was merged since."""


async def merges(git: Git, limit: int) -> AsyncGenerator[Pair, None]:
    """The newest ``limit`` merges in HEAD's history, both parents on their merge base.

    A merge in which one side had nothing of its own is left out.
    """
    for merge, first, second in await two_parent_merges(git, "HEAD", limit):
        base = await merge_base(git, first, second)
        if base is not None and base not in (first, second):
            yield Pair(Kind.MERGE, base, first, second, name=merge[:10])


async def pulls(git: Git, limit: int) -> AsyncGenerator[Pair, None]:
    """Up to ``limit`` pairs of branches or pull requests that began at one commit, newest first.

    Two that have commits in common are one piece of work, on top of the other; they are no pair.
    """
    merges = await two_parent_merges(git, "HEAD", HISTORY)
    merged = {second: first for _, first, second in reversed(merges)}
    begun: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    room: defaultdict[str, int] = defaultdict(lambda: PER_BASE)
    for tip in dict.fromkeys([*await heads(git), *reversed(merged)]):
        # where it began: a merged one is in HEAD's history itself by now
        base = await merge_base(git, merged.get(tip, "HEAD"), tip)
        if base is None or base == tip or not room[base]:
            continue
        own = await commits_since(git, base, tip)
        for other, commits in begun[base].items():
            if not limit:
                return
            if room[base] and own.isdisjoint(commits):
                room[base] -= 1
                limit -= 1
                a, b = sorted((other, tip))
                yield Pair(Kind.PULLS, base, a, b, name=f"{a[:10]} {b[:10]}")
        begun[base][tip] = own
