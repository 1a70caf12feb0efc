"""What a reader found while it read: rows, skipped lines and oddities, with their line numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Problems of one kind that are kept with their place; further ones are only counted.
KEPT_PER_KIND = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One oddity: its kind, where it stands, and what was found there.

    Attributes:
        kind: a short name such as ``"short row"`` or ``"duplicate word"``.
        line: line number in the file, from 1; None for binary files.
        offset: byte offset in the unpacked file, from 0; None where it says nothing.
        text: what was found, for people.
    """

    kind: str
    line: int | None
    offset: int | None
    text: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        if self.line is None and self.offset is not None:
            place = f"byte {self.offset}: "
        return f"{place}{self.text}"


@dataclass(slots=True)
class LoadReport:
    """What a reader found in one file.

    Attributes:
        format: name of the format, such as ``"glove"``.
        source: the path as given.
        rows: rows of the resulting table.
        dim: numbers a row.
        declared_rows: the header's count of rows, None where the file has no header.
        counts: kind of problem → how often it was seen.
        problems: the first 100 problems of every kind, in file order.

    >>> report = LoadReport(format="glove", source="a.txt", rows=2, dim=3)
    >>> report.add("short row", "2 numbers where 3 were expected; row skipped", line=7)
    >>> print(report)
    a.txt: glove, 2 words x 3
      1 short row
        line 7: 2 numbers where 3 were expected; row skipped
    """

    format: str
    source: str
    rows: int = 0
    dim: int = 0
    declared_rows: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """True where nothing odd was seen."""
        return not self.counts

    def add(self, kind: str, text: str, *, line: int | None = None, offset: int | None = None, times: int = 1) -> None:
        """Count a problem ``times`` times, and keep its place while fewer than 100 of its kind are kept."""
        seen = self.counts.get(kind, 0)
        self.counts[kind] = seen + times
        if seen < KEPT_PER_KIND:
            self.problems.append(Problem(kind, line, offset, text))

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain dicts and lists."""
        return {
            "format": self.format,
            "source": self.source,
            "rows": self.rows,
            "dim": self.dim,
            "declared_rows": self.declared_rows,
            "counts": dict(self.counts),
            "problems": [{"kind": p.kind, "line": p.line, "offset": p.offset, "text": p.text} for p in self.problems],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> LoadReport:
        """Make a report from what :meth:`to_json` gave.

        >>> LoadReport.from_json(LoadReport("glove", "a.txt", 2, 3).to_json()).rows
        2
        """
        problems = [Problem(p["kind"], p["line"], p["offset"], p["text"]) for p in data["problems"]]
        return cls(**{**data, "problems": problems})

    def __str__(self) -> str:
        lines = [f"{self.source}: {self.format}, {self.rows:,} words x {self.dim}"]
        for kind, count in self.counts.items():
            lines.append(f"  {count:,} {kind}")
            shown = [p for p in self.problems if p.kind == kind][:3]
            lines.extend(f"    {problem}" for problem in shown)
            if count > len(shown):
                lines.append(f"    ... and {count - len(shown):,} more")
        return "\n".join(lines)
