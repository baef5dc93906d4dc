"""What the vault's tests share: recordings in a folder, and a vault that is quick to make."""

import importlib
import sys
from pathlib import Path
from typing import Any

from press1.vault import config as configuration
from press1.vault.config import Config
from press1.vault.keybag import Keybag
from press1.vault.vault import Vault

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))
writer: Any = importlib.import_module("writer")

DAY = 86_400
NOW = writer.CREATED + 3600
PASSPHRASE = "prøve"
CHEAP = (4, 8, 1)  # scrypt that takes no time


def make(folder: Path, **places: str | None) -> Config:
    """A new vault with a key file under `folder`."""
    config = configuration.create(
        folder / "vault", folder, places.get("catalogue"), places.get("store"), places.get("keys", "file"), None
    )
    if config.keys == "file":
        Keybag.create(config.keys_folder / "keys", bytes.fromhex(config.id), PASSPHRASE, CHEAP)
    configuration.save(config)
    return config


def opened(config: Config, now: int = NOW) -> Vault:
    return Vault(config, lambda: PASSPHRASE, now)


def recording(name: str, seconds: float = 0.2, purposes: list[tuple[str, int]] | None = None, **header: Any) -> Any:
    """One part; purposes as (name, end), basis balancing, else training by consent."""
    alaw = writer.audio(int(8000 * seconds))
    made = writer.Recording(name, [*((1, alaw[at : at + 4056]) for at in range(0, len(alaw), 4056)), writer.end()])
    made.header.update(header)
    if purposes:
        rows = [{"purpose": one, "basis": "balancing", "end": end} for one, end in sorted(purposes)]
        made.header.update(purposes=rows, consent=None)
        made.expires = max(end for _, end in purposes)
    return made


def save(folder: Path, made: Any) -> Path:
    """Recording and key file in a folder; the recording's path."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{made.id.hex()}.p1r"
    path.write_bytes(made.build())
    path.with_suffix(".key").write_bytes(made.key_file())
    return path


def plaintext(vault: Vault, made: Any) -> bytes:
    """What the vault's copy says, opened with the owner's key."""
    from press1 import container

    source = vault.source(vault.find([made.id.hex()])[0])
    with source.open() as file:
        report = container.verify(file)
        secrets = container.file_secret(report.head, writer.OWNER), source.key().open(writer.OWNER)
        return b"".join(item.data for item in container.Contents(file, report, *secrets) if isinstance(item, container.Audio))
