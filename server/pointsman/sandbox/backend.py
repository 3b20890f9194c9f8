"""What a sandbox is to the rest of Pointsman, and the one that is none."""

from collections.abc import Sequence
from typing import Protocol

from pointsman.sandbox.policy import Policy


class Sandbox(Protocol):
    """A way to carry out policies. `pointsman.sandbox.run` starts processes with it."""

    @property
    def name(self) -> str:
        """``bubblewrap`` or ``none``, as in the settings and at every door."""

    def command(self, policy: Policy, argv: Sequence[str]) -> list[str]:
        """The command line that runs ``argv`` under ``policy``, given `environment`."""

    def environment(self, policy: Policy) -> dict[str, str]:
        """The environment to start `command` with."""


MARK = "POINTSMAN_UNSANDBOXED"
"""In the environment of everything that runs without a sandbox, and of what that starts: the folder
it was started in. By this it is known where its daemon was killed, since nothing ties the two."""


class Unsandboxed:
    """No sandbox: the built environment and the working folder, and nothing held back.

    Only for operators who wrote ``sandbox = "none"``, and as the control of escape tests.
    """

    name = "none"

    def command(self, policy: Policy, argv: Sequence[str]) -> list[str]:
        return list(argv)

    def environment(self, policy: Policy) -> dict[str, str]:
        return {**policy.env, "PWD": str(policy.cwd), MARK: str(policy.cwd)}
