"""What every picture that is drawn here has in common: the frame of an SVG document, and its text.

Names and sentences may hold anything: markup, and characters that no XML document may hold.
"""

import re
from xml.sax.saxutils import escape

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All but what XML 1.0 calls a Char (section 2.2)."""


def words(text: object) -> str:
    """Text as the content of an element; what XML can't hold becomes U+FFFD."""
    return escape(_NO_XML.sub("\ufffd", str(text)))


def document(width: float, height: float, title: str, style: str, *body: str) -> str:
    """An SVG document of that many pixels. ``style`` colours ``.paper``, which is behind all;
    ``title`` is text, ``body`` is markup."""
    frame = f'width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'{frame} role="img">',
        f"<title>{words(title)}</title>",
        f"<style>text{{font:12px system-ui,sans-serif}}{style}</style>",
        f'<rect class="paper" {frame}/>',
        *body,
        "</svg>",
        "",
    ]
    return "\n".join(parts)
