"""How large the pages of a Parquet file say they are, without unpacking any.

A reader makes room for as much as a page's header says, whatever the footer said before. The headers
are Thrift's compact protocol, of which this passes over all but two numbers.
"""

from collections.abc import Iterator
from typing import IO, Any

#: No header of a writer that means well is longer: it holds two values as statistics.
_HEADER_BYTES = 65_536
_UNPACKED, _PACKED = 2, 3  # fields of a page's header
_BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (
    (1, 2),
    3,
    (4, 5, 6),
    7,
    8,
    (9, 10),
    12,
)
_DEEPEST = 8


def unpacked_pages(file: IO[bytes], metadata: Any) -> Iterator[int]:
    """Yield how many bytes each page unpacks to, by its own header; ``metadata`` is the footer.

    Raises:
        ValueError: a header is no header, or its page goes beyond its column.
    """
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            offsets = (column.data_page_offset, column.dictionary_page_offset)
            # No page is at 0, where the file's name for itself stands.
            begin = min(offset for offset in offsets if offset)
            end = begin + column.total_compressed_size
            while begin < end:
                file.seek(begin)
                header = _Header(file.read(_HEADER_BYTES))
                fields = header.struct()
                unpacked, packed = fields.get(_UNPACKED, -1), fields.get(_PACKED, -1)
                if min(unpacked, packed) < 0 or begin + header.place + packed > end:
                    raise ValueError(f"the page at byte {begin} is none")
                yield unpacked
                begin += header.place + packed


class _Header:
    """The bytes of a header, and how far they are read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Return the whole numbers of a struct by field."""
        if depth > _DEEPEST:
            raise ValueError("a header that is too deep")
        fields: dict[int, int] = {}
        field = 0
        while kind := self._byte():
            field = field + (kind >> 4) if kind >> 4 else self._integer()
            if (value := self._value(kind & 15, depth)) is not None:
                fields[field] = value
        return fields

    def _value(self, kind: int, depth: int) -> int | None:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            self.struct(depth + 1)
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind in _LISTS:
            size = self._byte()
            count = size >> 4 if size >> 4 < 15 else self._varint()  # noqa: PLR2004 - a longer one says so apart
            for _ in range(count):
                self._value(size & 15, depth + 1)
        elif kind in (_BYTE, _DOUBLE):
            self._skip(1 if kind == _BYTE else 8)
        elif kind not in _BOOLEANS:
            raise ValueError("a header of no known kind")
        return None

    def _byte(self) -> int:
        self._skip(1)
        return self._content[self.place - 1]

    def _skip(self, count: int) -> None:
        self.place += count
        if self.place > len(self._content):
            raise ValueError("a header that is cut off")

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
                return number

    def _integer(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
