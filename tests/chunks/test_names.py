"""Which chunk is meant, and that nothing outside the repository ever is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.chunks.names import chunk_name, path_inside
from pointsman.model.errors import PointsmanError
from pointsman.model.names import is_chunk_name

FOLDER = "docs/chunks"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "the repository"
    (root / FOLDER / "x").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    return root


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x/",
        "chunks/x",
        "docs/chunks/x",
        "docs/chunks/x/",
        "./docs/chunks/x",
        "docs/chunks/x/GOAL.md",
        "x/PLAN.md",
        "{root}/docs/chunks/x",
        "{root}/docs/chunks/x/",
        "{root}/docs/chunks/x/GOAL.md",
        "{uri}/docs/chunks/x",
        "{uri}/docs/chunks/%78/PLAN.md",
        "file://localhost{path}/docs/chunks/x",
    ],
)
def test_a_chunk_is_named_by_name_path_or_uri(root: Path, text: str) -> None:
    uri = root.as_uri()
    given = text.format(root=root, uri=uri, path=uri.removeprefix("file://"))
    assert chunk_name(given, root, FOLDER) == "x"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid-params"),
        ("..", "invalid-params"),
        ("../x", "invalid-params"),
        ("docs/chunks/../../../x", "invalid-params"),
        ("docs/chunks/x/../x", "invalid-params"),
        ("/etc/passwd", "invalid-params"),
        ("{root}/../outside", "invalid-params"),
        ("{root}x", "invalid-params"),
        ("file:///etc/passwd", "invalid-params"),
        ("file://elsewhere{root}/docs/chunks/x", "invalid-params"),
        ("{uri}/docs/chunks/%2e%2e/x", "invalid-params"),
        ("{uri}/docs/chunks/%ff", "invalid-params"),
        ("{uri}/docs/chunks/x%00", "invalid-params"),
        ("x\0", "invalid-params"),
        ("X", "chunk-not-found"),
        ("x.1", "chunk-not-found"),
        ("x" * 65, "chunk-not-found"),
        ("{root}", "chunk-not-found"),
        ("{root}/x", "chunk-not-found"),
        ("{root}/chunks/x", "chunk-not-found"),
        ("src/x", "chunk-not-found"),
        ("a/docs/chunks/x", "chunk-not-found"),
        ("docs/chunks", "chunk-not-found"),
        ("docs/chunks/x/y", "chunk-not-found"),
        ("GOAL.md", "chunk-not-found"),
        ("http://localhost/docs/chunks/x", "chunk-not-found"),
        ("--help", "chunk-not-found"),
    ],
)
def test_anything_else_is_refused_with_a_remedy(root: Path, text: str, code: str) -> None:
    with pytest.raises(PointsmanError) as caught:
        chunk_name(text.format(root=root, uri=root.as_uri()), root, FOLDER)
    assert caught.value.code == code
    assert caught.value.problem.remedy


def test_any_other_path_inside_is_told_from_the_top(root: Path) -> None:
    for text in ("src/a.py", "./src/a.py", f"{root}/src/a.py", f"{root.as_uri()}/src/a.py"):
        assert path_inside(text, root) == "src/a.py"


@pytest.mark.parametrize("text", ["", "..", "src/../../x", "/etc/passwd", "file:///etc/passwd"])
def test_a_path_outside_is_refused(root: Path, text: str) -> None:
    with pytest.raises(PointsmanError) as caught:
        path_inside(text, root)
    assert caught.value.code == "invalid-params"


def test_a_link_out_of_the_repository_is_refused(root: Path) -> None:
    (root / FOLDER / "link").symlink_to(root.parent / "outside")
    for text in ("link", str(root / FOLDER / "link")):
        with pytest.raises(PointsmanError, match="inside the repository"):
            chunk_name(text, root, FOLDER)


def test_a_chunks_folder_that_is_a_link_is_refused(root: Path) -> None:
    (root / "work").symlink_to(root.parent / "outside")
    with pytest.raises(PointsmanError, match="inside the repository"):
        chunk_name("x", root, "work")


def test_the_repository_may_itself_be_reached_through_a_link(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert chunk_name(str(alias / FOLDER / "x"), root, FOLDER) == "x"
    assert chunk_name(str(root / FOLDER / "x"), alias, FOLDER) == "x"


def test_another_folder_may_be_configured(root: Path) -> None:
    assert chunk_name("plans/x", root, "plans") == "x"
    assert chunk_name("b/c/x", root, "a/b/c") == "x"
    with pytest.raises(PointsmanError):
        chunk_name("docs/chunks/x", root, "plans")


@given(st.text(max_size=30) | st.lists(st.sampled_from(["..", "x", "docs", "chunks", "", "."])))
def test_whatever_is_given_the_answer_is_a_chunk_name_or_an_error(
    text: str | list[str],
) -> None:
    given = text if isinstance(text, str) else "/".join(text)
    try:
        name = chunk_name(given, Path("/nowhere/at/all"), FOLDER)
    except PointsmanError as error:
        assert error.code in ("invalid-params", "chunk-not-found")
    else:
        assert is_chunk_name(name) and ".." not in given
