"""Runs the commands of an import as people do, and looks at what the store then holds."""

import json
import zipfile
from typing import Any

from storage.store import Store
from tests.support.commands import run_storage
from tests.support.import_files import ARCHIVE, AS_OF, FIXTURES


def brought(place, *words) -> tuple[int, Any]:
    done = run_storage(place, "import", *words, "--as-of", AS_OF.isoformat(), "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("[") else done.output


def archive(tmp_path, *names, archived=ARCHIVE):
    path = tmp_path / archived
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.write(FIXTURES / name, name)
    return path


def reported(place):
    store = Store.reopen(place.database, now=lambda: AS_OF)
    try:
        return store.imports.figures()
    finally:
        store.close()
