"""What is shown of a home full of programs and secrets."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import pointsman
from pointsman.sandbox import Toolchains, find_toolchains


@dataclass(frozen=True)
class Home:
    folder: Path

    def program(self, place: str, text: str = "\x7fELF") -> Path:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def link(self, place: str, target: str | Path) -> Path:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
        return path

    def find(self, *on_path: str, programs: tuple[Path, ...] = (), **environ: str) -> Toolchains:
        path = os.pathsep.join(str(self.folder / name) for name in on_path)
        return find_toolchains(
            programs,
            path,
            home=self.folder,
            environ={"PATH": path, **environ},
            never=[self.folder / "checkout"],
        )

    def shown(self, *on_path: str, programs: tuple[Path, ...] = (), **environ: str) -> list[str]:
        """Of this home, and not what Pointsman itself needs."""
        roots = self.find(*on_path, programs=programs, **environ).roots
        inside = [root for root in roots if root.is_relative_to(self.folder)]
        return [str(root.relative_to(self.folder)) for root in inside]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "op")
    for secret in (".ssh/id", ".config/gh/hosts.yml", ".cargo/credentials.toml", ".profile"):
        made.program(secret)
    return made


def test_a_bin_folder_shows_itself_and_not_what_lies_beside_it(home):
    home.program(".cargo/bin/cargo-thing")
    assert home.shown(".cargo/bin") == [".cargo/bin"]


def test_a_version_of_a_language_is_shown_whole(home):
    home.program(".nvm/versions/node/v22.1.0/bin/node")
    home.program(".nvm/versions/node/v22.1.0/lib/x")
    home.program(".nvm/versions/node/v20.0.0/bin/node")
    assert home.shown(".nvm/versions/node/v22.1.0/bin") == [".nvm/versions/node/v22.1.0"]


def test_home_itself_and_local_are_never_a_version(home):
    home.program(".local/bin/tool")
    home.program(".local/lib/x")
    home.program("bin/tool")
    home.program("lib/x")
    assert home.shown(".local/bin", "bin") == [".local/bin", "bin"]


def test_home_on_path_is_not_shown(home):
    home.program("tool")
    assert home.shown("", ".config", ".cache") == []
    assert home.find("").path == ()


def test_of_a_folder_that_holds_more_than_programs_the_program_alone_is_shown(home):
    tool = home.program("tool.py")
    home.link("bin/tool", tool)
    assert home.shown("bin") == ["bin", "tool.py"]


def test_xdg_folders_and_their_parents_are_never_shown(home):
    home.program("data/bin/tool")
    home.program("data/lib/x")
    assert home.shown("data/bin") == ["data"]
    assert home.shown("data/bin", XDG_DATA_HOME=str(home.folder / "data")) == ["data/bin"]
    deeper = str(home.folder / "data" / "deep")
    assert home.shown("data/bin", XDG_STATE_HOME=deeper) == ["data/bin"]


def test_a_link_into_a_virtual_environment_shows_it_and_its_python(home):
    python = home.program(".local/share/uv/python/cpython-3.12/bin/python3")
    home.program(".local/share/uv/python/cpython-3.12/lib/x")
    venv = ".local/share/uv/tools/thing"
    home.program(f"{venv}/pyvenv.cfg", f"home = {python.parent}\n")
    home.link(f"{venv}/bin/python", python)
    tool = home.program(f"{venv}/bin/thing", f"#!{home.folder}/{venv}/bin/python\n")
    home.link(".local/bin/thing", tool)
    assert home.shown(".local/bin") == [
        ".local/bin",
        ".local/share/uv/python/cpython-3.12",
        ".local/share/uv/tools/thing",
    ]


def test_a_virtual_environment_in_the_checkout_is_shown_and_the_checkout_is_not(home):
    home.program("checkout/.venv/pyvenv.cfg")
    home.program("checkout/.venv/bin/pytest", "#!/usr/bin/env python3\n")
    home.program("checkout/bin/dev")
    home.program("checkout/package.json")
    shown = home.shown("checkout/.venv/bin", "checkout/bin")
    assert shown == ["checkout/.venv", "checkout/bin"]


def test_another_checkout_on_path_shows_its_bin_folder_alone(home):
    for place in ("p/package.json", "p/pyvenv.cfg", "p/lib/x", "p/.env", "p/bin/dev"):
        home.program(place)
    (home.folder / "p" / ".git").mkdir()
    assert home.shown("p/bin") == ["p/bin"]


def test_a_node_package_is_shown_with_those_it_depends_on(home):
    cli = home.program(".npm/lib/node_modules/@org/agent/cli.js", "#!/usr/bin/env node\n")
    home.program(".npm/lib/node_modules/@org/agent/package.json")
    home.program("n/bin/node")
    agent = home.link("tools/agent", cli)
    found = home.shown("n/bin", programs=(agent,))
    assert found == [".npm/lib/node_modules", "n/bin", "tools"]


def test_an_interpreter_behind_env_is_looked_up_on_path(home):
    home.program("v3/bin/thelang")
    home.program("v3/lib/x")
    agent = home.program("agents/agent", "#!/usr/bin/env -S thelang -u\n")
    assert home.shown(programs=(agent,)) == ["agents"]
    assert home.shown("v3/bin", programs=(agent,)) == ["agents", "v3"]


def test_shims_bring_the_folder_that_they_run_from(home):
    home.program(".pyenv/shims/python", "#!/usr/bin/env bash\n")
    home.program(".pyenv/versions/3.11.7/bin/python")
    (home.folder / ".pyenv" / ".git").mkdir()
    assert home.shown(".pyenv/shims") == [".pyenv"]
    home.program("work/shims/python", "#!/usr/bin/env bash\n")
    assert home.shown("work/shims") == ["work/shims"]


def test_rustup_brings_its_toolchains_and_says_where_they_are(home):
    home.program(".cargo/bin/rustup")
    home.link(".cargo/bin/cargo", "rustup")
    home.program(".rustup/toolchains/stable/bin/cargo")
    assert home.shown(".cargo/bin") == [".cargo/bin", ".rustup"]
    assert home.find(".cargo/bin").env == {"RUSTUP_HOME": str(home.folder / ".rustup")}


def test_links_in_circles_and_broken_ones_do_no_harm(home):
    home.link("bin/a", "b")
    home.link("bin/b", "a")
    home.link("bin/c", "nowhere")
    assert home.shown("bin", programs=(home.folder / "gone",)) == ["bin"]


def test_relative_and_missing_folders_on_path_are_left_out(home):
    found = find_toolchains([], ".::bin:/no/such", home=home.folder, environ={})
    assert found.path == ()


def test_pointsmans_own_python_and_package_are_always_there(home):
    roots = home.find().roots
    for needed in (Path(sys.prefix), Path(pointsman.__file__).parent):
        assert any(needed.is_relative_to(root) for root in roots) or needed.is_relative_to("/usr")


async def test_pointsmans_python_starts_inside(world):
    done = await world.inside(f"{sys.executable} -c 'import pointsman, pydantic'")
    assert done.ok, done


async def test_a_real_virtual_environment_in_the_home_starts_inside(world, tmp_path):
    venv = tmp_path / "op" / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    home = Home(tmp_path / "op")
    home.program("secret")
    tools = find_toolchains([], f"{venv}/bin", home=home.folder, environ={"PATH": f"{venv}/bin"})
    policy = world.policy(tools=tools)
    assert (await world.inside("python -c 'import sys; print(sys.prefix)'", policy)).stdout == (
        f"{venv}\n".encode()
    )
    await world.denied(f"cat {home.folder}/secret", policy)
