"""What git says of merging observed trees: the textual truth, asked once for each pair.

What a merge rule settles is settled here as it is at landing.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pointsman.git import (
    Git,
    GitFailed,
    Repository,
    printable,
    settle,
    trial_merge,
    without_config,
)
from pointsman.model.conflict import pair
from pointsman.model.footprint import Footprint
from pointsman.model.merge_rule import RuleFor

log = logging.getLogger(__name__)

KEPT = 4096
"""Merges whose outcome is remembered."""


_Rules = tuple[RuleFor, ...]
_Key = tuple[tuple[str, str], _Rules]


class _Observed(NamedTuple):
    """A participant's latest tree, and the object folders to find it in."""

    commit: str
    objects: tuple[Path, ...]


class TrialMerges:
    """The latest trees of participants, and what git says of merging two of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._observed: dict[str, _Observed] = {}
        self._known: OrderedDict[_Key, Mapping[str, str]] = OrderedDict()

    def observe(self, participant: str, commit: str, objects: Sequence[Path]) -> None:
        """This is the participant's latest tree; its objects are here, besides the repository's."""
        self._observed[participant] = _Observed(commit, tuple(objects))

    def forget(self, participant: str) -> None:
        self._observed.pop(participant, None)

    async def of(self, a: Footprint, b: Footprint, rules: _Rules) -> Mapping[str, str] | None:
        """The files that do not merge, with git's word for why; None if that is not known."""
        mine, theirs = self._observed.get(a.participant), self._observed.get(b.participant)
        if not (mine and theirs and a.tree == mine.commit and b.tree == theirs.commit):
            return None
        key = (pair(mine.commit, theirs.commit), rules)
        merge = self._known.get(key)
        if merge is None:
            folders = dict.fromkeys([*self._repository.objects, *mine.objects, *theirs.objects])
            try:
                with without_config(tuple(folders)) as git:
                    merge = await _conflicts(git, *key)
            except (GitFailed, TimeoutError) as failed:
                log.warning("no trial merge of %s and %s: %s", a.participant, b.participant, failed)
                return None
            self._known[key] = merge
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        if a.base != b.base:
            # on different bases, what base itself did in between looks like a conflict of the two
            both = {t.path for t in a.touches} & {t.path for t in b.touches}
            merge = {path: words for path, words in merge.items() if path in both}
        return merge


async def _conflicts(git: Git, commits: tuple[str, str], rules: _Rules) -> dict[str, str]:
    """The files that do not merge, with git's word for why (``contents``, ``modify/delete``)."""
    merged = await trial_merge(git, *commits)
    merged = await settle(git, merged, rules, unit="theirs")
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
