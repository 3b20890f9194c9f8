"""Agents' workspaces: cutting, watching, snapshotting, bringing up to base, removing.

An agent works in a clone of its own that borrows the repository's objects. Everything it does is
kept as snapshots: commits that Pointsman makes from the files, whatever the agent does to its git.
"""

from pointsman.workspaces.changing import BroughtUp
from pointsman.workspaces.workspaces import Diff, Workspaces

__all__ = ["BroughtUp", "Diff", "Workspaces"]
