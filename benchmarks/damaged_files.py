"""1,000 flipped bits in published files, and 100 of every other damage: how many are shown wrong.

One edition of three days is published by the real store and publisher. Each time one file is damaged,
drawn by the weight of its bytes or among all files alike, everything is read by a reader that has read
the sound folder before and by one that has not, and compared with what was published. Then the file is
put back. A heartbeat that cannot be read may be taken for an older one.

    python -m benchmarks.damaged_files [bits]
"""

import logging
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from storage.read_model.reader import ReadModel
from tests.support.damaged_files import DAMAGES, damage_file
from tests.support.published_edition import Rehearsal, publish
from tests.support.published_picture import files_of, picture_of, shown_of

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def main(times: int) -> int:
    """Print one line a damage; exit 1 if anything was shown wrong."""
    logging.disable()
    with tempfile.TemporaryDirectory() as root:
        folder = publish(Path(root) / "published", Rehearsal(now=NOW))
        publish(Path(root) / "other", Rehearsal(now=NOW - timedelta(hours=1)))
        files = files_of(folder)
        weights = [path.stat().st_size for path in files]
        running, sound = ReadModel(folder), picture_of(ReadModel(folder))
        print("| damage | times | refused | right | shown wrong |\n|---|---|---|---|---|")
        wrong: list[str] = []
        for name, damage in DAMAGES.items():
            chance, outcomes = Random(name), Counter[str]()
            repeated = times if name == "one bit" else times // 10
            for number in range(repeated):
                by_weight = number % 2 == 0
                [path] = chance.choices(files, weights if by_weight else None)
                content = damage_file(path, damage, chance)
                for reader in (ReadModel(folder), running):
                    outcome = shown_of(reader, sound)
                    outcomes[outcome.partition(":")[0]] += 1
                    if outcome.startswith("wrong"):
                        wrong.append(f"{path.relative_to(folder)}, {name}: {outcome}")
                path.write_bytes(content)
            print(
                f"| {name} | {repeated} | {outcomes['refused']} | {outcomes['right']} | {outcomes['wrong']} |",
                flush=True,
            )
        if (outcome := shown_of(running, sound)) != "right":
            wrong.append(f"the sound folder: {outcome}")
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
