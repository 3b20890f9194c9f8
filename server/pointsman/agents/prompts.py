"""What agents are told. The texts are the files in ``prompts/``; all of them are rendered here.

A repository may put texts of its own in their place (`overrides`). Texts are ``string.Template``s:
``$name`` is replaced, and nothing in what replaces it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from string import Template

from pointsman.model.attention import Answer
from pointsman.sandbox.policy import Network

COMMON = ("chunk", "base", "goal", "plan")
"""The placeholders that every text may use."""
PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    "chunk": ("others", "sandbox", "asked"),
    "asked": ("answers",),
    "answers": ("answers",),
    "not_active": (),
    "sent_back": ("paths",),
    "checks_failed": ("problem",),
    "resumed": (),
    "brought_up": ("conflicts",),
}
"""The texts, ``<name>.md``, and the placeholders that each has for itself and has to use: what it
left out, the agent would never know."""

ALONE = "At the moment nobody else is at work in this repository; that can change at any time."

UNCONFINED = (
    "You are not locked up: the operator trusts you to stay within the folder that you are in, "
    "your HOME and `/tmp`, and to ask before you touch anything else."
)


@dataclass(frozen=True)
class Neighbour:
    """Another chunk that is being worked on, and what it touches (``path`` or ``path#symbol``)."""

    chunk: str
    touches: Sequence[str] = ()


@dataclass(frozen=True)
class Prompts:
    """The prompts of one chunk's agent. ``folder`` is the chunk's, relative to the workspace."""

    chunk: str
    folder: str
    base: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    confined: bool = True
    """Whether the agent is in a sandbox."""
    network: Network = "none"

    def begin(
        self,
        neighbours: Iterable[Neighbour] = (),
        asked: Sequence[Answer] = (),
    ) -> str:
        """The first prompt of a session. ``asked``: the answers given in sessions before this one,
        where one was lost."""
        before = self._render("asked", answers=_answers(asked)) if asked else ""
        sandbox = _sandbox(self.network) if self.confined else UNCONFINED
        return self._render("chunk", others=_others(neighbours), sandbox=sandbox, asked=before)

    def answers(self, answers: Sequence[Answer]) -> str:
        """The answers to tickets that were given instead of answers."""
        return self._render("answers", answers=_answers(answers))

    def not_active(self) -> str:
        """The turn ended and the chunk is not ACTIVE."""
        return self._render("not_active")

    def sent_back(self, paths: Iterable[str]) -> str:
        """The work does not merge with base; ``paths`` have conflict markers."""
        return self._render("sent_back", paths=_bullets(paths))

    def checks_failed(self, problem: str) -> str:
        """The work does not pass what is checked before landing."""
        return self._render("checks_failed", problem=problem)

    def resumed(self) -> str:
        """The session goes on after the agent's process was killed."""
        return self._render("resumed")

    def brought_up(self, paths: Sequence[str] = (), why: str = "") -> str:
        """The workspace was brought up to a newer base; ``paths`` have conflict markers, ``why``
        says what met there."""
        words = f"\nThese files have conflict markers in them:\n\n{_bullets(paths)}\n"
        words += f"\n{why}\n" if why else ""
        return self._render("brought_up", conflicts=words if paths else "")

    def _render(self, name: str, **more: str) -> str:
        template = Template(self.overrides.get(name) or _text(name))
        text = template.safe_substitute(
            chunk=self.chunk,
            base=self.base,
            goal=f"{self.folder}/GOAL.md",
            plan=f"{self.folder}/PLAN.md",
            **more,
        )
        return text.strip() + "\n"


@cache
def _text(name: str) -> str:
    return resources.files("pointsman.agents").joinpath(f"prompts/{name}.md").read_text("utf-8")


def _answers(answers: Sequence[Answer]) -> str:
    return "\n\n".join(answer_block(a.id, a.question, a.words) for a in answers)


def answer_block(ticket: str, question: str, answer: str) -> str:
    """One answer under its ticket, the texts quoted so that they can't be taken for anything else.

    The demo agent reads this form.
    """
    return f"Question {ticket}:\n{_quote(question)}\n\nAnswer to {ticket}:\n{_quote(answer)}"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines() or [""])


def _others(neighbours: Iterable[Neighbour]) -> str:
    lines = [
        f"- `{n.chunk}`" + (": " + ", ".join(f"`{t}`" for t in n.touches) if n.touches else "")
        for n in neighbours
    ]
    if not lines:
        return ALONE
    told = "Other agents work on this repository at the same time, each in its own workspace. "
    return f"{told}They touch:\n\n" + "\n".join(lines)


def _sandbox(network: Network) -> str:
    """What `sandbox.policy` comes to, for the agent that it holds."""
    reach = (
        "The network is open."
        if network == "host"
        else "There is no network, not even to services on this machine; what you start yourself "
        "can be reached on loopback."
    )
    return (
        "You are in a sandbox. You can write in this folder, in your HOME and in `/tmp`, and read "
        f"the system's programs and the toolchains; nothing else is there. {reach} What is refused "
        "(`Read-only file system`, a file or a host that is not found) stays refused: don't look "
        "for ways around it. The operator sees what was refused. If you can't do without, ask."
    )


def _bullets(paths: Iterable[str]) -> str:
    return "\n".join(f"- `{path}`" for path in paths)
