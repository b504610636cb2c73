"""With which keys are ID tokens signed, and where are they kept?

In a file of the state folder, so that the server and `python -m local.token` sign with the same ones: PEM blocks, the
newest first.
"""

import hashlib
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

STATE = Path(".local")
FILE = "identity-keys.pem"

_BLOCK = re.compile(rb"-----BEGIN [^-]+-----.+?-----END [^-]+-----\s*", re.DOTALL)


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and the name it is published under."""

    key: rsa.RSAPrivateKey
    key_id: str

    @classmethod
    def of(cls, key: rsa.RSAPrivateKey) -> Self:
        """Named after the key itself, by 40 hexadecimal digits as Google's are."""
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return cls(key, hashlib.sha256(public).hexdigest()[:40])

    @classmethod
    def new(cls) -> Self:
        """A new key of 2048 bits, which takes about 0.1 s."""
        return cls.of(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with exactly these claims, by RS256."""
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})

    def public(self) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        numbers = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.key_id, "n": numbers["n"], "e": numbers["e"]}


class KeyRing:
    """The keys in `folder`, made at first use; `rotate` adds one and keeps publishing those before it."""

    def __init__(self, folder: Path = STATE) -> None:
        self._file = folder / FILE
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            self._create()
        self._keys = _read(self._file)

    @property
    def newest(self) -> SigningKey:
        """The key to sign with."""
        with self._lock:
            return self._keys[0]

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on; returns it."""
        with self._lock:
            self._keys = [SigningKey.new(), *self._keys]
            _write(self._file.parent, self._keys).replace(self._file)
            return self._keys[0]

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        with self._lock:
            return {"keys": [key.public() for key in self._keys]}

    def _create(self) -> None:
        """Of two processes that come at once, the first one's key counts for both."""
        draft = _write(self._file.parent, [SigningKey.new()])
        try:
            os.link(draft, self._file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()


def _write(folder: Path, keys: list[SigningKey]) -> Path:
    """A temporary file with the keys, for its owner's eyes only."""
    number, name = tempfile.mkstemp(dir=folder)  # mode 0600
    with os.fdopen(number, "wb") as file:
        file.writelines(_pem(key) for key in keys)
    return Path(name)


def _pem(key: SigningKey) -> bytes:
    return key.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(file: Path) -> list[SigningKey]:
    """The keys in `file`; raises ValueError when it holds anything else."""
    keys = [serialization.load_pem_private_key(block, None) for block in _BLOCK.findall(file.read_bytes())]
    signing = [SigningKey.of(key) for key in keys if isinstance(key, rsa.RSAPrivateKey)]
    if not signing or len(signing) != len(keys):
        raise ValueError(f"{file} does not hold RSA keys: delete it, and new ones will be made")
    return signing
