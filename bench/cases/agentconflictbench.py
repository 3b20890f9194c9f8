"""AgentConflictBench: changes that merge cleanly and break each other.

    python -m bench.cases.agentconflictbench CHECKOUT/instances REPOSITORIES OUT [PREFIX…]

Only instances whose name begins with one of the prefixes: ``click typer`` unless others are given.
The rest of the benchmark is for measuring, not for looking at.
"""

import json
import sys
from pathlib import Path

from bench.cases import repository_named, write

TUNING = ("click", "typer")


def convert(
    instances: Path, repositories: Path, out: Path, prefixes: tuple[str, ...] = TUNING
) -> int:
    """How many cases were written."""
    written = 0
    for path in sorted(instances.glob("*/metadata.json")):
        name = path.parent.name
        if not name.startswith(prefixes):
            continue
        about = json.loads(path.read_text())
        repository = repository_named(about["repo"], repositories)
        if repository is None:
            print(f"{name}: no clone of {about['repo']}", file=sys.stderr)
            continue
        sides = {
            side: {
                "patch": path.parent / about[f"patch_{side}"],
                "text": path.parent / f"task_{side}.md",
            }
            for side in "ab"
        }
        broken = about["composition_expected"] == "fail"
        label = "semantic" if broken else "none"
        write(out / name, repository, about["base_commit"], sides, label)
        written += 1
    return written


if __name__ == "__main__":
    dataset, clones, cases = (Path(word) for word in sys.argv[1:4])
    print(f"{convert(dataset, clones, cases, tuple(sys.argv[4:]) or TUNING)} cases")
