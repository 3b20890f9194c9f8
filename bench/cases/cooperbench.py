"""CooperBench (Python repositories): every two features of a task are a case.

    python -m bench.cases.cooperbench CHECKOUT/dataset REPOSITORIES OUT

The texts are the tasks as the benchmark's agents get them; git tells which gold patches conflict.
"""

import re
import sys
from itertools import combinations
from pathlib import Path

from bench.cases import repository_named, write

OTHER_LANGUAGES = ("go_chi_task", "react_hook_form_task", "typst_task")
_CLONE = re.compile(r"git clone\s+(\S+)")
_COMMIT = re.compile(r"(?:git checkout\s+|BASE_COMMIT=\W?)([0-9a-f]{40})")


def convert(dataset: Path, repositories: Path, out: Path) -> tuple[int, list[str]]:
    """How many cases were written, and the tasks whose repository is not there."""
    written, missing = 0, []
    for task in sorted(dataset.glob("*_task/task*")):
        if task.parent.name in OTHER_LANGUAGES:
            continue
        script = (task / "Dockerfile").read_text() + (task / "setup.sh").read_text()
        clone, commit = _CLONE.search(script), _COMMIT.search(script)
        repository = repository_named(clone[1], repositories) if clone else None
        if repository is None or commit is None:
            missing.append(f"{task.parent.name}/{task.name}")
            continue
        features = sorted(task.glob("feature*/feature.patch"))
        for one, other in combinations([patch.parent for patch in features], 2):
            name = f"{task.parent.name}-{task.name}-{one.name[7:]}-{other.name[7:]}"
            sides = {
                side: {"patch": feature / "feature.patch", "text": feature / "feature.md"}
                for side, feature in (("a", one), ("b", other))
            }
            write(out / name, repository, commit[1], sides)
            written += 1
    return written, missing


if __name__ == "__main__":
    data, clones, cases = (Path(word) for word in sys.argv[1:4])
    count, absent = convert(data, clones, cases)
    print(f"{count} cases; no repository for {len(absent)} tasks: {', '.join(absent) or 'none'}")
