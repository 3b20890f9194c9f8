"""Where a unit's things are on disk, and git on them inside a sandbox."""

from dataclasses import dataclass, replace
from pathlib import Path

from pointsman.git import Finished, Git, GitFailed, Invocation, Repository, refs_below
from pointsman.model.names import base_ref, snapshot_ref
from pointsman.sandbox import Sandbox, git_policy
from pointsman.sandbox import run as run_in_sandbox

OUTPUT_LIMIT = 256 << 20
"""Bytes that git may print about a workspace: a list of its files, at most."""


@dataclass(frozen=True)
class Places:
    """The state folder of a repository."""

    state: Path

    @property
    def workspaces(self) -> Path:
        return self.state / "workspaces"

    def workspace(self, unit: str) -> Path:
        return self.workspaces / unit

    def store(self, unit: str) -> Path:
        """The unit's snapshot store."""
        return self.state / "units" / unit / "snap.git"


@dataclass(frozen=True)
class Unit:
    """One unit's workspace and snapshot store."""

    name: str
    places: Places
    repository: Repository
    sandbox: Sandbox

    @property
    def workspace(self) -> Path:
        return self.places.workspace(self.name)

    @property
    def store(self) -> Git:
        """For its refs and objects, and those that it borrows; never for the workspace's files."""
        return Git(self.places.store(self.name))

    def files(self, *, writable: bool = False) -> Git:
        """For the workspace's files: git in a sandbox that shows the objects and the workspace.

        Only the store can be written there, and the workspace if it is to be ``writable``.
        """
        store = self.places.store(self.name)

        async def start(invocation: Invocation) -> Finished:
            policy = git_policy(
                workspace=self.workspace,
                store=store,
                objects=self.repository.objects,
                env=invocation.env,
                workspace_writable=writable,
            )
            done = await run_in_sandbox(
                self.sandbox,
                replace(policy, cwd=invocation.cwd),
                invocation.argv,
                stdin=invocation.stdin,
                limit=invocation.limit,
                output_limit=OUTPUT_LIMIT,
            )
            finished = Finished(done.code, done.stdout, done.stderr)
            if done.ended == "time-limit":
                raise TimeoutError
            if done.ended == "output-limit":
                raise GitFailed(invocation.argv, finished)
            return finished

        return Git(store, work_tree=self.workspace, start=start)

    async def chain(self) -> "Chain":
        tips = await refs_below(self.store, "refs/pointsman/")
        last = tips.get(snapshot_ref(self.name))
        unfinished = tips.get(unfinished_ref(self.name))
        unsaved = tips.get(unsaved_ref(self.name, last.id)) if last else None
        return Chain(
            base=tips[base_ref(self.name)].id,
            last=last.id if last else None,
            tree=last.tree if last else tips[base_ref(self.name)].tree,
            unsaved=unsaved.id if unsaved else None,
            unfinished=unfinished.id if unfinished else None,
        )

    async def unsaved(self) -> dict[str, str]:
        """By snapshot, the blob that tells what is not in it."""
        prefix = unsaved_ref(self.name, "")
        tips = await refs_below(self.store, prefix)
        return {ref.removeprefix(prefix): tip.id for ref, tip in tips.items()}


@dataclass(frozen=True)
class Chain:
    """What the store's refs say of a unit."""

    base: str
    """What the workspace was cut from, or brought up to since."""
    last: str | None
    """The newest snapshot."""
    tree: str | None
    """Of the newest snapshot, else of base."""
    unsaved: str | None
    """The blob that tells what is not in the newest snapshot (see `unsaved`)."""
    unfinished: str | None
    """A snapshot whose files were being put into the workspace when we were killed."""

    @property
    def parent(self) -> str:
        """What the next snapshot comes after."""
        return self.last or self.base


def unfinished_ref(unit: str) -> str:
    """In the store: what the workspace is being changed into."""
    return f"refs/pointsman/unfinished/{unit}"


def unsaved_ref(unit: str, snapshot: str) -> str:
    """The blob that tells what is not in a snapshot, and keeps what can be kept of it."""
    return f"refs/pointsman/unsaved/{unit}/{snapshot}"
