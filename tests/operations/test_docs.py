"""The pages under docs/ that are written from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_extensions_types_are_up_to_date():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/draw-types"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_pages_written_from_the_code_are_up_to_date():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/draw-docs"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
