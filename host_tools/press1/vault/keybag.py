"""The key file: wrapping keys in slots that are overwritten in place. Adding and destroying need no passphrase, reading does.

file = header (4,096 bytes) || slot (128 bytes) * n
header = "P1VKEYS\\n" || version (2) || vault (16) || public (32) || salt (16) || log2 N, r, p of scrypt (3) || nonce (12)
         || private key, ChaCha20-Poly1305 under the passphrase's key (48) || zeros || CRC-32
slot = CRC-32 of the rest (4) || 1 || zeros (11) || id (16) || HPKE of the key to `public` (80) || zeros (16); all zeros: free
"""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from press1 import keys
from press1.errors import Damaged, Gone, Usage, WrongKey

_HEADER, _SLOT = 4096, 128
_HEAD = struct.Struct(">8sH16s32s16sBBB12s48s")
_ROW = struct.Struct(">I B 11s 16s 80s 16s")
_MAGIC = b"P1VKEYS\n"
_INFO = b"press1/v1/vault/key"
_COST = (16, 8, 1)  # 64 MiB, a quarter of a second
_MAX_COST = (20, 16, 4)


def _stretch(passphrase: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << cost[0], r=cost[1], p=cost[2]).derive(passphrase.encode())


class Keybag:
    """A key file of one vault."""

    def __init__(self, path: Path, vault: bytes, passphrase: Callable[[], str]) -> None:
        self._path, self._vault, self._passphrase = path, vault, passphrase
        self._private: X25519PrivateKey | None = None
        self._load()

    @staticmethod
    def create(path: Path, vault: bytes, passphrase: str, cost: tuple[int, int, int] = _COST) -> None:
        """Write an empty key file with mode 0600; refuses to overwrite."""
        if not passphrase:
            raise Usage("a key file needs a passphrase", "set PRESS1_VAULT_PASSPHRASE, or run in a terminal to be asked")
        private, salt, nonce = X25519PrivateKey.generate(), os.urandom(16), os.urandom(12)
        public = keys.raw_public(private)
        sealed = ChaCha20Poly1305(_stretch(passphrase, salt, cost)).encrypt(nonce, private.private_bytes_raw(), vault + public)
        head = _HEAD.pack(_MAGIC, 1, vault, public, salt, *cost, nonce, sealed).ljust(_HEADER - 4, b"\0")
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(head + zlib.crc32(head).to_bytes(4, "big"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Usage(f"cannot write {path}: {error.strerror}") from error

    def _load(self) -> None:
        try:
            data = self._path.read_bytes()
        except OSError as error:
            hint = "it is kept apart from the vault: connect the disk that holds it"
            raise Usage(f"cannot read the key file {self._path}: {error.strerror}", hint) from error
        head = data[: _HEADER - 4]
        if len(data) < _HEADER or zlib.crc32(head) != int.from_bytes(data[_HEADER - 4 : _HEADER], "big"):
            raise Damaged(f"{self._path} is no key file, or damaged")
        magic, version, vault, self._public, self._salt, n, r, p, self._nonce, self._sealed = _HEAD.unpack_from(head)
        if (magic, version, vault) != (_MAGIC, 1, self._vault):
            raise Damaged(f"{self._path} is the key file of another vault, or of another version")
        self._cost = (n, r, p)
        self._slots: dict[str, tuple[int, bytes]] = {}
        self._free: list[int] = []
        self._end = len(data) - (len(data) - _HEADER) % _SLOT  # what a torn append left behind is written over
        for at in range(_HEADER, self._end, _SLOT):
            self._slot(at, data[at : at + _SLOT])

    def _slot(self, at: int, raw: bytes) -> None:
        crc, state, _, ident, sealed, _ = _ROW.unpack(raw)
        if state == 1 and crc == zlib.crc32(raw[4:]):
            self._slots[ident.hex()] = (at, sealed)
        else:
            self._free.append(at)
            if any(raw):
                self._program(at, bytes(_SLOT))  # torn: its key was never in use, or was being destroyed

    def _program(self, at: int, raw: bytes) -> None:
        """Overwrite in place, and wait for the disk."""
        with open(self._path, "r+b") as file:
            file.seek(at)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())

    def put(self, ident: str, key: bytes) -> None:
        self._load()  # another process may have written
        raw_id = bytes.fromhex(ident)
        sealed = keys.seal(self._public, _INFO + self._vault + raw_id, key)
        rest = _ROW.pack(0, 1, b"", raw_id, sealed, b"")[4:]
        at = self._slots[ident][0] if ident in self._slots else self._free[0] if self._free else self._end
        self._program(at, zlib.crc32(rest).to_bytes(4, "big") + rest)
        self._load()

    def get(self, ident: str) -> bytes:
        if ident not in self._slots:
            raise Gone(f"the key of {ident} is gone", "it was destroyed; the box gives the recording again while it holds it")
        return keys.unseal(self._unlocked(), _INFO + self._vault + bytes.fromhex(ident), self._slots[ident][1])

    def _unlocked(self) -> X25519PrivateKey:
        if self._private is None:
            if any(value > limit for value, limit in zip(self._cost, _MAX_COST, strict=True)):
                raise Damaged(f"{self._path} asks for more memory than a key file may")
            key = _stretch(self._passphrase(), self._salt, self._cost)
            try:
                raw = ChaCha20Poly1305(key).decrypt(self._nonce, self._sealed, self._vault + self._public)
            except InvalidTag:
                raise WrongKey("wrong passphrase for the vault's key file") from None
            self._private = X25519PrivateKey.from_private_bytes(raw)
        return self._private

    def delete(self, ident: str) -> None:
        self._load()
        if ident in self._slots:
            self._program(self._slots[ident][0], bytes(_SLOT))
            self._load()

    def has(self, ident: str) -> bool:
        return ident in self._slots

    def names(self) -> set[str] | None:
        return set(self._slots)
