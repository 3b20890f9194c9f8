"""What a caller is told of an error: a JSON-RPC error object. No traceback leaves through here."""

import logging
from typing import Any

from pointsman.doors import jsonrpc
from pointsman.model.errors import PointsmanError

log = logging.getLogger(__name__)


def failure(error: BaseException) -> dict[str, Any]:
    """``{code, message, data: {code, message, remedy, place?, data?}}`` of any exception.

    What is not a PointsmanError is a mistake of ours: it goes to the log, and the caller learns no
    more than that.
    """
    if not isinstance(error, PointsmanError):
        log.error("a request failed", exc_info=error)
        error = PointsmanError(
            "internal",
            "Pointsman made a mistake.",
            "Its log, daemon.log in the repository's pointsman folder, has the details.",
        )
        code = jsonrpc.INTERNAL_ERROR
    else:
        code = jsonrpc.REQUEST_FAILED
    problem = error.problem
    message = f"{problem.message} {problem.remedy}".strip()  # editors show this and nothing else
    return {"code": code, "message": message, "data": problem.wire()}


def malformed(broken: jsonrpc.Malformed) -> dict[str, Any]:
    """The error object that answers something that is no message."""
    return {"code": broken.code, "message": broken.message}


def cancelled() -> dict[str, Any]:
    """The error object that answers a request which its caller cancelled."""
    message = "The caller cancelled the request."
    data = {"code": "cancelled", "message": message, "remedy": ""}
    return {"code": jsonrpc.REQUEST_CANCELLED, "message": message, "data": data}
