"""The converters of public benchmarks, on data of their form."""

import json
from pathlib import Path

from bench.cases import agentconflictbench, cooperbench
from tests.git.world import World

from pointsman.oracle.replay.cases import find_cases

COMMIT = "7149a5e613b9c2bb3c2ed3ee5b7c9228772504b1"


def test_every_two_features_of_a_cooperbench_task_are_a_case(world: World, tmp_path: Path):
    data, clones, out = tmp_path / "dataset", tmp_path / "clones", tmp_path / "out"
    docker = f"RUN git clone https://github.com/o/project.git repo && \\\n git checkout {COMMIT}\n"
    for task in ("project_task/task7", "go_chi_task/task1", "absent_task/task1"):
        named = docker if task.startswith("project") else docker.replace("project", "other")
        files = {"Dockerfile": named, "setup.sh": ""}
        for n in (1, 2, 10):
            files |= {f"feature{n}/feature.patch": "", f"feature{n}/feature.md": ""}
        world.write(files, at=data / task)
    (clones / "o+project" / "repo").mkdir(parents=True)
    assert cooperbench.convert(data, clones, out) == (3, ["absent_task/task1"])
    found = {folder.name: case for folder, case in find_cases(out)}
    assert set(found) == {f"project_task-task7-{pair}" for pair in ("1-2", "1-10", "10-2")}
    case = found["project_task-task7-1-2"]
    assert (case.base, case.label) == (COMMIT, "unknown")
    assert Path(case.a.patch or "").is_file() and Path(case.b.text or "").is_file()


def test_agentconflictbench_gives_only_what_is_for_tuning(world: World, tmp_path: Path):
    data, clones, out = tmp_path / "instances", tmp_path / "clones", tmp_path / "out"
    for name, expected in (("click__001", "fail"), ("typer_c__1", "pass"), ("rich__1", "fail")):
        about = {
            "repo": "https://github.com/pallets/click",
            "base_commit": COMMIT,
            "patch_a": "patch_a.patch",
            "patch_b": "patch_b.patch",
            "composition_expected": expected,
        }
        world.write({"metadata.json": json.dumps(about)}, at=data / name)
    (clones / "click").mkdir(parents=True)
    assert agentconflictbench.convert(data, clones, out) == 2
    assert [case.label for _, case in find_cases(out)] == ["semantic", "none"]
