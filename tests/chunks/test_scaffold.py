"""New documents are read by the same code as anybody's, and overwrite nothing."""

from pathlib import Path

import pytest

from pointsman.chunks import front_matter, scaffold
from pointsman.chunks.checks import Source, Surroundings, check
from pointsman.model.errors import PointsmanError


def test_a_new_chunk_lacks_nothing_but_its_approach(tmp_path: Path) -> None:
    goal, plan = scaffold.new_chunk(tmp_path, "docs/chunks", "retry-uploads")
    assert goal.as_posix() == "docs/chunks/retry-uploads/GOAL.md"
    text = (tmp_path / goal).read_bytes()
    assert b"# retry-uploads" in text
    assert front_matter.parse(text, "GOAL.md").front.depends_on is None
    written = Source("retry-uploads", goal.parent.as_posix(), text, (tmp_path / plan).read_bytes())
    (problem,) = check([written], Surroundings(base="main")).problems
    assert problem.code == "plan-missing"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    scaffold.new_chunk(tmp_path, "docs/chunks", "x")
    scaffold.new_settings(tmp_path)
    with pytest.raises(PointsmanError, match=r"docs/chunks/x is there already"):
        scaffold.new_chunk(tmp_path, "docs/chunks", "x")
    with pytest.raises(PointsmanError, match=r"pointsman.toml is there already"):
        scaffold.new_settings(tmp_path)


def test_a_link_where_a_document_would_be_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "pointsman.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PointsmanError, match="is there already"):
        scaffold.new_settings(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["../x", "X", "a b", "", "/etc/x"])
def test_a_name_that_is_none_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(PointsmanError):
        scaffold.new_chunk(tmp_path, "docs/chunks", name)
    assert list(tmp_path.iterdir()) == []
