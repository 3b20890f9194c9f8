"""A repository's own prompts: ``.pointsman/prompts/<name>.md``, in place of the package's.

Read from base's tip, never from a checkout or a workspace; and landing holds the folder to be
protected, so that no agent writes what the next one is told. They need no trust of the operator's:
like the chunk documents beside them they are words for an agent that is locked up, not programs.
"""

from collections.abc import Mapping
from string import Template

from pointsman.agents.prompts import COMMON, PLACEHOLDERS
from pointsman.git import Git, read_blobs
from pointsman.model.errors import Problem
from pointsman.model.place import Place

FOLDER = ".pointsman/prompts"
TEXT_LIMIT = 64 * 1024
"""Bytes of one text."""


def path_of(name: str) -> str:
    return f"{FOLDER}/{name}.md"


async def overrides(git: Git, commit: str) -> tuple[dict[str, str], list[Problem]]:
    """The texts of a commit that count, by name; and what is wrong with those that don't, in whose
    place the package's are used."""
    return sound(await read_blobs(git, commit, [path_of(name) for name in PLACEHOLDERS]))


def sound(files: Mapping[str, bytes]) -> tuple[dict[str, str], list[Problem]]:
    """The same for files by path. Pure."""
    texts, problems = {}, []
    for name in PLACEHOLDERS:
        data = files.get(path_of(name))
        if data is None:
            continue
        wrong = _wrong(name, data)
        if wrong is None:
            texts[name] = data.decode()
        else:
            problems.append(_problem(name, wrong))
    return texts, problems


def _wrong(name: str, data: bytes) -> str | None:
    """What is wrong with a text, in words that go on from its path."""
    if len(data) > TEXT_LIMIT:
        return f"is longer than {TEXT_LIMIT} bytes"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    return "is empty" if not text.strip() else _wrong_use(name, Template(text))


def _wrong_use(name: str, template: Template) -> str | None:
    """The same of the placeholders in it."""
    if not template.is_valid():
        return "has a `$` that begins no placeholder; write `$$` for the sign itself"
    used = set(template.get_identifiers())
    if unknown := used - {*COMMON, *PLACEHOLDERS[name]}:
        return f"has unknown placeholders: {', '.join(f'${u}' for u in sorted(unknown))}"
    if missing := set(PLACEHOLDERS[name]) - used:
        return f"does not use {', '.join(f'${m}' for m in sorted(missing))}, which the agent needs"
    return None


def _problem(name: str, wrong: str) -> Problem:
    known = ", ".join(f"${p}" for p in (*COMMON, *PLACEHOLDERS[name]))
    return Problem(
        code="prompt-invalid",
        message=f"{path_of(name)} {wrong}. The built-in text is used.",
        remedy=f"Correct it on base. It may use {known}.",
        place=Place(path=path_of(name)),
    )
