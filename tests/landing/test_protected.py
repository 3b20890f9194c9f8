"""Files that land only with the operator's go."""

import pytest

from pointsman.landing import protected

FREE = "src/app.py"


def found(*paths: str) -> list[str]:
    return protected([FREE, *paths], chunks="docs/chunks", own="docs/chunks/a")


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        "sub/.vscode/tasks.json",
        "all.code-workspace",
        ".helix/languages.toml",
        "sub/.dir-locals.el",
        ".kateproject",
        ".venv/bin/pointsman",
        ".VENV/bin/python",
        "venv/bin/pointsman",
        "pointsman.toml",
        "docs/chunks/b/GOAL.md",
    ],
)
def test_what_other_tools_run_or_trust_waits_for_the_operator(path: str) -> None:
    assert found(path) == [path]


def test_all_else_and_its_own_documents_land_freely() -> None:
    assert found("docs/chunks/a/PLAN.md", "src/environment/venv.py") == []
