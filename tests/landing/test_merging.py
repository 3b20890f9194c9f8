"""The trial and the commit: no checkout, the same ids every time, kept from gc."""

from pathlib import Path

import pytest
from tests.landing.conftest import AT, KEEP, Yard

from pointsman import landing
from pointsman.git import GitFailed, read_blob, read_commit, ref_tip
from pointsman.model.merge_rule import MergeRule, RuleFor


async def test_work_is_merged_onto_a_tip_that_moved(yard: Yard) -> None:
    work = yard.work({"a.txt": "2\n"})
    tip = yard.world.commit({"b.txt": "2\n"})
    yard.world.write({"a.txt": "the operator's\n"})
    merged = await landing.trial(yard.git, tip, work)
    assert merged.clean
    assert await read_blob(yard.git, merged.tree, "a.txt") == b"2\n"
    assert await read_blob(yard.git, merged.tree, "b.txt") == b"2\n"
    assert (yard.world.root / "a.txt").read_text() == "the operator's\n"


async def test_a_conflict_has_bases_version_as_ours_and_the_units_as_theirs(yard: Yard) -> None:
    work = yard.work({"a.txt": "unit\n"})
    tip = yard.world.commit({"a.txt": "base\n"})
    (conflict,) = (await landing.trial(yard.git, tip, work)).conflicts
    blobs = [yard.world.git("rev-parse", f"{c}:a.txt") for c in (f"{tip}^", tip, work)]
    versions = (conflict.base, conflict.ours, conflict.theirs)
    assert [v.blob for v in versions if v] == blobs


async def test_the_displaced_document_neither_lands_nor_conflicts(yard: Yard) -> None:
    document = "docs/chunks/b/GOAL.md"
    yard.world.commit({document: "status: IMPLEMENTING\n"})
    work = yard.work({document: "status: FUTURE\n", "a.txt": "2\n"})
    same = await landing.trial(yard.git, yard.tip, work, displaced=document)
    assert await read_blob(yard.git, same.tree, document) == b"status: IMPLEMENTING\n"

    tip = yard.world.commit({document: "status: ACTIVE\n"})
    assert not (await landing.trial(yard.git, tip, work)).clean, "the control: it would conflict"
    merged = await landing.trial(yard.git, tip, work, displaced=document)
    assert merged.clean
    assert await read_blob(yard.git, merged.tree, document) == b"status: ACTIVE\n"
    assert await read_blob(yard.git, merged.tree, "a.txt") == b"2\n"

    yard.world.git("rm", "--quiet", document)
    gone = await landing.trial(yard.git, yard.world.commit(), work, displaced=document)
    assert gone.clean
    assert await read_blob(yard.git, gone.tree, document) is None


async def test_the_commit_has_the_agent_as_author_and_the_operator_as_committer(
    yard: Yard,
) -> None:
    tip = yard.tip
    commit = await yard.made(yard.work({"a.txt": "2\n"}))
    made = await read_commit(yard.git, commit)
    assert (made.parents, made.at, made.message) == ((tip,), AT, "feat: chunk a\n")
    assert yard.world.git("log", "-1", "--format=%an <%ae> %cn <%ce>", commit) == (
        "demo <demo@pointsman.invalid> Olga Weiß <olga@example.org>"
    )


async def test_done_twice_it_gives_the_same_commit_whatever_is_configured(yard: Yard) -> None:
    work = yard.work({"a.txt": "2\n"})
    first = await yard.made(work)
    yard.world.git("update-ref", "-d", KEEP)
    yard.gc()
    yard.world.git("config", "i18n.commitEncoding", "latin1")
    yard.world.git("config", "user.name", "Somebody Else")
    assert await yard.made(work) == first


async def test_gc_between_every_two_steps_takes_nothing(yard: Yard) -> None:
    tip = yard.tip
    work = yard.work({"a.txt": "2\n", "new/x": "x"})
    yard.gc()
    merged = await landing.trial(yard.git, tip, work, keep=KEEP)
    yard.gc()
    commit = await yard.commit(merged.tree, tip)
    yard.gc()
    assert isinstance(await yard.move(commit, tip), landing.Moved)
    yard.gc()
    await landing.let_go(yard.git, KEEP)
    await landing.let_go(yard.git, KEEP)
    yard.gc()
    assert yard.world.git("show", "main:new/x") == "x"
    assert await ref_tip(yard.git, KEEP) is None


async def test_a_tree_that_was_not_kept_and_is_gone_is_an_error(yard: Yard) -> None:
    merged = await landing.trial(yard.git, yard.tip, yard.work({"new": "2\n"}))
    yard.world.git("update-ref", "-d", "refs/pointsman/snapshots/a.1")
    yard.gc()
    with pytest.raises(GitFailed):
        await yard.commit(merged.tree, yard.tip)


async def test_a_merge_driver_of_the_operator_never_runs_on_an_agents_work(
    yard: Yard, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    yard.world.git("config", "merge.planted.driver", f"touch {ran}; true")
    yard.world.commit({".gitattributes": "a.txt merge=planted\n"})
    work = yard.work({"a.txt": "unit\n"})
    tip = yard.world.commit({"a.txt": "base\n"})
    assert not (await landing.trial(yard.git, tip, work)).clean
    assert not ran.exists()
    yard.world.git("merge", "--no-commit", work, ok=False)
    assert ran.exists(), "the control: an ordinary merge runs it"


async def test_a_conflict_of_folders_alone_is_a_conflict_too(yard: Yard) -> None:
    """One side splits a folder in two, the other adds a file to it: git marks no file."""
    text = {n: f"{n}\n" * 20 for n in ("x1", "x2", "y1", "y2")}
    yard.world.commit({f"old/{n}": t for n, t in text.items()})
    work = yard.work({"old/added": "new\n"})
    for name, content in text.items():
        yard.world.write({f"{name[0]}/{name}": content})
        (yard.world.root / "old" / name).unlink()
    merged = await landing.trial(yard.git, yard.world.commit(), work)
    assert not merged.clean
    assert {(c.path, c.ours) for c in merged.conflicts} == {("old", None)}


RULES = (RuleFor("CHANGES.md", MergeRule.APPEND_ONLY), RuleFor("*.snap", MergeRule.GENERATED))


async def test_files_with_a_merge_rule_land_and_it_is_told_what_became_of_them(yard: Yard) -> None:
    yard.world.commit({"CHANGES.md": "# Now\n", "a.snap": "1\n"})
    work = yard.work({"CHANGES.md": "# Now\n- unit\n", "a.snap": "unit\n"})
    tip = yard.world.commit({"CHANGES.md": "# Now\n- base\n", "a.snap": "base\n"})
    assert not (await landing.trial(yard.git, tip, work)).clean, "the control: without rules"
    merged = await landing.trial(yard.git, tip, work, rules=RULES)
    assert merged.clean
    assert await read_blob(yard.git, merged.tree, "CHANGES.md") == b"# Now\n- base\n- unit\n"
    assert await read_blob(yard.git, merged.tree, "a.snap") == b"unit\n"
    assert landing.settled_in_words(merged.settled, "a", "main") == (
        "`CHANGES.md` (append-only): the lines of main and of a are both in it.",
        "`a.snap` is generated: it is as a has it, without what changed on main. Make it anew.",
    )


async def test_a_settled_merge_can_be_committed_after_a_gc(yard: Yard) -> None:
    work = yard.work({"uv.lock": "unit\n"})
    tip = yard.world.commit({"uv.lock": "base\n"})
    merged = await landing.trial(yard.git, tip, work, keep=KEEP)
    yard.gc()
    commit = await yard.commit(merged.tree, tip)
    assert yard.world.git("show", f"{commit}:uv.lock") == "unit"
