"""What an agent tries to get out, each with the same attempt outside as the control."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pointsman.sandbox import Bubblewrap, Policy, run

AS_ROOT = os.geteuid() == 0


async def test_there_are_no_capabilities_inside(world):
    status = (await world.inside("cat /proc/self/status")).stdout.decode()
    sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
    assert set(sets) == {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}
    assert {int(bits, 16) for bits in sets.values()} == {0}


async def test_what_is_read_only_cannot_be_remounted(world):
    objects = world.repository / ".git" / "objects"
    script = f"mount -o remount,rw,bind {objects} && touch {objects}/planted"
    said = await world.inside(script)
    assert said.code != 0
    assert b"permission denied" in said.stderr.lower()

    # The control is bubblewrap without --cap-drop ALL: outside there is nothing to remount.
    policy = world.policy()
    command = world.sandbox.command(policy, ["bash", "-c", script])
    at = command.index("--cap-drop")
    command[at : at + 2] = ["--cap-add", "ALL", "--uid", "0"]
    assert (await _direct(world, policy, command)).ok
    assert (objects / "planted").exists()


async def test_a_user_namespace_of_its_own_does_not_open_what_is_read_only(world):
    objects = world.repository / ".git" / "objects"
    inside = await world.inside(
        f"unshare --user --map-root-user --mount mount -o remount,rw,bind {objects};"
        f" touch {objects}/planted"
    )
    assert inside.code != 0
    assert not (objects / "planted").exists()


async def test_no_switch_of_the_kernel_can_be_opened_for_writing(world):
    opened = (await world.inside(f"{sys.executable} -c '{WRITABLE_IN_PROC}'")).stdout.decode()
    assert opened == "done\n"
    if AS_ROOT:  # the control: bubblewrap by itself leaves them open to root
        policy = world.policy()
        bare = replace(policy, read=tuple(path for path in policy.read if path.parts[1] != "proc"))
        left = await world.inside(f"{sys.executable} -c '{WRITABLE_IN_PROC}'", bare)
        assert "/proc/sys/kernel/core_pattern\n" in left.stdout.decode()


WRITABLE_IN_PROC = """
import os
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":  # its own processes, and the triggers that everybody may set
        mine = ("pressure", "self", "thread-self")
        folders[:] = [name for name in folders if not name.isdigit() and name not in mine]
    for name in files:
        try:
            os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            continue
        print(os.path.join(folder, name))
print("done")
"""


@pytest.mark.parametrize(
    "place", ["repository/.git/HEAD", "repository/.git/objects/planted", "upstream/.git/objects/x"]
)
async def test_the_repositorys_git_folder_cannot_be_written(world, place: str):
    path = world.root / place
    path.parent.mkdir(exist_ok=True)
    script = f"mkdir -p {path.parent} && echo planted >> {path} && grep -q planted {path}"
    before = path.read_bytes() if path.exists() else None
    await world.inside(script)
    assert (path.read_bytes() if path.exists() else None) == before
    assert (await world.outside(script)).ok
    assert b"planted" in path.read_bytes()


@pytest.mark.parametrize("place", ["repository/.git/HEAD", "repository/.git/config"])
async def test_of_the_repositorys_git_folder_only_objects_are_seen(world, place: str):
    await world.denied(f"cat {world.root / place}")
    assert (await world.inside(f"ls {world.repository}/.git")).stdout == b"objects\n"


async def test_a_commit_can_be_made_inside_on_borrowed_objects(world):
    done = await world.inside(
        "git -c user.name=a -c user.email=a@a.invalid commit -q --allow-empty -m more"
        " && git log --format=%s && git fsck"
    )
    assert done.ok, done
    assert done.stdout.startswith(b"more\nfirst\n")


async def test_other_workspaces_the_ledger_and_the_checkout_are_invisible(world):
    for path in (world.other / "file", world.secret, world.repository / "file"):
        await world.denied(f"cat {path}")
    assert (await world.inside(f"ls {world.workspace.parent}")).stdout == b"one\n"


async def test_the_operators_home_is_invisible(world):
    home = Path.home()
    if not (home / ".profile").exists():
        pytest.skip("HOME has no .profile to look for")
    await world.denied(f"cat {home}/.profile")


@pytest.mark.parametrize("path", ["/run", "/var", "/sys/kernel", "/etc/shadow"])
async def test_what_the_table_does_not_name_is_absent(world, path: str):
    await world.denied(f"stat {path}")


async def test_masked_folders_are_empty_even_when_a_parent_is_bound(world):
    policy = world.policy(read_paths=[world.root])
    await world.denied(f"cat {world.secret}", policy)
    seen = await world.inside(f"ls {world.root} {world.state} {world.state}/workspaces", policy)
    assert b"repository" in seen.stdout  # the parent is bound indeed
    assert seen.stdout.decode().split(f"{world.state}:\n")[1].split() == [
        *("units", "workspaces"),
        f"{world.state}/workspaces:",
        "one",
    ]
    await world.denied(f"touch {world.state}/planted && rm {world.state}/planted", policy)


async def test_a_masked_file_is_empty(world):
    policy = world.policy(read_paths=[world.root], masked=[world.secret])
    assert (await world.outside(f"cat {world.secret}")).stdout == b"secret\n"
    assert (await world.inside(f"cat {world.secret}", policy)).stdout == b""
    assert (await world.inside(f"cat {world.other}/file", policy)).ok


async def test_tools_and_read_paths_cannot_lead_into_what_is_masked(world):
    tools = replace(world.tools, roots=(*world.tools.roots, world.other))
    policy = world.policy(tools=tools, read_paths=[world.secret])
    await world.denied(f"cat {world.other}/file", policy)
    await world.denied(f"cat {world.secret}", policy)


async def test_a_link_out_of_the_workspace_leads_nowhere(world):
    (world.workspace / "link").symlink_to(world.secret)
    await world.denied("cat link")


async def test_a_linked_place_means_the_same_by_both_names(world):
    (world.root / "tools-1.2").mkdir()
    (world.root / "tools-1.2" / "hello").write_text("hello\n")
    (world.root / "tools").symlink_to("tools-1.2")
    (world.root / "all").symlink_to(world.root / "tools")
    policy = world.policy(read_paths=[world.root / "all"])
    seen = await world.inside(
        f"cat {world.root}/all/hello {world.root}/tools-1.2/hello; realpath {world.root}/all",
        policy,
    )
    assert seen.stdout.decode() == f"hello\nhello\n{world.root}/tools-1.2\n"


async def test_the_private_tmp_is_writable_and_nobody_elses(world, root: Path):
    mine = root / "mine"
    mine.write_text("x")
    await world.denied(f"cat {mine}")
    assert (await world.inside("touch /tmp/x /dev/shm/x && stat -c %a /tmp")).stdout == b"1777\n"
    assert not Path("/dev/shm/x").exists()


async def test_home_is_its_own_and_stays(world):
    assert (await world.inside("echo kept > $HOME/session")).ok
    assert (world.home / "session").read_text() == "kept\n"


async def test_the_environment_is_exactly_what_was_built(world):
    policy = world.policy(env={"KEY": "s3cret", "LD_LIBRARY_PATH": "/nowhere"})
    done = await run(world.sandbox, policy, ["env", "-0"], limit=10, output_limit=10_000)
    seen = dict(pair.split("=", 1) for pair in done.stdout.decode().rstrip("\0").split("\0"))
    assert seen == {**policy.env, "PWD": str(policy.cwd)}
    assert seen["HOME"] == str(world.home)


def test_a_key_is_not_in_the_command_line_and_the_loader_of_bwrap_is_left_alone(world):
    policy = world.policy(env={"KEY": "s3cret", "LD_PRELOAD": "./planted.so"})
    assert not any("s3cret" in word for word in world.sandbox.command(policy, ["true"]))
    assert "LD_PRELOAD" not in world.sandbox.environment(policy)


async def test_processes_outside_are_neither_seen_nor_signalled(world):
    await world.denied(f"kill -0 {os.getpid()}")
    pids = (await world.inside("echo /proc/[0-9]*")).stdout.decode().split()
    assert pids == ["/proc/1", "/proc/2"]


async def test_each_namespace_is_its_own(world):
    script = "for n in user pid ipc uts cgroup net mnt; do readlink /proc/self/ns/$n; done"
    inside = (await world.inside(script)).stdout.split()
    outside = (await world.outside(script)).stdout.split()
    assert len(inside) == len(outside) == 7
    assert not set(inside) & set(outside)


# -- the network ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listeners:
    port: int
    abstract: str
    path: Path


@pytest.fixture
def listeners(root: Path) -> Iterator[Listeners]:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as path,
    ):
        name = f"pm-{os.getpid()}"
        abstract.bind(f"\0{name}")
        path.bind(str(root / "ask.sock"))
        abstract.listen()
        path.listen()
        yield Listeners(tcp.getsockname()[1], name, root / "ask.sock")


def _connect(family: str, address: str) -> str:
    program = f"import socket; socket.socket(socket.{family}).connect({address})"
    return f"{sys.executable} -c '{program}'"


async def test_there_is_no_network(world, listeners: Listeners):
    connect = _connect("AF_INET", f'("127.0.0.1", {listeners.port})')
    await world.denied(connect)
    assert (await world.inside(connect, world.policy(network="host"))).ok


async def test_abstract_sockets_are_out_of_reach(world, listeners: Listeners):
    connect = _connect("AF_UNIX", rf'"\0{listeners.abstract}"')
    await world.denied(connect)
    assert (await world.inside(connect, world.policy(network="host"))).ok


async def test_only_its_own_socket_can_be_reached(world, listeners: Listeners):
    connect = _connect("AF_UNIX", f'"{listeners.path}"')
    await world.denied(connect)
    own = world.policy(sockets=[listeners.path], masked=[world.state, listeners.path.parent])
    assert (await world.inside(connect, own)).ok


async def _direct(world, policy: Policy, command: list[str]):
    """Run a changed command line of bubblewrap."""

    class Changed(Bubblewrap):
        def command(self, policy, argv):
            return command

    assert isinstance(world.sandbox, Bubblewrap)
    return await run(Changed(world.sandbox.program), policy, [], limit=10, output_limit=10_000)
