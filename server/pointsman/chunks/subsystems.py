"""The subsystems that a commit declares, each by its document."""

from pointsman.chunks import front_matter
from pointsman.git import Git, list_tree, read_blobs
from pointsman.model.subsystem import OVERVIEW, SUBSYSTEMS, Subsystem


async def subsystems(git: Git, commit: str) -> dict[str, Subsystem]:
    """By id. One whose document can't be read is left out. Raises git-failed."""
    paths: dict[str, str] = {}
    for entry in await list_tree(git, commit, SUBSYSTEMS):
        subsystem, _, document = entry.path.removeprefix(f"{SUBSYSTEMS}/").partition("/")
        if document == OVERVIEW:
            paths[entry.path] = subsystem
    texts = await read_blobs(git, commit, paths) if paths else {}
    read = {path: front_matter.read_as(Subsystem, text, path) for path, text in texts.items()}
    return {
        paths[path]: parsed.front
        for path, parsed in read.items()
        if isinstance(parsed, front_matter.Parsed)
    }
