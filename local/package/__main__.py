"""Build the archives of all functions: `python -m local.package`."""

import hashlib
from pathlib import Path

from local.functions import ROOT
from local.package import build

TARGET = Path("build/packages")


def main() -> None:
    """Build them and print each with its size in bytes and its SHA-256."""
    for archive in build(ROOT, ROOT / TARGET):
        content = archive.read_bytes()
        print(f"{archive.relative_to(ROOT)} {len(content)} {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
