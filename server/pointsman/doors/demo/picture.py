"""The picture in the README: one frame of a real demo, as SVG that loads nothing from elsewhere.

python -m pointsman.doors.demo.picture docs/images/demo.svg
"""

import argparse
import io
import os
import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from pointsman.doors.cli.lanes.pool import Pool
from pointsman.doors.demo.course import frame
from pointsman.doors.demo.main import build, play
from pointsman.doors.demo.prompt import Prompt

WIDTH, HEIGHT = 88, 24
PATIENCE = 6.0
"""Seconds a question stays: long enough for others to land in the meantime."""
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that rich would have a browser fetch; any other font of fixed width does."""


class Camera:
    """A show without viewers. Keeps the last frame in which an agent asks its question."""

    def __init__(self) -> None:
        self.picture = ""
        self._opened = datetime.now(UTC)

    def __enter__(self) -> "Camera":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, pool: Pool, prompt: Prompt | None) -> None:
        asks = prompt is not None and prompt.item["reason"] == "QUESTION"
        if asks and prompt is not None and prompt.left > PATIENCE / 4:
            console = Console(
                file=io.StringIO(), record=True, width=WIDTH, height=HEIGHT, force_terminal=True
            )
            console.print(frame(pool, self._opened, prompt))
            self.picture = FONT_FACE.sub("", console.export_svg(title="pointsman demo"))

    def answered(self, item: dict[str, Any], words: str, *, by_default: bool) -> None:
        pass

    def keys(self, seconds: float) -> str:
        time.sleep(seconds)
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    target: Path = parser.parse_args().file.absolute()
    folder = Path(tempfile.mkdtemp(prefix="pointsman-demo-"))
    os.environ.pop("NO_COLOR", None)
    camera = Camera()
    try:
        play(build(folder), camera, PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(camera.picture, encoding="utf-8")
    return 0 if camera.picture else 1


if __name__ == "__main__":
    sys.exit(main())
