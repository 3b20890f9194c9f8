"""``conflicts --graph``: asks for the pairs and the units, and writes the picture."""

from pathlib import Path

from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, Invocation, print_json
from pointsman.doors.cli.show.graph import picture
from pointsman.model.conflict import Conflict
from pointsman.model.refusal import Refusal
from pointsman.model.work_unit import ENDED, Status


def graph(invocation: Invocation) -> int:
    """The picture of all live chunks; of a narrower question, of those that it is about."""
    params = invocation.params()
    with invocation.connect() as client:
        result = client.call("conflicts", params)
        units = client.call("status")["units"]
    conflicts = [Conflict.model_validate(conflict) for conflict in result["conflicts"]]
    live = {u["chunk"]: s for u in units if (s := Status(u["status"])) not in ENDED}
    if params:
        named = {params.get("chunk"), *(side for c in conflicts for side in (c.a, c.b))}
        live = {chunk: status for chunk, status in live.items() if chunk in named}
    drawn = picture(conflicts, live)
    if "out" in invocation.given:
        _write(Path(invocation.given["out"]), drawn)
    if invocation.json:
        print_json({**result, "graph": drawn})
    elif "out" in invocation.given:
        Out().say(invocation.given["out"])
    else:
        print(drawn, end="")
    return DONE


def _write(file: Path, drawn: str) -> None:
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise Refusal(
            "file-unwritable",
            f"The picture can't be written to {file}: {error.strerror}.",
            "Name a file in a folder that exists and that you may write to.",
        ) from None
