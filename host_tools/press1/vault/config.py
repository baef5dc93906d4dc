"""A vault's folder and its `vault.json`: where catalogue, store and keys are. It may hold a database password, so its mode is 0600."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from press1.errors import Usage

NAME = "vault.json"
KEEPERS = ("file", "keyring")


@dataclass(frozen=True)
class Config:
    """`catalogue` and `store` are URLs; `keys` is one of KEEPERS, `keys_at` the folder for what is kept apart from database and backups."""

    folder: Path
    id: str
    catalogue: str
    store: str
    keys: str
    keys_at: str

    @property
    def keys_folder(self) -> Path:
        """Key file, tombstones and lock."""
        return Path(self.keys_at)


def default_keeper() -> str:
    """The system's keyring where there always is one; elsewhere a key file, because a timer at night finds no unlocked session."""
    import sys

    return "keyring" if sys.platform in ("win32", "darwin") else "file"


def create(folder: Path, home: Path, catalogue: str | None, store: str | None, keys: str | None, keys_at: Path | None) -> Config:
    """Write `vault.json` into a new folder; Usage where there is one, or a name is unknown."""
    if (folder / NAME).exists():
        raise Usage(f"{folder} is a vault", "choose another --vault")
    keys = keys or default_keeper()
    if keys not in KEEPERS:
        raise Usage(f"no way to keep keys: {keys}", f"one of {', '.join(KEEPERS)}")
    ident = secrets.token_hex(16)
    apart = (keys_at or home / "vault-keys" / ident).absolute()
    if apart.is_relative_to(folder.absolute()):
        raise Usage(
            "the keys must not lie inside the vault's folder", "a backup of the folder would hold them: choose another --keys-at"
        )
    where = catalogue or f"sqlite:///{(folder / 'catalogue.sqlite').absolute().as_posix()}"
    config = Config(folder, ident, where, store or (folder / "store").absolute().as_posix(), keys, str(apart))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        apart.mkdir(parents=True, exist_ok=True, mode=0o700)
        (apart / ".nobackup").write_text("Keys of a vault: a copy would undo erasure. See docs/vault.md.\n", encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot make {error.filename}: {error.strerror}") from error
    return config


def save(config: Config) -> None:
    """The last step of making a vault: from here on it is one. A copy stands beside the keys, for a folder that is lost."""
    row = {name: value for name, value in asdict(config).items() if name != "folder"}
    for place in (config.keys_folder, config.folder):
        handle = os.open(place / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": "press1/vault", "version": 1, **row}, file, indent=2)


def load(folder: Path) -> Config:
    """Read `vault.json`; Usage where there is none."""
    path = folder / NAME
    try:
        row: Any = json.loads(path.read_text(encoding="utf-8"))
        if row.pop("format") != "press1/vault" or row.pop("version") != 1:
            raise Usage(f"{path} is of another version")
        return Config(folder, **{name: str(value) for name, value in row.items()})
    except FileNotFoundError:
        raise Usage(f"{folder} is no vault", "`press1 vault init` makes one; --vault names another") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Usage(f"cannot read {path}") from error
