"""Measure firth beside its peers: run every bench_*.py in turn, print their rows, and write them to docs/results.md.

python benchmarks/run.py                 all of them, printed
python benchmarks/run.py search          only bench_search.py
python benchmarks/run.py --write         printed, and docs/results.md written anew
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from common import PEERS, ROOT

HERE = Path(__file__).parent
RESULTS = ROOT / "docs" / "results.md"

#: The sizes that the bars are about, where a benchmark alone would take less; all in all about a quarter of an hour.
SIZES = {
    "training": [
        "--words 5M --epochs 2 --rates .05 --rounds 2 --dims 300 --parts counting training scaling",
        "--words 30M --epochs 1 --rates .025 --rounds 2 --parts training",
    ],
    "models": ["--words 5M --parts cbow --rates .05 .075", "--parts fasttext --rates .1"],
}


def versions(python: str, packages: list[str]) -> str:
    """Return the installed versions of packages, as another Python sees them."""
    code = (
        "import importlib.metadata as m, sys, json\n"
        "out = {}\n"
        "for p in json.loads(sys.argv[1]):\n"
        "    try: out[p] = m.version(p)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(', '.join(f'{p} {v}' for p, v in out.items()))"
    )
    return subprocess.run([python, "-c", code, json.dumps(packages)], capture_output=True, text=True).stdout.strip()


def machine() -> str:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    core = names[0] if names else platform.processor()
    return f"{os.cpu_count()} cores of {core}, {platform.system()}, Python {platform.python_version()}"


def figure(value: float, unit: str) -> str:
    """Return a figure with three significant digits and its unit."""
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def table(rows: list[dict[str, object]]) -> str:
    """Return rows as a Markdown table, with their notes below."""
    lines = ["| work | peer | firth | peer's | ratio | bar |", "|---|---|---:|---:|---:|---:|"]
    notes = []
    for row in rows:
        mark = ""
        if row["note"]:
            if row["note"] not in notes:
                notes.append(row["note"])
            mark = f" [{notes.index(row['note']) + 1}]"
        bar = "" if row["bar"] is None else f"{row['bar']:.3g} x"
        unit = str(row["unit"])
        lines.append(
            f"| {row['work']}{mark} | {row['peer']} | {figure(row['ours'], unit)} | {figure(row['theirs'], unit)}"  # type: ignore[arg-type]
            f" | {row['ratio']:.2f} x | {bar} |"
        )
    lines += ["", *(f"{k}. {note}" for k, note in enumerate(notes, 1))]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="which: loading, search, training, projection ...")
    parser.add_argument("--write", action="store_true", help="write docs/results.md")
    parser.add_argument("--write-only", action="store_true", help="write it from the last runs, measure nothing")
    options = parser.parse_args()
    files = sorted(HERE.glob("bench_*.py"))
    known = {file.stem.removeprefix("bench_"): file for file in files}
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    ours = versions(sys.executable, ["firth", "numpy", "numba"])
    theirs = versions(PEERS, ["gensim", "polars", "torch", "scikit-learn", "numpy"])
    print(f"{machine()}\nfirth's environment: {ours}\npeers' environment: {theirs}", flush=True)
    for name in () if options.write_only else options.names or known:
        print(f"\n== {name}", flush=True)
        rows_file(name).parent.mkdir(parents=True, exist_ok=True)
        rows_file(name).unlink(missing_ok=True)
        environment = {**os.environ, "FIRTH_BENCH_ROWS": str(rows_file(name))}
        for arguments in SIZES.get(name, [""]):
            subprocess.run([sys.executable, str(known[name]), *arguments.split()], check=True, env=environment)
    if options.write or options.write_only:
        head = (
            "# Results against peers\n\n"
            f"Written by `benchmarks/run.py` from the last run of each benchmark. {machine()}.\n"
            f"firth's environment: {ours}. Peers' environment: {theirs}.\n\n"
            "Every row: both on the same work in the same run, in turn, medians of the rounds (training: one or two, "
            "as its notes say, with the options that they name). A ratio above 1 means that firth is better. Training "
            "speeds stand beside scores that the benchmark prints; they are not all equal, see the README.\n"
        )
        RESULTS.write_text("\n".join([head, *(section(name) for name in known if rows_file(name).exists())]))
        print(f"\nwrote {RESULTS.relative_to(ROOT)}")


def rows_file(name: str) -> Path:
    """Return where the rows of a benchmark are kept, so that one can be measured anew and the others stay."""
    return ROOT / ".cache" / f"rows-{name}.jsonl"


def section(name: str) -> str:
    """Return the chapter of one benchmark, from its last run."""
    rows = [json.loads(line) for line in rows_file(name).read_text().splitlines()]
    day = datetime.datetime.fromtimestamp(rows_file(name).stat().st_mtime, datetime.UTC).date()
    return f"## {name.capitalize()}\n\n`python benchmarks/bench_{name}.py`, {day}.\n\n{table(rows)}\n"


if __name__ == "__main__":
    main()
