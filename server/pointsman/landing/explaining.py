"""What does not merge, in precise words: which files, who landed what there, and both sides.

For the unit's agent and the operator alike. The texts come from commits of agents: whatever is
shown of them is bounded, printable, and quoted, so that it can't be taken for our own words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointsman.git import (
    Conflicted,
    Git,
    GitFailed,
    Merged,
    Version,
    patch,
    printable,
    read_blobs,
    settle,
    touching,
    trial_merge,
    without_config,
)
from pointsman.landing.merging import to_be_merged
from pointsman.model.merge_rule import DEFAULT_RULES, MergeRule, RuleFor
from pointsman.model.unmerged import FileVersion, LandedChange, Unmerged

FILES = 20
"""Files that are explained; of more than these only the names and versions are told."""
NAMED = 500
COMMITS = 5
"""Commits on base that are named for a file."""
PLACES = 3
"""Conflicting places that are shown of a file."""
SIDE = 20
"""Lines that are shown of each side of one place."""
LINE = 200
"""Characters of a line."""
SUBJECT = 80
"""Characters of a commit's subject."""
TOGETHER = 24_000
"""Characters that all places of all files may have together: they are part of a prompt."""
LARGEST = 1 << 20
"""Bytes of a merged file that is looked into."""


@dataclass(frozen=True)
class Known:
    """What the ledger and the oracle know, for saying who changed a file."""

    branch: str
    chunk: str
    since: str
    """The commit that the unit's workspace was cut from, or brought up to last."""
    landed: Mapping[str, tuple[str, str]]
    """By the commit on base: the unit that landed with it, and its chunk."""
    symbols: Mapping[tuple[str, str], tuple[str, ...]]
    """By another chunk and a path: what of it this chunk and that have in common."""


async def explain(
    objects: Sequence[Path],
    tip: str,
    work: str,
    known: Known,
    *,
    rules: Sequence[RuleFor] = DEFAULT_RULES,
    displaced: str | None = None,
) -> tuple[Unmerged, ...]:
    """The files that don't merge when ``work`` comes onto ``tip``; ours is base's version.

    ``objects``: the object folders that have both. Nothing is written. Raises git-failed.
    """
    with without_config(objects) as git:
        theirs = await to_be_merged(git, tip, work, displaced)
        merged = await trial_merge(git, tip, theirs, show_base=True)
        merged = await settle(git, merged, rules, unit="theirs")
        names = {tip: known.branch, theirs: known.chunk}
        shown = await _contents(git, merged)
        found = []
        left = TOGETHER
        for n, conflict in enumerate(merged.conflicts[:NAMED]):
            kind, says = _kind(merged, conflict, names)
            one = Unmerged(
                path=printable(conflict.path),
                kind=kind,
                says=says,
                base=_version(conflict.base),
                ours=_version(conflict.ours),
                theirs=_version(conflict.theirs),
            )
            if n < FILES:
                hunks = _places(shown.get(conflict.path, b""), known)
                if not hunks and (conflict.ours is None) != (conflict.theirs is None):
                    changed = tip if conflict.ours else theirs
                    hunks = await _changes(git, known.since, changed, conflict.path)
                hunks = hunks if len(hunks) <= left else ""
                left -= len(hunks)
                landed = await _landed(git, tip, conflict.path, known)
                one = one.model_copy(update={"hunks": hunks, "landed": landed})
            found.append(one)
        return tuple(found)


async def _contents(git: Git, merged: Merged) -> dict[str, bytes]:
    paths = [c.path for c in merged.conflicts[:FILES] if c.ours and c.theirs]
    found = await read_blobs(git, merged.tree, paths)
    return {path: text for path, text in found.items() if len(text) <= LARGEST}


def _version(version: Version | None) -> FileVersion | None:
    return FileVersion(mode=version.mode, blob=version.blob) if version else None


def _kind(merged: Merged, conflict: Conflicted, names: Mapping[str, str]) -> tuple[str, str]:
    """What sort of conflict, and git's sentence with names in place of ids."""
    told = [
        m for m in merged.messages if conflict.path in m.paths and m.kind.startswith("CONFLICT")
    ]
    kind = told[0].kind.removeprefix("CONFLICT").strip(" ()") if told else "content"
    if kind in ("contents", "content"):
        kind = "content" if conflict.base else "add/add"
    says = told[0].text if told else ""
    for commit, name in names.items():
        says = says.replace(commit, name)
    return kind, _plain(says.partition(": ")[2] or says)[: 2 * LINE]


async def _landed(git: Git, tip: str, path: str, known: Known) -> tuple[LandedChange, ...]:
    changes = []
    for commit, subject in (await touching(git, known.since, tip, path))[:COMMITS]:
        unit, chunk = known.landed.get(commit, (None, None))
        symbols = known.symbols.get((chunk, path), ()) if chunk else ()
        changes.append(
            LandedChange(
                commit=commit,
                subject=_plain(subject)[:SUBJECT],
                unit=unit,
                chunk=chunk,
                symbols=symbols,
            )
        )
    return tuple(changes)


# ---- the places


_START, _BASE, _MIDDLE, _END = b"<<<<<<< ", b"|||||||", b"=======", b">>>>>>> "
"""git-merge(1), "How conflicts are presented", with the original text between them."""


def _places(text: bytes, known: Known) -> str:
    """The conflicting places of a merged file, each with base's side, the original and the unit's
    side; a side that is long is cut in the middle of nothing but itself."""
    if b"\0" in text[:8000]:
        return ""
    shown: list[str] = []
    sides: list[list[str]] = []
    places = 0
    for line in text.splitlines():
        if line.startswith(_START):
            sides = [[]]
        elif sides and line.startswith((_BASE, _MIDDLE)) and len(sides) < 3:
            sides.append([])
        elif line.startswith(_END) and len(sides) == 3:
            places += 1
            if places <= PLACES:
                shown += _place(sides, known)
            sides = []
        elif sides:
            sides[-1].append(line.decode(errors="replace"))
    if places > PLACES:
        shown.append(f"… and {places - PLACES} more such places")
    return "\n".join(shown)


def _place(sides: list[list[str]], known: Known) -> list[str]:
    marks = (f"<<<<<<< {known.branch}", "||||||| before both", "=======")
    shown = []
    for mark, side in zip(marks, sides, strict=True):
        shown += [mark, *_cut(side, SIDE)]
    return [*shown, f">>>>>>> {known.chunk}"]


def _cut(lines: Sequence[str], most: int) -> list[str]:
    shown = [_plain(line)[:LINE] for line in lines[:most]]
    return [*shown, f"… {len(lines) - most} more lines"] if len(lines) > most else shown


async def _changes(git: Git, since: str, changed: str, path: str) -> str:
    """What one side changed in a file that the other deleted."""
    try:
        text = (await patch(git, since, changed, [path])).decode(errors="replace")
    except GitFailed:  # base was rewound to before it
        return ""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("@@")), len(lines))
    return "\n".join(_cut(lines[first:], 2 * SIDE))


def _plain(text: str) -> str:
    """Valid text of one line, without what a terminal or an editor would act on."""
    valid = text.encode(errors="replace").decode()
    return "".join(c if c == "\t" or c.isprintable() else "\ufffd" for c in valid)


# ---- in words


def settled_in_words(
    settled: Sequence[tuple[str, MergeRule]], chunk: str, branch: str
) -> tuple[str, ...]:
    """What became of files that only a merge rule could merge, in a sentence each."""
    return tuple(_settled(_name(path), rule, chunk, branch) for path, rule in settled)


def _settled(name: str, rule: MergeRule, chunk: str, branch: str) -> str:
    if rule is MergeRule.GENERATED:
        return (
            f"{name} is generated: it is as {chunk} has it, without what changed on {branch}. "
            "Make it anew."
        )
    return f"{name} ({rule.value}): the lines of {branch} and of {chunk} are both in it."


def in_words(found: Sequence[Unmerged], known_as: str, branch: str) -> str:
    """All of it for a person or an agent. ``known_as``: the chunk that does not merge."""
    files = f"{len(found)} files" if len(found) > 1 else "1 file"
    parts = [f"{known_as} does not merge with what is on {branch} now, in {files}:"]
    parts += [_file_in_words(one, known_as, branch) for one in found[:FILES]]
    more = found[FILES:]
    if more:
        parts.append("Also these:\n" + "\n".join(f"- {_name(m.path)} ({m.kind})" for m in more))
    return "\n\n".join(parts)


def _file_in_words(one: Unmerged, chunk: str, branch: str) -> str:
    lines = [f"- {_name(one.path)} ({one.kind}): {_what(one, chunk, branch)}"]
    lines += [f"  {_change_in_words(change, branch)}" for change in one.landed]
    if one.hunks:
        lines += ["", *(f"  > {line}".rstrip() for line in one.hunks.splitlines())]
    return "\n".join(lines)


def _what(one: Unmerged, chunk: str, branch: str) -> str:
    if one.kind == "content":
        return f"{branch} and {chunk} changed the same lines."
    if one.kind == "add/add":
        return f"{branch} and {chunk} each added it, differently."
    return one.says


def _change_in_words(change: LandedChange, branch: str) -> str:
    who = f"{change.chunk} ({change.unit})" if change.unit else f"“{change.subject}”"
    where = f", in common with you: {', '.join(change.symbols)}" if change.symbols else ""
    return f"Changed on {branch} by {who}, commit {change.commit[:10]}{where}"


def _name(path: str) -> str:
    return "`" + _plain(path).replace("`", " ") + "`"
