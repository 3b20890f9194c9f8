"""What this machine needs to run Pointsman, what it lacks, and the command that installs it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pointsman.agents.known import ENTRIES, find
from pointsman.agents.overrides import overrides
from pointsman.git import base_branch, branch_tip, find_repository, operator_identity, unsupported
from pointsman.model.base import Word
from pointsman.model.errors import PointsmanError
from pointsman.model.settings import Settings
from pointsman.sandbox.find import find_sandbox
from pointsman.settings.files import operator_file, read
from pointsman.settings.load import REPOSITORY_FILE, load

GIT_NEEDED = (2, 38)
"""``merge-tree --write-tree`` came with it."""


class Finding(Word):
    """One thing that was looked at."""

    topic: str
    state: Literal["ok", "missing", "optional"]
    """``missing`` keeps Pointsman from working here; ``optional`` does not."""
    message: str
    remedy: str = ""


class Report(Word):
    findings: tuple[Finding, ...]


async def examine(folder: Path) -> Report:
    """Look at git, the repository that ``folder`` is in, its settings, the sandbox, the agents."""
    findings = [_git()]
    settings = Settings()
    if findings[0].state == "ok":
        found, settings = await _repository(folder)
        findings += found
    return Report(findings=(*findings, _sandbox(settings), *_agents(settings)))


def _git() -> Finding:
    program = shutil.which("git")
    wanted = ".".join(map(str, GIT_NEEDED))
    remedy = "Run: apt-get install -y git"
    if program is None:
        return Finding(topic="git", state="missing", message="is not installed", remedy=remedy)
    told = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, timeout=10
    ).stdout.strip()
    version = re.search(r"(\d+)\.(\d+)", told)
    if version is None or (int(version[1]), int(version[2])) < GIT_NEEDED:
        message = f"{told or 'git'} is too old: {wanted} or newer is needed"
        return Finding(topic="git", state="missing", message=message, remedy=remedy)
    return Finding(topic="git", state="ok", message=told.removeprefix("git version "))


async def _repository(folder: Path) -> tuple[list[Finding], Settings]:
    try:
        repository = await find_repository(folder)
    except PointsmanError as error:
        return [_refused("repository", error)], Settings()
    own = operator_file(os.environ)
    effective = load(read(repository.root / REPOSITORY_FILE), read(own), {}, operator_path=str(own))
    findings: list[Finding] = []
    try:
        base = await base_branch(repository, effective.settings.base)
        tip = await branch_tip(repository.git, base)
        why = await unsupported(repository, tip) if tip else None
        message = f"{repository.root.name}, work lands on {base}"
        findings.append(
            Finding(topic="repository", state="missing", message=why)
            if why
            else Finding(topic="repository", state="ok", message=message)
        )
        _, wrong = await overrides(repository.git, tip) if tip else ({}, [])
        findings += [
            Finding(topic="prompts", state="optional", message=p.message, remedy=p.remedy)
            for p in wrong
        ]
    except PointsmanError as error:
        findings.append(_refused("repository", error))
    try:
        who = await operator_identity(repository)
        message = f"{who.name} <{who.email}>"
        findings.append(Finding(topic="identity", state="ok", message=message))
    except PointsmanError as error:
        findings.append(_refused("identity", error))
    for problem in effective.problems:
        line = problem.place.range.start.line + 1 if problem.place and problem.place.range else None
        where = f"{problem.place.path}{f':{line}' if line else ''}: " if problem.place else ""
        message = where + problem.message
        findings.append(
            Finding(topic="settings", state="missing", message=message, remedy=problem.remedy)
        )
    findings += [
        Finding(topic="settings", state="optional", message=p.message, remedy=p.remedy)
        for p in effective.ignored
    ]
    if not effective.problems and not effective.ignored:
        findings.append(Finding(topic="settings", state="ok", message="make sense"))
    return findings, effective.settings


def _sandbox(settings: Settings) -> Finding:
    if settings.sandbox == "none":
        message = "switched off in your settings: agents may do whatever you may"
        return Finding(
            topic="sandbox",
            state="optional",
            message=message,
            remedy='Set `sandbox = "bubblewrap"` to lock them up.',
        )
    try:
        sandbox = find_sandbox(settings.sandbox)
    except PointsmanError as error:
        return _refused("sandbox", error)
    return Finding(topic="sandbox", state="ok", message=f"{sandbox.name} works here")


def _agents(settings: Settings) -> Iterator[Finding]:
    for name in sorted({*ENTRIES, *settings.agents}):
        default = name == settings.agent
        topic = f"agent {name}"
        try:
            program, *_ = find(settings.entry(name, ENTRIES))
        except PointsmanError as error:
            yield Finding(
                topic=topic,
                state="missing" if default else "optional",
                message="is not installed" + (", and is the default agent" if default else ""),
                remedy=error.problem.remedy if " " in error.problem.remedy else "",
            )
            continue
        message = program + (", the default agent" if default else "")
        yield Finding(topic=topic, state="ok", message=message)


def _refused(topic: str, error: PointsmanError) -> Finding:
    problem = error.problem
    return Finding(topic=topic, state="missing", message=problem.message, remedy=problem.remedy)
