"""What a person at a terminal can do without a daemon: begin in a repository, write a chunk.

Plain file writes beneath the checkout; nothing is overwritten.
"""

import os
from pathlib import Path

from pointsman.chunks.scaffold import SETTINGS, new_chunk, new_settings
from pointsman.git import find_repository
from pointsman.model.settings import Settings
from pointsman.settings.files import operator_file, read
from pointsman.settings.load import REPOSITORY_FILE, load


async def init(folder: Path) -> tuple[Path, tuple[Path, ...], str]:
    """Write ``pointsman.toml`` if there is none.

    Gives the checkout's top folder, what was written, and the folder for chunks. Raises what
    ``find_repository`` raises.
    """
    root = (await find_repository(folder)).root
    written = () if (root / SETTINGS).exists() else (new_settings(root),)
    return root, written, _settings(root).chunks


async def new(folder: Path, name: str) -> tuple[Path, ...]:
    """Write GOAL.md and PLAN.md of a new chunk; gives their paths, relative to the checkout.

    Raises what ``find_repository`` and ``new_chunk`` raise.
    """
    root = (await find_repository(folder)).root
    return new_chunk(root, _settings(root).chunks, name)


def _settings(root: Path) -> Settings:
    """The settings as the checkout has them: a chunk is written where it will be looked for."""
    own = operator_file(os.environ)
    return load(read(root / REPOSITORY_FILE), read(own), {}, operator_path=str(own)).settings
