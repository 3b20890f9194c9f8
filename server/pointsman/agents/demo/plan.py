"""The steps in a PLAN.md: YAML in fenced blocks with the info string ``demo``.

```demo
- write: {path: src/a.py, text: "A = 1\\n"}
- ask: {question: "Which colour?", options: [red, blue]}
- replace: {path: src/a.py, old: "1", new: "'{answer}'"}
- run: python -m pytest -q
```
"""

import re
from typing import Any, NamedTuple

_FENCE = re.compile(r"^```demo[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

_FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "write": (frozenset({"path", "text"}), frozenset()),
    "replace": (frozenset({"path", "old", "new"}), frozenset()),
    "append": (frozenset({"path", "text"}), frozenset()),
    "ask": (frozenset({"question"}), frozenset({"options"})),
    "claim": (frozenset(), frozenset({"paths", "symbols"})),
}
"""Of the steps that take a map: what must be in it, and what may."""

_PLAIN: dict[str, type | tuple[type, ...]] = {
    "run": str,
    "wait": (int, float),
    "fail": str,
    "finish": bool,
}


class PlanError(Exception):
    """The steps can't be read; the message says which and why."""


class Step(NamedTuple):
    kind: str
    value: Any

    def title(self) -> str:
        """The step in a few words."""
        if isinstance(self.value, dict):
            about = self.value.get("path") or self.value.get("question") or "what it will change"
            return f"{self.kind} {about}"
        return f"{self.kind} {self.value}"

    def with_answer(self, answer: str | None) -> "Step":
        """The step with ``{answer}`` in all its texts replaced, once there is an answer."""
        return self if answer is None else Step(self.kind, _replaced(self.value, answer))


class Steps(NamedTuple):
    steps: tuple[Step, ...]
    finish: bool
    """Whether the chunk is to be set ACTIVE at the end."""


def read_steps(plan: str) -> Steps:
    """The steps of all ``demo`` blocks, in order. Raises PlanError."""
    import yaml  # not needed before there is a plan to read

    steps: list[Step] = []
    for block in _FENCE.findall(plan):
        try:
            listed = yaml.safe_load(block)
        except yaml.YAMLError as error:
            raise PlanError(f"The demo block is no YAML: {error}") from None
        if not isinstance(listed, list):
            raise PlanError("The demo block must be a list of steps.")
        steps += [_step(item) for item in listed]
    finish = all(step.value for step in steps if step.kind == "finish")
    return Steps(tuple(step for step in steps if step.kind != "finish"), finish)


def _step(item: Any) -> Step:
    if not isinstance(item, dict) or len(item) != 1:
        raise PlanError(f"A step is a map of one key, not {item!r}.")
    ((kind, value),) = item.items()
    if kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]):
            raise PlanError(f"`{kind}` can't be {value!r}.")
        return Step(kind, value)
    if kind not in _FIELDS:
        raise PlanError(f"There is no step {kind!r}.")
    required, optional = _FIELDS[kind]
    keys = set(value) if isinstance(value, dict) else None
    if keys is None or not required <= keys <= required | optional:
        wanted = ", ".join(sorted(required | optional))
        raise PlanError(f"`{kind}` takes a map of {wanted}, not {value!r}.")
    return Step(kind, value)


def _replaced(value: Any, answer: str) -> Any:
    if isinstance(value, str):
        return value.replace("{answer}", answer)
    if isinstance(value, dict):
        return {key: _replaced(item, answer) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, answer) for item in value]
    return value
