"""Many agents at once on a real repository: what was predicted of each pair, and what happened.

`python -m bench.real_repository CLONE [CHUNKS.toml]` works on a scratch clone of a local clone.
Every agent holds its work until all have done theirs, and every verdict is answered INDEPENDENT, so
that whatever can collide does. Prints a report in Markdown.
"""

import sys
import time
import tomllib
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from bench.measuring import print_machine
from tests.e2e.rig import GATE, Rig, rigs

CLICK = Path(__file__).with_name("click.toml")
PATIENCE = 300.0
"""Seconds for all agents to be at work, and for all work to land."""
QUIET = 1.0
"""Seconds without a change after which everything counts as compared."""

Pair = tuple[str, str]
Found = dict[Pair, dict[str, Any]]
"""Conflicts by pair, as on the wire."""
Events = list[dict[str, Any]]


def main(source: str, chunks: str = str(CLICK)) -> int:
    """Run them all once and print the report. The exit code: whether everything landed."""
    told = tomllib.loads(Path(chunks).read_text("utf-8"))
    names = [chunk["name"] for chunk in told["chunk"]]
    with contextmanager(rigs)() as world:
        before = prepare(world, source, told["chunk"])
        world.start()
        predicted = conflicts(world.call("analyze", chunks=names))
        injected = time.time()
        world.inject(*names)
        seen = side_by_side(world, names)
        opened = time.time()
        for name in names:
            world.open(name)
        ends = [world.reach(name, "COMPLETED", "FAILED", within=PATIENCE) for name in names]
        events = all_events(world)
        print(f"`{Path(source).name}` {before}\n")
        print_pairs(names, told["pair"], predicted, seen, sent_back(events))
        print_units(names, events, injected, opened)
        print_machine()
    return 0 if all(unit["status"] == "COMPLETED" for unit in ends) else 1


# ---- running them


def prepare(world: Rig, source: str, chunks: list[dict[str, Any]]) -> str:
    """A scratch clone with the chunks committed, and room for all of them at once. Returns what
    was cloned, in words."""
    world.git("clone", "--quiet", str(Path(source).resolve()), str(world.root), at=world.home)
    world.git("config", "user.name", "Olga Operator")
    world.git("config", "user.email", "olga@example.invalid")
    commits = world.git("rev-list", "--count", "HEAD")
    files = len(world.git("ls-tree", "-r", "--name-only", "HEAD").splitlines())
    words = world.git("log", "-1", f"--format=at %h of %as: {files} files, {commits} commits.")
    for chunk in chunks:
        for edit in chunk["replace"]:
            times = (world.root / edit["path"]).read_text("utf-8").count(edit["old"])
            if times != 1:
                sys.exit(f"{chunk['name']}: {edit['old']!r} is {times} times in {edit['path']}")
        steps = [{"replace": edit} for edit in chunk["replace"]]
        world.chunk(chunk["name"], *steps, GATE, approach=chunk["approach"], commit=False)
    world.commit("plan")
    world.configure(f"max_agents = {len(chunks)}\n")
    return words


def side_by_side(world: Rig, names: list[str]) -> Found:
    """Answer INDEPENDENT to whatever keeps two apart, until all agents wait at their gates and
    their work has been compared: what was found in it."""
    last: Found = {}
    since = time.monotonic()
    deadline = since + PATIENCE
    while True:
        found = conflicts(world.call("conflicts"))
        for conflict in found.values():
            if conflict["verdict"] != "INDEPENDENT":
                world.call("verdict", conflict=conflict["id"], verdict="INDEPENDENT")
        if found != last:
            last, since = found, time.monotonic()
        settled = time.monotonic() - since > QUIET
        if settled and all(is_observed(world, name) for name in names):
            break
        assert time.monotonic() < deadline, f"{world.call('status')}\n{world.log()[-3000:]}"
        time.sleep(0.1)
    for name in names:
        world.at_gate(name)
    return last


def is_observed(world: Rig, name: str) -> bool:
    """Whether what is known of the chunk comes from its agent's work."""
    touches = world.call("footprint", chunk=name)["touches"]
    return any(touch["evidence"] == "OBSERVED" for touch in touches)


def conflicts(told: dict[str, Any]) -> Found:
    return {(c["a"], c["b"]): c for c in told["conflicts"]}


# ---- what happened


def all_events(world: Rig) -> Events:
    found: Events = []
    while page := world.call("events", since=found[-1]["seq"] if found else 0)["events"]:
        found += page
    return found


def sent_back(events: Events) -> set[str]:
    """The chunks whose work did not merge with what had landed before it."""
    units = (event["data"]["unit"] for event in events if event["kind"] == "unit.changed")
    return {unit["chunk"] for unit in units if unit.get("phase") == "REBASE"}


def moment(events: Events, chunk: str, is_it: Any) -> float:
    """When the first such event of the chunk's unit was."""
    own = (event for event in events if (event.get("unit") or "").rpartition(".")[0] == chunk)
    return datetime.fromisoformat(next(e["at"] for e in own if is_it(e))).timestamp()


def is_running(event: dict[str, Any]) -> bool:
    return event["kind"] == "unit.changed" and event["data"]["unit"]["status"] == "RUNNING"


def is_done(event: dict[str, Any]) -> bool:
    return event["kind"] == "log" and event["data"].get("kind") == "turn"


def is_landed(event: dict[str, Any]) -> bool:
    return event["kind"] == "landing.step" and event["data"].get("state") == "LANDED"


# ---- the report


def print_pairs(
    names: list[str], meant: list[dict[str, Any]], predicted: Found, seen: Found, back: set[str]
) -> None:
    """Every pair that was meant, predicted or seen to have something in common; then the rest."""
    words = {in_order(*pair["chunks"]): pair["meant"] for pair in meant}
    every = [in_order(*pair) for pair in combinations(names, 2)]
    told = [pair for pair in every if pair in words or pair in predicted or pair in seen]
    print("| pair | meant | predicted | seen in the work | at landing |")
    print("|---|---|---|---|---|")
    for pair in told:
        happened = "did not merge" if back & set(pair) and collided(seen.get(pair)) else "merged"
        print(
            f"| {' and '.join(pair)} | {words.get(pair, 'nothing in common')} "
            f"| {in_words(predicted.get(pair))} | {in_words(seen.get(pair))} | {happened} |"
        )
    print(f"\nOf the other {len(every) - len(told)} pairs nothing was predicted or seen.")
    for pair in told:
        why = predicted[pair]["why"] if pair in predicted else "nothing was predicted"
        print(f"- {' and '.join(pair)}: {why}")
    print(f"\nSent back to their agents: {', '.join(sorted(back)) or 'none'}.\n")


def in_order(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def collided(conflict: dict[str, Any] | None) -> bool:
    """Whether git could not merge the two."""
    return conflict is not None and "TEXTUAL" in types(conflict)


def types(conflict: dict[str, Any]) -> list[str]:
    return sorted({overlap["type"] for overlap in conflict["overlaps"]})


def in_words(conflict: dict[str, Any] | None) -> str:
    """Kinds of overlap, how likely it is to collide, and the oracle's verdict where it is its."""
    if conflict is None:
        return "nothing"
    judged = f", {conflict['verdict']}" if conflict["decidedBy"] == "oracle" else ""
    return f"{' '.join(types(conflict))} {conflict['probability']:.2f}{judged}"


def print_units(names: Iterable[str], events: Events, injected: float, opened: float) -> None:
    """How long each took to start, and from its agent's last word until it was on base."""
    print("| chunk | inject to running, s | done to landed, s |")
    print("|---|---|---|")
    last = opened
    for name in names:
        running, done, landed = (moment(events, name, i) for i in (is_running, is_done, is_landed))
        last = max(last, landed)
        print(f"| {name} | {running - injected:.2f} | {landed - done:.2f} |")
    print(f"\nAll agents let go on to all landed: {last - opened:.2f} s.")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
