"""The Python of docs/contextual.md runs."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "contextual.md"


def test_the_guides_examples_run(minilm_folder: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    scope: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), scope)
    assert scope["two"].spans.tolist() == [[2, 5], [22, 25]]  # type: ignore[attr-defined]
    assert scope["senses"].labels.tolist() == [1, 1, 1, 2, 2, 2]  # type: ignore[attr-defined]
    assert scope["split"].recipe["senses"] == {"bat": [3, 3]}  # type: ignore[attr-defined]
    near = {n.word for n in scope["split"].near("bat#2", topn=5)}  # type: ignore[attr-defined]
    assert near & {"ball", "baseball", "umpire", "cricket"}
    assert scope["table"].near("cat", topn=1)[0].word == "dog"  # type: ignore[attr-defined]
