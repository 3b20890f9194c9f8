"""One turn of the demo agent: the steps that are left, then the chunk's status."""

import asyncio
import hashlib
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pointsman.agents.demo.plan import PlanError, Step, Steps, read_steps
from pointsman.agents.demo.progress import Progress
from pointsman.agents.demo.texts import answers_in, resolve_files
from pointsman.agents.demo.tools import ToolFailed, Tools

_OUTPUT_KEPT = 2000
"""Characters of a command's output that are told."""
_MARKERS = "conflict markers"
"""The words of a prompt at which files are searched for them."""

Tell = Callable[[dict[str, Any]], Awaitable[None]]
"""Sends an ACP session update."""


class GaveUp(Exception):
    """The work can't be done; the message says why."""


class _TurnOver(Exception):
    """Nothing more can be done before the next prompt."""


class Turn:
    """The work of one prompt. Cancelled as a task; what was done stays done."""

    def __init__(self, workspace: Path, progress: Progress, tools: Tools, tell: Tell) -> None:
        self._workspace, self._progress, self._tools, self._tell = workspace, progress, tools, tell

    async def take(self, prompt: str) -> None:
        """Do the steps that are left, as far as it goes. Raises GaveUp."""
        if _MARKERS in prompt:
            await self._resolve_conflicts()
        steps = self._steps()
        self._hear(prompt, steps)
        with suppress(_TurnOver):
            await self._do(steps)
            if steps.finish:
                self._finish()
            await self._say("Done.\n")

    def _steps(self) -> Steps:
        plan = Path(os.environ["POINTSMAN_PLAN"])
        try:
            return read_steps(plan.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, PlanError) as error:
            raise GaveUp(f"PLAN.md: {error}") from error

    def _hear(self, prompt: str, steps: Steps) -> None:
        """Take the answer to the question at hand, if the prompt brings it."""
        if self._progress.done == len(steps.steps):
            return
        step = steps.steps[self._progress.done].with_answer(self._progress.answer)
        if step.kind != "ask":
            return
        for told in answers_in(prompt):
            # By its text where this process never learned the ticket: it was killed while asking.
            if told.ticket == self._progress.ticket or told.question == step.value["question"]:
                self._progress.answer = told.answer
                self._progress.step_done()
                return

    async def _do(self, steps: Steps) -> None:
        count = len(steps.steps)
        for number in range(self._progress.done, count):
            step = steps.steps[number].with_answer(self._progress.answer)
            await self._plan(steps, number)
            await self._called(number, step, "in_progress")
            try:
                if step.kind != "wait":  # what it waits after says more
                    await self._tools.progress(step.title(), 100 * number / count)
                await getattr(self, f"_{step.kind}")(step.value)
            except GaveUp as error:
                await self._called(number, step, "failed", str(error))
                raise
            except (OSError, UnicodeDecodeError, ToolFailed) as error:
                await self._called(number, step, "failed", str(error))
                raise GaveUp(f"{step.title()}: {error}") from error
            self._progress.step_done()
            await self._called(number, step, "completed")
        await self._plan(steps, count)

    # ---- the steps

    async def _write(self, value: dict[str, str]) -> None:
        self._put(value["path"], lambda _: value["text"])

    async def _append(self, value: dict[str, str]) -> None:
        self._put(value["path"], lambda old: old + value["text"])

    async def _replace(self, value: dict[str, str]) -> None:
        def replaced(old: str) -> str:
            if value["old"] not in old:
                raise GaveUp(f"{value['path']} does not contain {value['old']!r}.")
            return old.replace(value["old"], value["new"], 1)

        self._put(value["path"], replaced)

    async def _run(self, command: str) -> None:
        process = await asyncio.create_subprocess_shell(
            command,
            cwd=self._workspace,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await process.communicate()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        words = output.decode(errors="replace")[-_OUTPUT_KEPT:]
        if words:
            await self._say(words)
        if process.returncode:
            raise GaveUp(f"`{command}` exited with {process.returncode}: {words.strip()}")

    async def _ask(self, value: dict[str, Any]) -> None:
        options = [str(option) for option in value.get("options", ())]
        answer, ticket = await self._tools.ask(value["question"], options)
        if answer is None:
            self._progress.ticket = ticket
            self._progress.save()
            await self._say(f"I wait for the answer to {ticket}.\n")
            raise _TurnOver
        self._progress.answer = answer

    async def _claim(self, value: dict[str, list[str]]) -> None:
        told = await self._tools.claim(
            value.get("paths", []), value.get("symbols", []), "a step of the plan"
        )
        if told:
            await self._say(told + "\n")

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _fail(self, words: str) -> None:
        raise GaveUp(words)

    # ---- files

    def _put(self, path: str, changed: Callable[[str], str]) -> None:
        """Change a file, once, also where this is tried again after a kill in the middle."""
        file = self._workspace / path
        old = file.read_bytes().decode() if file.exists() else ""
        if self._progress.writing == _digest(old):
            return
        new = changed(old)
        self._progress.writing = _digest(new)
        self._progress.save()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(new.encode())

    async def _resolve_conflicts(self) -> None:
        for path in resolve_files(self._workspace):
            await self._say(f"Both sides kept in {path}.\n")

    def _finish(self) -> None:
        # Imported late: it brings the model, which most of a demo agent's life can do without.
        from pointsman.chunks.front_matter import set_status
        from pointsman.model.chunk import ChunkStatus

        goal = Path(os.environ["POINTSMAN_GOAL"])
        data = goal.read_bytes()
        active = set_status(data, ChunkStatus.ACTIVE)
        if active != data:
            goal.write_bytes(active)

    # ---- telling

    async def _say(self, text: str) -> None:
        content = {"type": "text", "text": text}
        await self._tell({"sessionUpdate": "agent_message_chunk", "content": content})

    async def _plan(self, steps: Steps, at: int) -> None:
        entries = [
            {
                "content": step.title(),
                "priority": "medium",
                "status": "completed" if n < at else "in_progress" if n == at else "pending",
            }
            for n, step in enumerate(steps.steps)
        ]
        await self._tell({"sessionUpdate": "plan", "entries": entries})

    async def _called(self, number: int, step: Step, status: str, words: str = "") -> None:
        if step.kind not in _TOOL_KINDS:
            return
        call: dict[str, Any] = {"toolCallId": f"step-{number}", "status": status}
        if words:
            text = {"type": "text", "text": words}
            call["content"] = [{"type": "content", "content": text}]
        if status != "in_progress":
            await self._tell({"sessionUpdate": "tool_call_update", **call})
            return
        path = step.value.get("path") if isinstance(step.value, dict) else None
        await self._tell(
            {
                "sessionUpdate": "tool_call",
                **call,
                "title": step.title(),
                "kind": _TOOL_KINDS[step.kind],
                "locations": [{"path": str(self._workspace / path)}] if path else [],
            }
        )


_TOOL_KINDS = {"write": "edit", "replace": "edit", "append": "edit", "run": "execute"}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
