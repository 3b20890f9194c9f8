"""Protected paths: files that other tools run or trust. They land only with the operator's go.

A change to one of these may run code on the operator's machine or in their CI, or loosen what
Pointsman itself holds agents to. Ones that did not exist before count as well, and the case of
letters doesn't: some file systems don't tell it apart.
"""

import re
from collections.abc import Collection, Iterable

PROTECTED = (
    # continuous integration
    *(".github/**", ".gitlab-ci.yml", ".gitlab/**", ".circleci/**", ".buildkite/**", ".ci/**"),
    *("azure-pipelines.yml", "Jenkinsfile", ".travis.yml", "appveyor.yml", ".woodpecker/**"),
    # git and its hooks
    *("**/.gitattributes", "**/.gitmodules", "**/.gitconfig", ".githooks/**"),
    *("**/.husky/**", "**/.pre-commit-config.yaml", "**/lefthook.yml"),
    # editors, agents and shells that read a folder's own configuration
    *("**/.vscode/**", "**/.idea/**", "**/.zed/**", "**/.nvim.lua", "**/.exrc", "**/.vimrc"),
    *("**/*.code-workspace", "**/.helix/**", "**/.nvimrc", "**/.vim/**", "**/.dir-locals*.el"),
    *("**/.kateproject", "**/*.sublime-project"),
    *("**/.claude/**", "**/.mcp.json", "**/.cursor/**", "**/.codex/**", "**/.gemini/**"),
    *("**/CLAUDE.md", "**/AGENTS.md", "**/GEMINI.md"),
    *("**/.envrc", "**/.env", "**/.direnv/**", "**/.tool-versions", "**/mise.toml"),
    *("**/.devcontainer/**", "**/.venv/**", "**/venv/**"),
    # what is installed, with hashes that nobody reads
    *("**/package-lock.json", "**/yarn.lock", "**/pnpm-lock.yaml", "**/poetry.lock"),
    *("**/uv.lock", "**/Pipfile.lock", "**/Cargo.lock", "**/go.sum", "**/Gemfile.lock"),
    *("**/requirements*.lock", "**/composer.lock", "**/.npmrc", "**/pip.conf"),
    # Pointsman's own
    *("pointsman.toml", ".pointsman/**"),
)
"""Patterns: ``**`` stands for any folders, also none; ``*`` and ``?`` stay within a name."""


def protected(
    paths: Iterable[str],
    more: Collection[str] = (),
    *,
    chunks: str,
    own: str,
) -> list[str]:
    """Those of the changed ``paths`` that need the operator's go.

    ``more``: patterns from the settings. ``chunks`` is the folder of chunk documents, where only
    the unit's ``own`` folder is free.
    """
    pattern = re.compile("|".join(_regex(p) for p in (*PROTECTED, *more)), re.IGNORECASE)
    return sorted(
        path
        for path in paths
        if pattern.fullmatch(path)
        or (path.lower().startswith(f"{chunks.lower()}/") and not path.startswith(f"{own}/"))
    )


def _regex(pattern: str) -> str:
    """The pattern as a regular expression for whole paths."""
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern)
    return "".join(_MEANS.get(token) or re.escape(token) for token in tokens)


_MEANS = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*", "?": "[^/]"}
