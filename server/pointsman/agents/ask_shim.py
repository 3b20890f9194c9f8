"""What an agent starts inside its sandbox to reach Pointsman. Only the standard library, and little
of it: an agent waits for this at the start of every session.

``ask_shim.py --mcp SOCKET`` is an MCP server on stdio: it carries bytes to and from the daemon's
socket, where the protocol is spoken. ``pointsman-ask QUESTION [OPTION...]`` (what ``POINTSMAN_ASK``
names) asks the operator and prints the answer; it exits with 75 (EX_TEMPFAIL of sysexits.h) where
there is none yet.
"""

import json
import os
import socket
import sys
import threading

SOCKET_VARIABLE = "POINTSMAN_ASK_SOCKET"
NO_ANSWER_YET = 75
_PIECE = 65536


def relay(path: str) -> int:
    """Carry bytes between stdio and the socket until either ends."""
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.connect(path)
        # The other direction ends with the process: the agent closing our stdin means that it
        # waits for nothing any more.
        threading.Thread(target=_to_agent, args=(daemon,), daemon=True).start()
        while piece := os.read(0, _PIECE):
            daemon.sendall(piece)
        os._exit(0)  # at once, while the other direction still waits: its end would be an error


def _to_agent(daemon: socket.socket) -> None:
    try:
        while piece := daemon.recv(_PIECE):
            while piece:
                piece = piece[os.write(1, piece) :]
    except OSError:
        pass
    os._exit(1)  # the daemon is gone, or the agent reads no more; stdin may block for ever


def ask(question: str, options: list[str]) -> int:
    """Ask through the socket of the environment, and print the answer."""
    arguments = {"question": question, "options": options, "once": True}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask_operator", "arguments": arguments},
    }
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.connect(os.environ[SOCKET_VARIABLE])
        daemon.sendall(json.dumps(call).encode() + b"\n")
        with daemon.makefile("rb") as lines:
            reply = json.loads(lines.readline() or b'{"error": {"message": "Pointsman is gone."}}')
    if "error" in reply:
        print(reply["error"]["message"], file=sys.stderr)
        return 1
    result = reply["result"]
    told = result.get("structuredContent", {})
    if "answer" in told:
        print(told["answer"])
        return 0
    print(result["content"][0]["text"], file=sys.stderr)
    return 1 if result.get("isError") else NO_ANSWER_YET


def main() -> int:
    match sys.argv[1:]:
        case ["--mcp", path]:
            return relay(path)
        case [question, *options] if SOCKET_VARIABLE in os.environ:
            return ask(question, options)
    print("usage: pointsman-ask QUESTION [OPTION...], inside an agent's sandbox", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
