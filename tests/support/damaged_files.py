"""What disks and copies do to a file, by chance of a given seed."""

from collections.abc import Callable
from pathlib import Path
from random import Random

#: Takes a file and its chance; returns another content, or None: the file is gone.
Damage = Callable[[Path, Random], bytes | None]


def flip_bits(path: Path, chance: Random, bits: int = 1) -> bytes:
    """Turn ``bits`` different bits."""
    spoilt = bytearray(path.read_bytes())
    for bit in chance.sample(range(8 * len(spoilt)), bits):
        spoilt[bit // 8] ^= 1 << bit % 8
    return bytes(spoilt)


def flip_several(path: Path, chance: Random) -> bytes:
    return flip_bits(path, chance, chance.randrange(2, 9))


def zero_block(path: Path, chance: Random) -> bytes:
    """Make zeros of 4,096 bytes that lie as blocks of a disk do, or of what there is of them."""
    content = path.read_bytes()
    start = chance.randrange(0, len(content), 4_096)
    block = content[start : start + 4_096]
    return content[:start] + bytes(len(block)) + content[start + len(block) :]


def cut_short(path: Path, chance: Random) -> bytes:
    content = path.read_bytes()
    return content[: chance.randrange(len(content.rstrip(b" ")))]


def lengthen(path: Path, chance: Random) -> bytes:
    content = path.read_bytes()
    return content + bytes(chance.randrange(1, 4_096))


def swap_blocks(path: Path, chance: Random) -> bytes:
    """Exchange two stretches: every byte is there, and the length is right."""
    content = path.read_bytes()
    size = max(1, len(content) // 8)
    first = chance.randrange(0, len(content) - 2 * size + 1)
    second = chance.randrange(first + size, len(content) - size + 1)
    one, other = content[first : first + size], content[second : second + size]
    return content[:first] + other + content[first + size : second] + one + content[second + size :]


def take_another(path: Path, chance: Random) -> bytes:
    """Return another file, of the same table if there is one, of the folder ``other`` beside."""
    root = next(parent for parent in path.parents if parent.name == "published")
    other = root.with_name("other")
    beside = other / path.parent.relative_to(root)
    for files in (beside.glob(f"*{path.suffix}"), other.rglob("*.*")):
        contents = [file.read_bytes() for file in sorted(files)]
        if others := [content for content in contents if content != path.read_bytes()]:
            return chance.choice(others)
    raise AssertionError(f"nothing else than {path} in {other}")


def remove(path: Path, chance: Random) -> None:
    del path, chance


DAMAGES: dict[str, Damage] = {
    "one bit": flip_bits,
    "several bits": flip_several,
    "a block of zeros": zero_block,
    "cut short": cut_short,
    "longer": lengthen,
    "blocks exchanged": swap_blocks,
    "another's under its name": take_another,
    "missing": remove,
}


def damage_file(path: Path, damage: Damage, chance: Random) -> bytes:
    """Write what ``damage`` makes of a file, which is always another content; return the sound one."""
    sound = path.read_bytes()
    while (spoilt := damage(path, chance)) == sound:
        pass
    if spoilt is None:
        path.unlink()
    else:
        path.write_bytes(spoilt)
    return sound
