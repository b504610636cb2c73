"""The Firestore emulator, started and stopped.

    with FirestoreEmulator() as emulator:
        ...  # FIRESTORE_EMULATOR_HOST=emulator.host

It enforces `firestore.rules` for people (unsigned tokens will do) and none for `Authorization: Bearer owner`. It is
found in this order: the one that `FIRESTORE_EMULATOR_HOST` names (nothing is started then, and its rules are its own),
gcloud's component, the cache of firebase-tools, the jar that the npm package firebase-tools names, downloaded once into
the state folder. That last download has been tried against a server on loopback only.
"""

from local.firestore.emulator import FirestoreEmulator
from local.firestore.errors import EmulatorError

__all__ = ["EmulatorError", "FirestoreEmulator"]
