"""Where the desk's things are, made at the first run: the owner's key and the vault, under one passphrase."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import keys
from press1.errors import Usage, WrongKey
from press1.vault import config as configuration

SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True)
class Place:
    """Where this desk's things are. `port`: the one box to look at, or None for all USB serial ports. `source`: a key without a
    passphrase, of which the first run makes `identity`."""

    identity: Path
    vault: Path
    home: Path
    port: str | None = None
    source: Path | None = None

    @property
    def fresh(self) -> bool:
        """Nobody has a key here yet, or no vault."""
        return not self.identity.exists() or not (self.vault / configuration.NAME).exists()

    def begin(self, passphrase: str) -> None:
        """Make what is missing. WrongKey where there is a key already, under another passphrase."""
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise Usage("the passphrase is too short")
        if not self.identity.exists():
            self._make_key(passphrase)
        self.key(passphrase)
        if not (self.vault / configuration.NAME).exists():
            self._make_vault(passphrase)

    def _make_key(self, passphrase: str) -> None:
        self.identity.parent.mkdir(parents=True, exist_ok=True)
        private = keys.load_private(self.source) if self.source else X25519PrivateKey.generate()
        keys.write_private(self.identity, private, passphrase)
        if not self.source:
            keys.write_public(self.identity.with_suffix(".pub"), keys.raw_public(private))

    def _make_vault(self, passphrase: str) -> None:
        from press1.vault import keeper
        from press1.vault.vault import Vault

        config = configuration.create(self.vault, self.home, None, None, "file", None)
        keeper.make(config, lambda: passphrase)
        Vault(config, lambda: passphrase).close()
        configuration.save(config)

    def key(self, passphrase: str) -> X25519PrivateKey:
        """WrongKey unless it opens the owner's key. Not `keys.load_private`: a passphrase in the environment opens no page."""
        pem = self.identity.read_bytes()
        if b"ENCRYPTED" not in pem:
            raise Usage(f"{self.identity} has no passphrase", "the desk opens keys with a passphrase only")
        try:
            key = serialization.load_pem_private_key(pem, passphrase.encode())
        except (ValueError, TypeError) as error:  # TypeError: none was given
            raise WrongKey("wrong passphrase") from error
        if not isinstance(key, X25519PrivateKey):
            raise Usage(f"{self.identity} is no owner's key")
        return key
