"""Body of an answer as it comes in: unpacked, and never more of it in memory than is read. Pure."""

import zlib

CAP = 5 * 1024 * 1024
#: What servers may pack bodies with.
ENCODINGS = "gzip, deflate"

_START = 2000
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_WINDOW = 64 * 1024  # unpacked at a time: a bomb must not go off before it is counted


class Body:
    """Takes chunks off the wire, packed as ``Content-Encoding`` says."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower()
        self._unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._read = bytearray()
        self._is_packed = False  # nothing at all is a body too

    def add(self, chunk: bytes) -> None:
        """Add a chunk.

        Raises:
            ValueError: it is packed in a way nobody asked for, is damaged, or comes to too much.
        """
        if self._encoding in _PLAIN:
            self._append(chunk)
        elif self._encoding in _PACKED:
            self._unpack(chunk)
        else:
            raise ValueError(
                f"unknown content encoding '{self._encoding[:20]}': expected {ENCODINGS}"
            )

    def content(self) -> bytes:
        """Return what was read, when all of it has come.

        Raises:
            ValueError: it was packed, and ends before its checksum.
        """
        while self._is_packed and (left := self._decompress(b"")):
            self._append(left)
        if self._is_packed and not self._unpacking.eof:
            raise ValueError(f"body ends in the middle of its {self._encoding}")
        return bytes(self._read)

    def start(self) -> str:
        """Return the first characters of it, for a person."""
        return self._read[:_START].decode("utf-8", errors="replace")

    def _unpack(self, chunk: bytes) -> None:
        while chunk:
            self._is_packed = True
            if self._unpacking.eof:  # several members one after another are one body
                self._unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            self._append(self._decompress(chunk))
            chunk = self._unpacking.unconsumed_tail or self._unpacking.unused_data

    def _decompress(self, packed: bytes) -> bytes:
        try:
            return self._unpacking.decompress(packed, _WINDOW)
        except zlib.error:
            raise ValueError(f"body is not valid {self._encoding}") from None

    def _append(self, part: bytes) -> None:
        self._read += part
        if len(self._read) > CAP:
            raise ValueError(f"body over {CAP // 2**20} MB")
