"""The command line in this process, against a daemon with canned results."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from canned import CannedDaemon

from pointsman.daemon.address import Repository
from pointsman.doors.cli.run import run


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def cli(repository: Repository, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Runs ``pointsman`` in the repository."""

    def call(*arguments: str) -> Said:
        try:
            code = run([*arguments, "--repository", str(repository.root)])
        except SystemExit as left:
            code = int(str(left.code))
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def daemon(repository: Repository) -> Iterator[CannedDaemon]:
    found = CannedDaemon(repository)
    found.start()
    yield found
    found.stop()
