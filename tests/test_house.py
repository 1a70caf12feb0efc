"""The house stands: public face, floors, and what a start may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import firth

SOURCE = Path(firth.__file__).parent

#: Room → floor. A module imports only from floors below its own, or from its own room.
FLOORS = {
    "errors": 0, "version": 0, "progress": 0, "lengths": 0,
    "kernels": 1,
    "report": 2, "files": 2, "caches": 2, "runningwords": 2, "vocabulary": 2, "murmur": 2,
    "subwords": 3, "keyedvectors": 3, "wordvectors": 4,
    "search": 5,
    "formats": 6,
    "catalogue": 7, "operations": 7,
    "loading": 8,
    "evaluation": 8, "training": 8, "projection": 8,
    "context": 8.5,
    "tour": 9,
    "cli": 10, "__main__": 11,
}  # fmt: skip

#: These may call rooms above them, inside functions: the table's thin methods, and the public face.
MAY_CALL_UP = {"keyedvectors", "wordvectors", "__init__"}

MODULES = sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    """Return the room a module stands in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST, path: Path) -> list[tuple[str, bool, int]]:
    """Return (module of firth, at the top level?, line) of every import that runs."""
    found: list[tuple[str, bool, int]] = []

    def visit(node: ast.AST, top: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return  # read by the type checker alone
        if isinstance(node, ast.Import):
            found.extend((alias.name, top, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; say from where"
            # `from firth.kernels import textparse` names a module, `from firth.errors import X` a thing in one
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (SOURCE.parent / whole.replace(".", "/")).with_suffix(".py").exists()
                found.append((whole if is_module else str(node.module), top, node.lineno))
        inner = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, inner)

    visit(tree, True)
    return [entry for entry in found if entry[0].split(".")[0] == "firth"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_module_imports_upward(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        return
    for module, top, line in imported(ast.parse(path.read_text()), path):
        other = module.split(".")[1] if "." in module else "__init__"
        if other in ("__init__", own):
            assert other == own or not top, f"{path}:{line} imports the public face"
            continue
        assert other in FLOORS, f"{path}:{line}: the room {other!r} has no floor"
        allowed = FLOORS[other] < FLOORS[own] or (own in MAY_CALL_UP and not top)
        assert allowed, f"{path}:{line}: {own} (floor {FLOORS[own]}) imports {module} (floor {FLOORS[other]})"


def test_no_room_imports_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        name = ".".join(("firth", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        graph[name] = {module for module, top, _ in imported(ast.parse(path.read_text()), path) if top}

    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for other in graph.get(name, ()):
                walk(other, (*trail, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_only_kernels_are_compiled() -> None:
    for path in MODULES:
        if room(path) != "kernels":
            names = {name.split(".")[0] for name in _all_imports(path)}
            assert not names & {"numba", "llvmlite"}, f"{path} compiles outside the kernels room"


def _all_imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.append(str(node.module))
    return names


def test_all_is_what_is_visible() -> None:
    assert list(firth.__all__) == ["__version__", *sorted(set(firth.__all__) - {"__version__"})]
    for name in firth.__all__:
        assert getattr(firth, name) is not None
    visible = {name for name in dir(firth) if not name.startswith("_")}
    modules = {p.stem for p in SOURCE.iterdir()} | {"importlib", "annotations", "Any", "TYPE_CHECKING"}
    assert visible - modules <= set(firth.__all__)


def test_the_type_checker_sees_the_same_face() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    names = {
        (str(node.module), alias.name)
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == {(home, name) for name, home in firth._HOMES.items()}


HEAVY = ("numba", "llvmlite", "torch", "rich", "matplotlib", "plotly", "scipy", "sklearn", "pandas", "gensim")


@pytest.mark.parametrize(
    "code",
    [
        "import firth",
        "import firth; firth.WordVectors.from_words(['a', 'b'], [[1, 0], [1, 1]]).most_similar('a')",
        "import firth; firth.load(FILE).most_similar('w7')",
        "from firth.cli import main\ntry: main(['near', FILE, 'w7 - w8'])\nexcept SystemExit as e: assert not e.code",
    ],
)
def test_queries_start_light(code: str, tmp_path: Path) -> None:
    import numpy as np

    file = tmp_path / "table.firth"
    rng = np.random.default_rng(1)
    firth.WordVectors.from_words([f"w{i}" for i in range(50)], rng.normal(size=(50, 4))).save(file)
    check = f"\nimport sys; loaded = [m for m in {HEAVY!r} if m in sys.modules]; assert not loaded, loaded"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"FILE = {str(file)!r}\n{code}{check}"], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_files_stay_small() -> None:
    """One concept a file: the limit is a wall, not an aim."""
    for path in MODULES:
        lines = len(path.read_text().splitlines())
        assert lines <= 420, f"{path} has {lines} lines"
