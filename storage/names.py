"""Names that decide something, compared so that none passes for another.

Unicode's own lower case makes an ASCII letter of some that are none: of the sign for kelvin, the long
s, and of ß two. An address or a name written with them belongs to somebody else.
"""

import idna

_DOTS = frozenset("\u3002\uff0e\uff61")  # IDNA takes them for the dot between two labels


def lowered(name: str) -> str:
    """Return the name in lower case; what is no ASCII letter never becomes one."""
    return "".join(
        low if (low := letter.lower()).isascii() == letter.isascii() else letter for letter in name
    )


def ascii_address(text: str) -> str | None:
    """Return ``name@domain`` or ``@domain`` in ASCII and lower case, the domain by IDNA.

    ``None``: it has no such form, as a name that is not ASCII or a domain that may not be registered.
    """
    name, at, domain = lowered(text).partition("@")
    if not at or not name.isascii() or _DOTS & set(domain):
        return None
    if not domain.isascii():
        try:
            domain = idna.encode(domain).decode("ascii")
        except idna.IDNAError:
            return None
    return f"{name}@{domain}"
