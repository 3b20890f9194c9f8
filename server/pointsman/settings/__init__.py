"""The settings files: read with the place of every mistake, and laid over one another.

Start at ``load``. Nothing here opens a file but ``files``: the repository's settings come as the
bytes of base's tip, since a work tree is somebody's workspace.
"""

from pointsman.settings.layers import Layer, Origin, file_hash, from_changes, from_file
from pointsman.settings.load import Effective, combine, load
from pointsman.settings.show import show

__all__ = [
    "Effective",
    "Layer",
    "Origin",
    "combine",
    "file_hash",
    "from_changes",
    "from_file",
    "load",
    "show",
]
