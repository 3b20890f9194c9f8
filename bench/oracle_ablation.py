"""Which references matter? What each kind of edge flags on clean merges, and what it finds.

    pointsman replay --repository CLONE --pulls 5000 --out A
    pointsman replay --cases CASES --out B
    python -m bench.oracle_ablation A/records.jsonl B/records.jsonl …

Of all pairs that merge cleanly: the share flagged by a reference of one side to what the other
changed, by what that reference is; beside it the share of the cases known to be broken that it
finds. Cases that are not known to be broken are left out: they are made to be near each other.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pointsman.model.conflict import ConflictType
from pointsman.oracle.replay.pairs import Kind, Label
from pointsman.oracle.replay.records import Record

Traits = frozenset[str]
VARIANTS: dict[str, Callable[[Traits], bool]] = {
    "all, imports resolved": lambda t: True,
    "exact or inherited": lambda t: bool(t & {"exact", "inherited"}),
    "not ambiguous": lambda t: "ambiguous" not in t,
    "outside tests": lambda t: "in tests" not in t,
    "newly referenced": lambda t: "added" in t,
    "called": lambda t: "called" in t,
    "to a function": lambda t: bool(t & {"function", "method"}),
    "next to the change": lambda t: "near" in t,
    "within one file": lambda t: "same file" in t,
    "outside tests, called": lambda t: "in tests" not in t and "called" in t,
    "outside tests, next to the change": lambda t: "in tests" not in t and "near" in t,
    "outside tests, called, next to the change": lambda t: (
        "in tests" not in t and {"called", "near"} <= t
    ),
}


def records(paths: list[Path]) -> Iterator[Record]:
    for path in paths:
        for line in path.read_text("utf-8").splitlines()[1:]:
            yield Record.model_validate_json(line)


def references(record: Record) -> list[Traits]:
    signs = record.merged.signs.overlaps
    found = (frozenset(s.traits) for s in signs if s.type is ConflictType.REFERENCE)
    return [traits for traits in found if traits & {"exact", "inherited", "unique", "ambiguous"}]


def main(paths: list[Path]) -> None:
    clean = [record for record in records(paths) if not record.conflicts]
    past = [record for record in clean if record.kind is not Kind.CASE]
    broken = [record for record in clean if record.label is Label.SEMANTIC]
    print(f"{len(past)} pairs of the past that merge cleanly, {len(broken)} broken cases")
    print(f"{'flagged':>8} {'of all':>8} {'found':>6}  references")
    for name, counts in VARIANTS.items():
        flagged, found = (
            sum(any(map(counts, references(record))) for record in group)
            for group in (past, broken)
        )
        share = flagged / len(past) if past else 0.0
        print(f"{flagged:>8} {share:>8.2%} {found:>6}  {name}")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
