"""Fonts for words of any script: matplotlib's own first, then installed ones that have the missing letters."""

from __future__ import annotations

from collections.abc import Iterable

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
    """Return font families that together have the letters of ``texts``, as far as installed ones do.

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
    return chosen
