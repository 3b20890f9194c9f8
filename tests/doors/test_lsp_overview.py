"""A look at everything makes anew what has changed, and only that."""

from typing import Any

from tests.doors.testbed import conflict, unit

from pointsman.doors.lsp.overview import Looking


class Pool:
    """Answers as the app does: what has not changed is the same object."""

    def __init__(self) -> None:
        self.units = {chunk: unit(chunk) for chunk in ("alpha", "beta", "gamma")}
        self.conflicts = [conflict(), conflict("beta", "gamma", id="c2")]

    async def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        answers: dict[str, Any] = {
            "status": {"daemon": {"chunks": "work/"}, "units": list(self.units.values())},
            "conflicts": {"conflicts": list(self.conflicts)},
            "attention": {"items": []},
        }
        return answers[operation]


async def test_what_did_not_change_is_the_same_object_at_the_next_look() -> None:
    pool = Pool()
    looking = Looking(pool.call)
    first = await looking.look()
    pool.units["alpha"] = unit("alpha", status="BLOCKED")
    pool.conflicts[1] = conflict("beta", "gamma", id="c2", verdict="SERIALIZE")
    then = await looking.look()
    assert then.units["beta"] is first.units["beta"]
    assert then.units["alpha"].status == "BLOCKED"
    assert then.conflicts[0] is first.conflicts[0]
    assert then.conflicts[1].verdict == "SERIALIZE"


async def test_the_folder_of_the_chunks_is_the_one_that_the_daemon_says() -> None:
    overview = await Looking(Pool().call).look()
    assert overview.goal("alpha") == "work/alpha/GOAL.md"
