"""Limits and ends: whatever happens, nothing is left over."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.sandbox import Policy, Sandbox, Unsandboxed, kill_survivors, run, spawn, stop


@pytest.fixture(params=["bubblewrap", "none"])
def either(request: pytest.FixtureRequest, sandbox: Sandbox) -> Sandbox:
    """Both back ends: what is promised of processes does not hang on the sandbox."""
    return sandbox if request.param == "bubblewrap" else Unsandboxed()


async def _run(
    sandbox: Sandbox, policy: Policy, script: str, *, limit: float = 20, output_limit: int = 10_000
):
    return await run(
        sandbox, policy, ["bash", "-c", script], limit=limit, output_limit=output_limit
    )


async def test_it_takes_input_and_gives_both_outputs_and_the_code(world, either: Sandbox):
    done = await run(
        either,
        world.policy(),
        ["bash", "-c", "tr a-z A-Z; echo no >&2; exit 3"],
        stdin=b"yes\n" * 100_000,
        limit=20,
        output_limit=1_000_000,
    )
    assert (done.code, done.stdout, done.stderr) == (3, b"YES\n" * 100_000, b"no\n")
    assert done.ended == "exit"
    assert not done.ok


async def test_input_that_is_not_read_does_no_harm(world, either: Sandbox):
    argv = ["true"]
    big = b"x" * 1_000_000
    done = await run(either, world.policy(), argv, stdin=big, limit=20, output_limit=1)
    assert done.ok


async def test_it_starts_in_the_policys_folder(world, either: Sandbox):
    assert (await _run(either, world.policy(), "pwd")).stdout.decode() == f"{world.workspace}\n"


async def test_too_much_output_is_cut_and_the_process_killed(world, either: Sandbox):
    done = await _run(either, world.policy(), "yes", output_limit=1000)
    assert (done.ended, done.ok, len(done.stdout)) == ("output-limit", False, 1000)


async def test_output_up_to_the_limit_is_all_right(world, either: Sandbox):
    done = await _run(either, world.policy(), "printf 12345; printf 67890 >&2", output_limit=10)
    assert (done.ok, done.stdout, done.stderr) == (True, b"12345", b"67890")


async def test_at_the_time_limit_the_whole_tree_is_dead(world, holders):
    started = asyncio.create_task(holders.started())
    done = await _run(world.sandbox, world.policy(), f"echo up; {holders.SCRIPT}", limit=1)
    assert holders.at_end(await started)
    assert (done.ended, done.stdout) == ("time-limit", b"up\n")


async def test_when_cancelled_the_whole_tree_is_dead(world, holders):
    running = asyncio.create_task(_run(world.sandbox, world.policy(), holders.SCRIPT))
    fifo = await holders.started()
    assert not holders.at_end(fifo)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert holders.at_end(fifo)


async def test_without_a_sandbox_what_left_the_group_survives(world, holders):
    """The control of the two tests above: it is the PID namespace that leaves nothing over."""
    running = asyncio.create_task(_run(Unsandboxed(), world.policy(), holders.SCRIPT))
    fifo = await holders.started()
    escaped = await holders.escaped()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not holders.at_end(fifo)
    os.kill(escaped, signal.SIGKILL)


async def test_cancelled_at_any_moment_of_its_start_nothing_is_left(world):
    policy = world.policy()
    for after in range(0, 24):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(after / 1000):
                await _run(world.sandbox, policy, "sleep 1000")
    async with asyncio.timeout(5):
        while _processes_that_name(world.root):
            await asyncio.sleep(0.01)


async def test_what_is_killed_with_its_starter_leaves_nothing(world, holders):
    starter = await _started_by_another_process(world, holders, world.sandbox)
    fifo = await holders.started()
    starter.kill()
    starter.wait()
    await holders.all_gone(fifo)


async def test_without_a_sandbox_it_outlives_its_starter(world, holders):
    """The control of the test above."""
    starter = await _started_by_another_process(world, holders, Unsandboxed())
    fifo = await holders.started()
    escaped, leader = await holders.escaped(), await holders.number_in("leader")
    starter.kill()
    starter.wait()
    os.kill(escaped, 0)
    assert not holders.at_end(fifo)
    os.killpg(leader, signal.SIGKILL)
    os.kill(escaped, signal.SIGKILL)
    await holders.all_gone(fifo)


async def test_what_it_leaves_in_the_background_ends_with_it(world, holders):
    started = asyncio.create_task(holders.started())
    script = "exec 3>fifo; sleep 1000 >/dev/null 2>&1 & exit 0"
    assert (await _run(world.sandbox, world.policy(), f"exec 3>fifo; {script}")).ok
    await holders.all_gone(await started)


async def test_stop_asks_first(world, either: Sandbox):
    process = await spawn(
        either,
        world.policy(),
        ["bash", "-c", "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.02; done"],
    )
    assert process.stdout
    assert await process.stdout.readline() == b"up\n"
    await stop(process, 10)
    assert (await process.stdout.read(), process.returncode) == (b"bye\n", 7)


async def test_stop_kills_what_does_not_listen(world, holders):
    process = await spawn(world.sandbox, world.policy(), ["bash", "-c", holders.SCRIPT])
    fifo = await holders.started()
    await stop(process, 0.05)
    assert holders.at_end(fifo)
    assert process.returncode is not None


async def test_stop_can_be_cancelled_and_repeated(world, holders):
    process = await spawn(world.sandbox, world.policy(), ["bash", "-c", holders.SCRIPT])
    fifo = await holders.started()
    stopping = asyncio.create_task(stop(process, 1000))
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert holders.at_end(fifo)
    await stop(process, 1000)


async def test_a_program_that_is_not_there_is_told(world):
    done = await run(world.sandbox, world.policy(), ["no-such"], limit=5, output_limit=1000)
    assert not done.ok
    assert b"no-such" in done.stderr


async def _started_by_another_process(world, holders, sandbox: Sandbox) -> subprocess.Popen[bytes]:
    """A process that starts the holders with `spawn`, and then waits for ever."""
    program = f"""
import asyncio
from pathlib import Path, PosixPath
from pointsman.sandbox import Bubblewrap, Policy, Unsandboxed, spawn

async def main():
    policy = {world.policy()!r}
    process = await spawn({_constructor(sandbox)}, policy, ["bash", "-c", {holders.SCRIPT!r}])
    Path({str(world.workspace / "leader")!r}).write_text(str(process.pid))
    await asyncio.sleep(1000)

asyncio.run(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], env={"PATH": "/usr/bin:/bin"})


def _constructor(sandbox: Sandbox) -> str:
    return "Unsandboxed()" if isinstance(sandbox, Unsandboxed) else repr(sandbox)


def _processes_that_name(path: Path) -> list[int]:
    """Those that run: dead ones that wait for their parent have no command line any more."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(path).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


async def test_a_survivor_is_found_by_what_it_shows_and_killed(world, holders):
    process = await spawn(world.sandbox, world.policy(), ["bash", "-c", holders.SCRIPT])
    fifo = await holders.started()
    assert await kill_survivors(world.repository) == 0
    assert not holders.at_end(fifo)
    assert await kill_survivors(world.state) > 0
    assert holders.at_end(fifo)
    await process.wait()


async def test_without_a_sandbox_all_that_outlived_its_starter_is_found_and_killed(world, holders):
    starter = await _started_by_another_process(world, holders, Unsandboxed())
    fifo = await holders.started()
    await holders.escaped()
    starter.kill()
    starter.wait()
    assert await kill_survivors(world.repository) == 0
    assert await kill_survivors(world.root / "stat") == 0
    assert not holders.at_end(fifo)
    assert await kill_survivors(world.state) >= 3
    assert holders.at_end(fifo)


async def test_a_starter_killed_at_any_moment_of_a_start_leaves_nothing_after_the_sweep(world):
    policy = world.policy()
    starter = "import subprocess, sys, time; subprocess.Popen(sys.argv[2:]); time.sleep({})"
    command = world.sandbox.command(policy, ["sleep", "1000"])
    for after in range(0, 20, 2):
        program = f"{starter.format(after / 1000)}; import os; os.kill(os.getpid(), 9)"
        env = world.sandbox.environment(policy)
        subprocess.run([sys.executable, "-S", "-c", program, "", *command], env=env, check=False)
    await kill_survivors(world.state)
    assert not _processes_that_name(world.root)
