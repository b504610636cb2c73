"""Which files does a function need, and how do they become the same archive every time?"""

import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from local.functions import names

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can hold
_READABLE = 0o100644 << 16
_UNIX = 3
_REQUIREMENTS = "requirements.txt"
_LEFT_OUT = {"__pycache__", _REQUIREMENTS, "requirements.in"}


def build(root: Path, target: Path) -> list[Path]:
    """Write `<folder>.zip` into `target` for each function of the project at `root`; other archives there go."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.zip"):
        old.unlink()
    written = []
    for name in names():
        archive = target / f"{name}.zip"
        archive.write_bytes(packed(contents(root, name)))
        written.append(archive)
    return written


def contents(root: Path, name: str) -> dict[str, bytes]:
    """The files of the archive of the function in `functions/<name>`, by their paths in it.

    A function that needs more than the others has a `requirements.txt` of its own, which names all that it needs.
    """
    own = root / "functions" / name
    requirements = next(path for path in (own / _REQUIREMENTS, root / _REQUIREMENTS) if path.exists())
    found = {
        "main.py": f"from functions.{name}.main import main as main\n".encode(),
        _REQUIREMENTS: requirements.read_bytes(),
        "functions/__init__.py": (root / "functions" / "__init__.py").read_bytes(),
    }
    for folder in (root / "shared", own):
        found |= {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(folder)}
    return found


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip file of them: in the order of their names, of one date and one mode, and not compressed.

    Compressed bytes would differ from one zlib to the next, and an archive is named by the hash of its bytes.
    """
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            opened.writestr(entry, files[name])
    return archive.getvalue()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and _LEFT_OUT.isdisjoint(path.parts) and not path.name.startswith("."):
            yield path
