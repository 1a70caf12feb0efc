"""Fonts for words of any script: matplotlib's own first, then installed ones that have the missing letters."""

from __future__ import annotations

import logging
from collections.abc import Iterable

logger = logging.getLogger("firth")

#: matplotlib brings this font along, so that a picture looks alike on all machines.
BASE = "DejaVu Sans"

#: Widely installed families with letters that the base lacks, in order of preference.
_OTHERS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "PingFang SC"),
    *("Hiragino Sans", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "SimHei", "WenQuanYi Zen Hei"),
    *("WenQuanYi Micro Hei", "IPAexGothic", "Droid Sans Fallback", "Arial Unicode MS", "Noto Sans Devanagari"),
    *("Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai", "Noto Sans Arabic", "Noto Sans Hebrew", "Nirmala UI"),
    *("Tahoma", "FreeSans", "FreeSerif", "Unifont", "Noto Emoji", "Segoe UI Symbol", "Symbola"),
)


def families(texts: Iterable[str]) -> list[str]:
    """Return font families that together have the letters of ``texts``; those that none has are told to the log.

    >>> families(["cat", "Ωμέγα"])
    ['DejaVu Sans']
    """
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

    def letters(family: str) -> set[int]:
        return set(get_font(findfont(FontProperties(family=[family]), fallback_to_default=False)).get_charmap())

    wanted = {ord(letter) for text in texts for letter in text} - letters(BASE)
    chosen = [BASE]
    installed = {font.name for font in fontManager.ttflist} if wanted else set()
    for family in _OTHERS:
        if wanted and family in installed:
            has = letters(family)
            if has & wanted:
                chosen.append(family)
                wanted -= has
    lacking = "".join(letter for letter in map(chr, sorted(wanted)) if letter.isprintable())
    if lacking:
        logger.warning(
            "no installed font has %s, which become%s in PNG and SVG; install a font (such as Noto Sans), or save the "
            "picture as .html, which uses the reader's fonts",
            lacking if len(lacking) <= 12 else f"{lacking[:12]} and {len(lacking) - 12} more letters",
            " boxes" if len(lacking) > 1 else " a box",
        )
    return chosen
