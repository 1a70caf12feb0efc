"""``firth get [NAME]``: named vectors onto this machine, or the list of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import format_table, json_option, print_json

if TYPE_CHECKING:
    from firth.catalogue import Entry


@click.command(
    epilog="Examples:  firth get --list   ·   firth get glove-6b-100d   ·   firth near $(firth get glove-6b-50d) cat"
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listed", is_flag=True, help="List the names with sizes and licences.")
@click.option("--all", "every", is_flag=True, help="In the list, every language on a line of its own.")
@json_option
def command(names: tuple[str, ...], listed: bool, every: bool, as_json: bool) -> None:
    """Download the vectors called NAME, and print where they lie; what is already here is not fetched again.

    A broken download goes on where it stopped; sizes and checksums are checked. The folder is FIRTH_CACHE, or the
    system's folder for caches. With --json every name gives one JSON object on a line of its own.
    """
    from firth.catalogue import find, get
    from firth.cli.display import progress

    if listed or every or not names:
        _list(names, every, as_json)
        return
    for name in names:
        entry = find(name)
        path = get(name, progress=progress())
        if as_json:
            print_json({"name": entry.name, "path": str(path), "licence": entry.licence, "source": entry.sources[0]})
        else:
            click.echo(f"{entry.name}: {entry.title}; licence: {entry.licence}", err=True)
            click.echo(path)


def _list(names: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Show the entries; with NAMEs those only whose name holds one of them."""
    from firth.catalogue import entries, local_path

    chosen = [e for e in entries().values() if not names or any(name.lower() in e.name for name in names)]
    if as_json:
        for entry in chosen:
            path = local_path(entry)
            print_json({**entry.to_json(), "path": None if path is None else str(path)})
        return
    rows: dict[str, list[str]] = {}
    for entry in chosen:
        family = "" if every or names else entry.family
        rows.setdefault(family or entry.name, _row(entry, family))
    header = ["name", "words", "dim", "download", "licence", "here", "trained on"]
    click.echo(format_table(header, list(rows.values()), right=[1, 2, 3]))
    if any("LANG" in name for name in rows):
        click.echo("\nLANG is a language code such as en; `firth get --list --all` shows them all.")


def _row(entry: Entry, family: str) -> list[str]:
    from firth.catalogue import local_path

    here = "" if family or local_path(entry) is None else "yes"
    title = entry.title.split(",")[0] + ", many languages" if family else entry.title
    numbers: list[Any] = [entry.words, entry.dim]
    size = "" if entry.size is None else f"{entry.size / 1e6:,.0f} MB"
    shape = ["" if number is None else f"{number:,}" for number in numbers]
    return [family or entry.name, *shape, size, entry.licence, here, title]
