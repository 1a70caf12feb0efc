"""Write src/firth/catalogue/gensim_data.py from gensim-data's catalogue.

    python scripts/gensim_data_table.py list.json

``list.json`` is the file of that name in the repository piskvorky/gensim-data. Only facts are taken: names, sizes, MD5
checksums, shapes, licences.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "firth" / "catalogue" / "gensim_data.py"

LICENCES = {
    "opendatacommons.org/licenses/pddl": "PDDL 1.0",
    "creativecommons.org/licenses/by-sa/3.0": "CC BY-SA 3.0",
    "creativecommons.org/licenses/by/4.0": "CC BY 4.0",
    "commonsense/conceptnet-numberbatch": "CC BY-SA 4.0",
    "not found": "not stated",
}

HEAD = '''"""The vector files of gensim-data: written by ``scripts/gensim_data_table.py``, not by hand.

One row a file: name, bytes, MD5, words, dimension, licence.
"""

from __future__ import annotations

MODELS: tuple[tuple[str, int, str, int, int, str], ...] = (
'''


def main(source: str) -> None:
    """Read the catalogue and write the table."""
    models = json.loads(Path(source).read_text(encoding="utf-8"))["models"]
    rows = []
    for name, facts in sorted(models.items()):
        if name.startswith("__testing"):
            continue
        assert facts["parts"] == 1 and facts["file_name"] == f"{name}.gz", name
        licence = next(short for part, short in LICENCES.items() if part in facts["license"])
        row = (
            name, facts["file_size"], facts["checksum"], facts["num_records"], facts["parameters"]["dimension"], licence
        )  # fmt: skip
        rows.append("    (" + ", ".join(json.dumps(value) for value in row) + "),\n")
    TARGET.write_text(HEAD + "".join(rows) + ")\n", encoding="utf-8")
    print(f"{TARGET}: {len(rows)} files")


if __name__ == "__main__":
    main(sys.argv[1])
