"""``livetally storage key``: makes the institution's own key, and shows its public part."""

import typer

from storage.chain.keys import VARIABLE, SigningKey, key_path
from storage.cli.context import paths_of, print_json
from storage.cli.options import AsJson, exit_with
from storage.errors import Exit, StoreUnwritable

group = typer.Typer(
    no_args_is_help=True, help="The key that signs heads of the chain and evidence bundles."
)


@group.command()
def create(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Make a private Ed25519 key, readable by its owner alone, and print its public part.

    It lies in the folder of tokens, or where LIVETALLY_SIGNING_KEY_FILE says. Keep a copy of it where
    nobody else comes; a collector signs with it from its next start on.
    """
    path = key_path(paths_of(ctx).tokens)
    try:
        key = SigningKey.create(path)
    except FileExistsError:
        exit_with(Exit.USAGE, f"{path}: a key is there already; what it signed needs it to stay")
    except OSError as error:
        raise StoreUnwritable(path, error.strerror or str(error)) from None
    _print(key, as_json=as_json)


@group.command()
def show(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the public part of the key, to be published where others find it without this program."""
    path = key_path(paths_of(ctx).tokens)
    key = SigningKey.load(path)
    if key is None:
        exit_with(
            Exit.FAILED,
            f"{path}: no key; `livetally storage key create` makes one, or name it in {VARIABLE}",
        )
    _print(key, as_json=as_json)


def _print(key: SigningKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"public_key": key.public})
    else:
        typer.echo(f"public key (Ed25519): {key.public}")
