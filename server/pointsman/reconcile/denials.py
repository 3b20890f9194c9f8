"""What the sandbox kept from an agent: one item a unit, grouped, for which nothing waits."""

from collections.abc import Iterable

from pointsman.model.attention import AttentionItem, Denial, Reason
from pointsman.model.state import Draft
from pointsman.model.work_unit import WorkUnit
from pointsman.reconcile.items import DENIED_OPTIONS, open_item, tell_opened

MOST = 20
"""Things that are told apart; an agent may try any number."""
ELSEWHERE = "elsewhere"


def note_denials(draft: Draft, unit: WorkUnit, found: Iterable[Denial]) -> None:
    """Open the unit's item, or add to it. Once it is answered, a new one begins."""
    open_ = (i for i in draft.state.items.values() if i.unit == unit.id)
    item = next((i for i in open_ if i.reason is Reason.SANDBOX_DENIED), None)
    denied = grouped((*(item.denied if item else ()), *found))
    text = _words(unit, denied)
    if item is None:
        open_item(draft, unit, Reason.SANDBOX_DENIED, text, DENIED_OPTIONS, denied=denied)
        return
    grown: AttentionItem = item.model_copy(update={"text": text, "denied": denied})
    draft.put("items", grown)
    tell_opened(draft, grown)


def grouped(found: Iterable[Denial]) -> tuple[Denial, ...]:
    """Each thing once, with how often, in the order of the first time."""
    groups: dict[tuple[str, str], Denial] = {}
    for denial in found:
        key = (denial.what, denial.where)
        if key not in groups and len(groups) >= MOST:
            key = (denial.what, ELSEWHERE)
        before = groups.get(key)
        times = denial.times + (before.times if before else 0)
        groups[key] = Denial(what=denial.what, where=key[1], times=times)
    return tuple(groups.values())


def _words(unit: WorkUnit, denied: tuple[Denial, ...]) -> str:
    lines = [f"The sandbox kept from the agent of {unit.chunk}:"]
    lines += [f"- {_one(denial)}" for denial in denied]
    entry = f"[agents.{unit.agent}] of your own settings file"
    kinds = {denial.what for denial in denied}
    if "read" in kinds:
        lines.append(f"What it needs to read, name in `read_paths` in {entry}.")
    if "network" in kinds:
        lines.append(f'If it needs the network, set `network = "host"` in {entry}.')
    if "write" in kinds:
        lines.append("It can write in its workspace, its own HOME and /tmp alone.")
    return "\n".join(lines)


def _one(denial: Denial) -> str:
    if denial.what == "network":
        words = f"the network ({denial.where})" if denial.where else "the network"
    else:
        how = "reading" if denial.what == "read" else "writing"
        words = f"{how} {denial.where or 'a file'}"
    return words if denial.times == 1 else f"{words}, {denial.times} times"
