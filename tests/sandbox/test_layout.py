"""From policies to mounts: links resolved, parents first, the deepest entry decides."""

import os
import tempfile
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.errors import PointsmanError
from pointsman.sandbox import Policy
from pointsman.sandbox.layout import Mount, layout, resolve


def policy(
    read: Sequence[Path] = (),
    write: Sequence[Path] = (),
    masked: Sequence[Path] = (),
    sockets: Sequence[Path] = (),
) -> Policy:
    return Policy(
        read=tuple(read),
        write=tuple(write),
        home=None,
        cwd=Path("/"),
        env={},
        masked=tuple(masked),
        sockets=tuple(sockets),
    )


def made(mounts: list[Mount], beneath: Path) -> list[tuple[str, str]]:
    prefix = f"{beneath}/"
    return [
        (mount.kind, mount.path.removeprefix(prefix))
        for mount in mounts
        if mount.path.startswith(prefix)
    ]


TREE = tuple(Path(*parts) for depth in (1, 2, 3) for parts in product("ab", repeat=depth))
some = st.lists(st.sampled_from(TREE), max_size=4)


@given(read=some, write=some, masked=some)
def test_at_every_path_the_deepest_entry_decides_and_the_stricter_of_two(read, write, masked):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        for path in TREE:
            (root / path).mkdir(parents=True, exist_ok=True)
        asked = policy(*([root / path for path in paths] for paths in (read, write, masked)))
        mounts = layout(asked)
        for path in TREE:
            deepest = max(
                (entry for entry in (*read, *write, *masked) if path.is_relative_to(entry)),
                key=lambda entry: len(entry.parts),
                default=None,
            )
            if deepest is None or deepest in masked:
                expected = "nothing"
            else:
                expected = "read" if deepest in read else "write"
            # What mounting one after the other leaves at that path:
            kinds = [m.kind for m in mounts if (root / path).is_relative_to(m.path)]
            seen = kinds[-1] if kinds else "nothing"
            assert (seen if seen in ("read", "write") else "nothing") == expected


@given(read=some, write=some, masked=some)
def test_no_mount_comes_before_what_it_lies_in_and_none_repeats_it(read, write, masked):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        for path in TREE:
            (root / path).mkdir(parents=True, exist_ok=True)
        mounts = layout(
            policy(*([root / path for path in paths] for paths in (read, write, masked)))
        )
        paths = [Path(mount.path) for mount in mounts]
        assert len(set(paths)) == len(paths)
        for at, path in enumerate(paths):
            assert not any(later in path.parents for later in paths[at + 1 :])


targets = st.sampled_from(["a", "b", "../a", "..", "/", ".", "a/../b", "a//b", "missing/x"])


@given(
    links=st.dictionaries(st.sampled_from(TREE), targets, max_size=5), wanted=st.sampled_from(TREE)
)
def test_links_are_resolved_as_the_kernel_does(links, wanted):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(os.path.realpath(folder))
        for place, target in sorted(links.items()):
            path = root / place
            if not any((root / above).is_symlink() for above in place.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(path):
                    path.symlink_to(target)
        path = root / wanted
        try:
            real, on_the_way = resolve(str(path))
        except OSError:
            with pytest.raises(OSError):
                path.stat()
            return
        if path.exists():
            assert path.samefile(real)
            assert real == os.path.realpath(path)
        for link, target in on_the_way.items():
            assert str(Path(link).readlink()) == target


def test_the_links_of_a_merged_usr_are_made_again(tmp_path):
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    mounts = layout(policy(read=[tmp_path / "bin", tmp_path / "usr"]))
    assert made(mounts, tmp_path) == [("link", "bin"), ("read", "usr")]
    assert Mount("link", f"{tmp_path}/bin", "usr/bin") in mounts


def test_a_link_inside_of_what_is_shown_is_not_made_again(tmp_path):
    (tmp_path / "all" / "v1").mkdir(parents=True)
    (tmp_path / "all" / "now").symlink_to("v1")
    mounts = layout(policy(read=[tmp_path / "all", tmp_path / "all" / "now"]))
    assert made(mounts, tmp_path) == [("read", "all")]


def test_what_does_not_exist_is_not_read(tmp_path):
    assert made(layout(policy(read=[tmp_path / "no"])), tmp_path) == []


def test_masked_and_a_workspace_inside(tmp_path):
    (tmp_path / "state" / "ws").mkdir(parents=True)
    (tmp_path / "state" / "db").touch()
    mounts = layout(
        policy(
            read=[tmp_path],
            write=[tmp_path / "state" / "ws"],
            masked=[tmp_path / "state"],
            sockets=[tmp_path / "state" / "db"],
        )
    )
    assert made(mounts, tmp_path) == [
        ("hidden", "state"),
        ("write", "state/db"),
        ("write", "state/ws"),
    ]


def test_what_nobody_would_see_is_not_masked(tmp_path):
    (tmp_path / "state").mkdir()
    assert made(layout(policy(masked=[tmp_path / "state"])), tmp_path) == []


def test_a_masked_folder_that_could_appear_later_is_an_error(tmp_path):
    with pytest.raises(PointsmanError) as refused:
        layout(policy(read=[tmp_path], masked=[tmp_path / "later"]))
    assert refused.value.code == "sandbox-missing"


def test_the_private_folders_are_there_before_what_is_shown_in_them(tmp_path):
    order = [mount.path for mount in layout(policy(write=[tmp_path]))]
    assert order.index("/dev") < order.index("/dev/shm")
    assert order.index("/tmp") < order.index(str(tmp_path))
    assert all(not first.startswith(f"{second}/") for first, second in pairwise(order))
