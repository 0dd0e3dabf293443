"""Makes titles comparable: words as people search for them, in Arabic, French and English. Pure.

What is the same to a reader is the same here: case, accents and diacritics, the carriers of hamza,
ya and alef maqsura, ta marbuta and ha, the spellings of g that Morocco knows (أكادير, أڭادير,
أگادير), tatweel, Eastern digits, marks that show nothing. Whatever is neither letter nor digit
parts words, so the underscores of a hashtag do; and so do a change of script and one between
letters and digits (``فاس2023``, ``بـDGSN``).
"""

import re
import unicodedata

_ARABIC = (
    "\u0620-\u064a\u066e-\u06d3\u06d5\u06ee-\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f\u08a0-\u08c9"
)
_WORD = re.compile(rf"\d+|[{_ARABIC}]+|[^\W\d_{_ARABIC}]+")
_HASHTAG = re.compile(r"#(\w+)")
_SAME = str.maketrans(
    {
        "\u0671": "\u0627",  # alef wasla: alef
        "\u0649": "\u064a",  # alef maqsura: ya
        "\u06cc": "\u064a",  # Farsi ya
        "\u0629": "\u0647",  # ta marbuta: ha
        "\u06be": "\u0647",  # ha of two eyes
        "\u06c1": "\u0647",  # Urdu ha
        "\u06a9": "\u0643",  # Farsi kaf
        "\u06af": "\u0643",  # gaf
        "\u06ad": "\u0643",  # ng, written for g in Morocco
        "\u06a4": "\u0641",  # v
        "\u067e": "\u0628",  # p
        "\u0640": "",  # tatweel
        "œ": "oe",
        "æ": "ae",
    }
)
_UNSEEN = ("Mn", "Me", "Cf")  # marks on letters; what shows nothing: zero width, direction

#: The article with what is written together with it. Without one, a first letter is as likely to
#: be the word's own (``فاس``, ``بيت``), so it is left.
_GLUED_ARTICLE = re.compile(r"^[وف]?(?:[بك]?ال|لل)(?=...)")
_CONJUNCTIONS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ك", "ل")
_SHORTEST_REST = 3


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` in the form in which they are compared, in their order."""
    return tuple(_WORD.findall(_folded(text)))


def normalised(text: str) -> str:
    """Return the words of ``text`` with one space between them; doing so twice changes nothing."""
    return " ".join(words(text))


def hashtags(text: str) -> frozenset[str]:
    """Return the hashtags of ``text``, each in one piece: ``#Portes_Ouvertes`` as ``portesouvertes``."""
    return frozenset("".join(words(tag)) for tag in _HASHTAG.findall(_folded(text)))


def forms(word: str) -> frozenset[str]:
    """Return a text's normalised ``word`` and what remains of it without what Arabic glues to it.

    Taken off are one of ``و ف``, one of ``ب ك ل`` and the article ``ال``, alone or in this order
    (``للامن`` also gives ``الامن``), as long as three letters remain.
    """
    found_forms = {word}
    for conjunction in _CONJUNCTIONS:
        if not word.startswith(conjunction):
            continue
        for preposition in _PREPOSITIONS:
            rest = word.removeprefix(conjunction)
            if not rest.startswith(preposition):
                continue
            rest = rest.removeprefix(preposition)
            if preposition == "ل" and rest.startswith("ل"):
                rest = f"ا{rest}"  # li- and al- (alef) are written ll-
            found_forms |= {rest, rest.removeprefix("ال")}
    return frozenset(form for form in found_forms if form == word or len(form) >= _SHORTEST_REST)


def bare_text(word: str) -> str:
    """Return a normalised ``word`` without its article and what is written before that."""
    return _GLUED_ARTICLE.sub("", word)


def _folded(text: str) -> str:
    # Decomposed, a letter is its base and its marks: hamza leaves its carrier, an accent its letter.
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold()
    visible = "".join(
        character for character in folded if unicodedata.category(character) not in _UNSEEN
    )
    digits = "".join(
        str(unicodedata.digit(character, character)) if character.isdigit() else character
        for character in visible
    )
    return digits.translate(_SAME)
