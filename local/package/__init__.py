"""What is deployed: an archive for each function, the same bytes from the same sources whoever builds it.

    python -m local.package  # build/packages/<folder>.zip

An archive holds `main.py` of one line, the function's own folder, `shared/` and `requirements.txt`: what Google's
buildpack looks for at the root. https://cloud.google.com/run/docs/runtimes/python
"""

from local.package.archive import build, packed

__all__ = ["build", "packed"]
