"""`press1 keys`: make and show the key files of owner, technician and auditor."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import keys
from press1.cli.context import Json, new_passphrase, paper, print_json, wants_json
from press1.errors import Usage

verbs = typer.Typer(no_args_is_help=True, help="Make and show key files.")


@verbs.command()
def new(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="owner, technician or auditor.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where the private key goes (.pem); the public one goes beside it (.pub).")
    ],
    no_passphrase: Annotated[bool, typer.Option("--no-passphrase", help="Leave the private key unprotected.")] = False,
    json: Json = False,
) -> None:
    """Make a key pair: a private key under a passphrase, and a public key for `press1 provision`."""
    if role not in keys.ROLES:
        raise Usage(f"no role {role!r}", f"roles: {', '.join(keys.ROLES)}")
    public_path = keys.place(out)
    passphrase = None if no_passphrase else new_passphrase(out)
    private = X25519PrivateKey.generate()
    public = keys.raw_public(private)
    keys.write_private(out, private, passphrase)
    keys.write_public(public_path, public)
    mark = keys.fingerprint(public).hex()
    if wants_json(context, json):
        print_json({"role": role, "private": str(out), "public": str(public_path), "fingerprint": mark})
        return
    paper.print(f"{role} key {mark}\n  private: {out}\n  public:  {public_path}", soft_wrap=True)
    if role == "owner":
        paper.print("Keep a copy of the private key: without it nobody opens a recording.")


@verbs.command()
def show(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Public key (.pub), or private key (.pem).")],
    json: Json = False,
) -> None:
    """Print the fingerprint by which boxes and files name a key."""
    mark = keys.fingerprint(keys.load_public(file)).hex()
    if wants_json(context, json):
        print_json({"file": str(file), "fingerprint": mark})
    else:
        paper.print(mark)


def register(app: typer.Typer) -> None:
    """Hang `keys` under the main command."""
    app.add_typer(verbs, name="keys")
