"""What git says of merging observed trees: the textual truth, asked once for each pair.

What a merge rule settles is settled here as it is at landing.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pointsman.git import (
    GitFailed,
    Merged,
    Repository,
    printable,
    settle,
    trial_merges,
    without_config,
)
from pointsman.model.conflict import pair
from pointsman.model.footprint import Footprint
from pointsman.model.merge_rule import RuleFor

log = logging.getLogger(__name__)

KEPT = 4096
"""Merges whose outcome is remembered."""
BATCH = 64
"""Merges that one process of git is asked for; the object folders of all have to be named to it."""


_Rules = tuple[RuleFor, ...]
_Pair = tuple[str, str]
"""Two commits."""


class _Observed(NamedTuple):
    """A participant's latest tree, and the object folders to find it in."""

    commit: str
    objects: tuple[Path, ...]


class TrialMerges:
    """The latest trees of participants, and what git says of merging two of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._observed: dict[str, _Observed] = {}
        self._known: OrderedDict[tuple[_Pair, _Rules], Mapping[str, str]] = OrderedDict()

    def observe(self, participant: str, commit: str, objects: Sequence[Path]) -> None:
        """This is the participant's latest tree; its objects are here, besides the repository's."""
        self._observed[participant] = _Observed(commit, tuple(objects))

    def forget(self, participant: str) -> None:
        self._observed.pop(participant, None)

    async def of(
        self, mine: Footprint, others: Iterable[Footprint], rules: _Rules, *, ask: bool = True
    ) -> dict[str, Mapping[str, str]]:
        """By participant, the files that do not merge with ``mine``, with git's word for why.

        Those of whom that is not known are left out; with ``ask``, git is asked for it first.
        """
        own = self._latest(mine)
        if own is None:
            return {}
        there = [(f, tree) for f in others if (tree := self._latest(f))]
        trees = {pair(own.commit, tree.commit): tree for _, tree in there}
        merges = {
            key: known for key in trees if (known := self._known.get((key, rules))) is not None
        }
        left = iter([(key, tree) for key, tree in trees.items() if ask and key not in merges])
        while batch := dict(islice(left, BATCH)):
            merges |= await self._tried(own, batch, rules)
        found = {}
        for theirs, tree in there:
            merge = merges.get(pair(own.commit, tree.commit))
            if merge is not None:
                same = mine.base == theirs.base
                found[theirs.participant] = merge if same else _of_both(merge, mine, theirs)
        return found

    def _latest(self, footprint: Footprint) -> _Observed | None:
        """The participant's latest tree, if that is what the footprint is of."""
        seen = self._observed.get(footprint.participant)
        return seen if seen and seen.commit == footprint.tree else None

    async def _tried(
        self, own: _Observed, others: Mapping[_Pair, _Observed], rules: _Rules
    ) -> dict[_Pair, Mapping[str, str]]:
        """What git says of some pairs, in one process, by their commits."""
        objects = (folder for tree in (own, *others.values()) for folder in tree.objects)
        try:
            with without_config(tuple(dict.fromkeys([*self._repository.objects, *objects]))) as git:
                tried = await trial_merges(git, list(others))
                merged = [m and await settle(git, m, rules, unit="theirs") for m in tried]
        except (GitFailed, TimeoutError) as failed:
            log.warning("no trial merges with %s: %s", own.commit, failed)
            return {}
        found: dict[_Pair, Mapping[str, str]] = {}
        for key, merge in zip(others, merged, strict=True):
            if merge is None:
                log.warning("no trial merge of %s and %s", *key)
                continue
            found[key] = self._known[key, rules] = _conflicts(merge)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found


def _of_both(merge: Mapping[str, str], mine: Footprint, theirs: Footprint) -> Mapping[str, str]:
    """On different bases, what base itself did in between looks like a conflict of the two."""
    both = {t.path for t in mine.touches} & {t.path for t in theirs.touches}
    return {path: words for path, words in merge.items() if path in both}


def _conflicts(merged: Merged) -> dict[str, str]:
    """The files that do not merge, with git's word for why (``contents``, ``modify/delete``)."""
    kinds: dict[str, str] = {}
    for message in merged.messages:
        if message.kind.startswith("CONFLICT"):
            kind = message.kind.removeprefix("CONFLICT").strip(" ()")
            for path in message.paths:
                kinds.setdefault(path, kind)
    return {
        printable(conflict.path): kinds.get(conflict.path, "contents")
        for conflict in merged.conflicts
    }
