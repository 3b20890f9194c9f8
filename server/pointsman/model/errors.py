"""Every error that leaves through a door, in one list: what is wrong, where, what to do.

Doors carry the error as data: LSP as ``ResponseError.data`` (code -32803), the CLI as a sentence
and an exit code. No error carries a traceback or a local path that the caller did not send.
"""

from typing import Any

from pointsman.model.base import Word
from pointsman.model.place import Place

CODES: dict[str, str] = {
    # injection, in the order in which it is checked
    "chunk-not-found": "There is no such chunk folder, or it has no GOAL.md.",
    "chunk-unreadable": "The front matter does not parse, or a field has the wrong type.",
    "chunk-status": "Only FUTURE and IMPLEMENTING chunks can be injected.",
    "plan-missing": "There is no PLAN.md, or its Approach says nothing yet.",
    "chunk-uncommitted": "GOAL.md or PLAN.md differs from base; only committed chunks go in.",
    "dependency-unknown": "A dependency is neither in this call, nor in the pool, nor done.",
    "dependency-cycle": "The dependencies form a circle.",
    "already-injected": "A unit of that chunk is in the pool already.",
    "base-missing": "The base branch does not exist.",
    # warnings of the same checks
    "reference-missing": "A path or symbol that the chunk names does not exist on base.",
    "subsystem-unknown": "Base has no readable document of a subsystem that the chunk names.",
    "base-behind": "Base is behind its upstream.",
    # the pool
    "unit-not-found": "No unit has that id or chunk name.",
    "illegal-transition": "The unit's status does not allow this.",
    "landing-in-progress": "Base has moved already; the landing is finished first.",
    "item-not-found": "No attention item has that id.",
    "already-answered": "The item has been answered; the first answer stands.",
    "question-refused": "The agent's question is too long, or too many of its questions are open.",
    "answer-invalid": "The item does not offer that option, or needs a text.",
    "conflict-not-found": "No conflict is known between these two.",
    "verdict-invalid": "A verdict is INDEPENDENT, SERIALIZE or ASK_AGENTS, of two chunks.",
    "order-cycle": "Serializing in that direction would make units wait in a circle.",
    "snapshot-missing": "The workspace holds what no published snapshot has.",
    "attempt-not-found": "The unit has had no such attempt.",
    "snapshot-not-found": "The unit has no such snapshot.",
    # the world
    "repository-unsupported": "The repository cannot be worked on, for the reason given.",
    "repository-missing": "Here is no git repository.",
    "setup-failed": "A setup command of the repository failed in a new workspace.",
    "git-failed": "A git command failed.",
    "path-outside": "The path leaves the workspace, or leads through a link.",
    "agent-unknown": "No agent of that name is configured.",
    "agent-looser": "A chunk can't choose an agent that may do more than the default one.",
    "agent-missing": "The agent's program is not installed.",
    "sandbox-missing": "No sandbox is available, and running without one is not allowed.",
    "settings-invalid": "A settings file has an unknown key, a wrong type or an impossible value.",
    "settings-untrusted": "The repository's settings say what counts only if the operator says so.",
    "prompt-invalid": "A prompt of the repository's own can't be used; the built-in one is.",
    "file-exists": "The file is there already; nothing is overwritten.",
    "case-invalid": "A labelled case lacks something, or its patch does not apply.",
    # doors
    "invalid-params": "The parameters have the wrong shape.",
    "operation-unknown": "There is no such operation.",
    "resync": "What came after that event is not to be had; look at everything anew.",
    "protocol-mismatch": "The daemon and this client speak different protocols.",
    "daemon-unreachable": "The daemon does not answer.",
    "daemon-stopping": "The daemon is stopping.",
    "file-unwritable": "A picture can't be written where it was asked for.",
    "cancelled": "The caller cancelled the request.",
    "internal": "Pointsman made a mistake; `pointsman/daemon.log` in the git directory says which.",
}


class Problem(Word):
    """Something wrong, as data: an error's content, or a warning."""

    code: str
    message: str
    remedy: str
    place: Place | None = None
    data: dict[str, Any] | None = None


class PointsmanError(Exception):
    """The one exception that doors translate. ``problem`` is all they may say."""

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str,
        *,
        place: Place | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.problem = Problem(code=code, message=message, remedy=remedy, place=place, data=data)

    @property
    def code(self) -> str:
        return self.problem.code

    @classmethod
    def of(cls, problem: Problem) -> "PointsmanError":
        """The error that raises ``problem``."""
        error = cls(problem.code, problem.message, problem.remedy)
        error.problem = problem
        return error
