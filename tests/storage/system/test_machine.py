import os
from pathlib import Path

import pytest

from storage.system.machine import free_bytes, memory_bytes

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("own", "limits", "expected"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "1000"}, 1000),
        ("0::/a/b\n", {"a/b/memory.max": "500\n", "a/memory.max": "1000"}, 500),
        ("0::/\n", {"memory.max": "700"}, 700),
        ("3:cpu:/x\n4:memory:/a\n", {"memory/a/memory.limit_in_bytes": "900"}, 900),
        ("4:memory:/a\n", {"memory/a/memory.limit_in_bytes": str(1 << 62)}, MACHINE),
        ("0::/a\n", {"a/memory.max": "max"}, MACHINE),
        ("0::/../../x\n", {}, MACHINE),
        ("nonsense\n\n:\n", {}, MACHINE),
    ],
)
def test_the_least_limit_is_what_there_is(
    tmp_path: Path, own: str, limits: dict[str, str], expected: int
):
    (tmp_path / "own").write_text(own)
    for name, text in limits.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(text)
    assert memory_bytes(tmp_path / "cgroup", tmp_path / "own") == expected


def test_without_control_groups_it_is_the_machine(tmp_path: Path):
    assert memory_bytes(tmp_path / "none", tmp_path / "nowhere") == MACHINE


def test_the_room_of_a_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path):
    assert free_bytes(tmp_path / "a" / "b")
