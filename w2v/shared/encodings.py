"""Encodings: whether there is one of a name, and which one a text is in that is no UTF-8: a guess.

Each candidate decodes a sample; the one whose characters are most like its languages' wins.
"""

import codecs
import re
import unicodedata

# Letters that make up most of a text in these languages, or the script that they are of.
CYRILLIC = set("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїєў")
GREEK = set("αοιετσνηυρπκμλςάίέόώήύωγδθχβφξζψ")
WESTERN = set("éèêëàâäáãåçñíìîïóòôöõúùûüýßøæœÉÈÀÂÄÁÅÇÑÍÓÖÕÚÜØÆ¿¡«»°–—‘’“”…€£")  # noqa: RUF001
CENTRAL = set("ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîșşțţđ")
TURKISH = set("çğıöşüİÇĞÖŞÜâîû")
# The commonest of each language: a third of a text and more.
CHINESE = set(
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里"
    "這個來說們為時對會過國學裡後從開點關見長動樣們還沒麼種問給讓現經發間進實電話"
)

LATIN = (WESTERN, CENTRAL, TURKISH)
# A letter outside ASCII beside one of ASCII: usual in Latin scripts, rare in all others.
MIXED = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])")

KANA = ("HIRAGANA", "KATAKANA")
# What other characters a text has at least besides these.
KANJI_SHARE = 0.5
RARE_SHARE = 0.5

CANDIDATES: dict[str, set[str] | tuple[str, ...]] = {
    "gb18030": CHINESE,
    "big5": CHINESE,
    "shift_jis": KANA,
    "euc_jp": KANA,
    "euc_kr": ("HANGUL SYLLABLE",),
    "cp1251": CYRILLIC,
    "koi8-r": CYRILLIC,
    "cp866": CYRILLIC,
    "iso8859-5": CYRILLIC,
    "cp1253": GREEK,
    "cp1255": ("HEBREW LETTER",),
    "cp1256": ("ARABIC LETTER",),
    "tis-620": ("THAI",),
    "cp1252": WESTERN,
    "cp1250": CENTRAL,
    "cp1254": TURKISH,
}
# If a larger share of words or tokens is broken, they are not UTF-8 but in another encoding.
MOST_BROKEN_SHARE = 0.01

TWO_BYTES = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr")
SAMPLE_BYTES = 1 << 16


def check_coding(encoding: str, errors: str | None) -> None:
    """Raise TypeError or ValueError where Python knows no encoding, or error handler, so named."""
    for name, value in (("encoding", encoding), ("errors", errors or "strict")):
        if not isinstance(value, str):
            raise TypeError(f"{name}={value!r}: a string is expected")
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):  # ValueError: a NUL in it
        raise ValueError(
            f"encoding={encoding!r}: Python knows none of that name; utf-8, latin-1, cp1251, "
            "gb18030, shift_jis, ... are expected"
        ) from None
    try:
        codecs.lookup_error(errors or "strict")
    except (LookupError, ValueError):
        raise ValueError(
            f"errors={errors!r}: Python knows no error handler of that name; strict, replace, "
            "ignore, surrogateescape, ... are expected"
        ) from None


def guess_encoding(data: bytes) -> str:
    """Return the likeliest encoding of `data`, which is no UTF-8; cp1252 where nothing is likely.

    cp1252 holds Latin-1 and the quotes and dashes of Windows.
    """
    data = data[:SAMPLE_BYTES]
    is_latin = 4 * len(MIXED.findall(data)) > sum(byte >= 0x80 for byte in data)
    best, most = "cp1252", 0.0
    for name, usual in CANDIDATES.items():
        if name not in TWO_BYTES and is_latin != (usual in LATIN):
            continue
        score = likeness(data, name, usual)
        if score > most:
            best, most = name, score
    return best


def likeness(data: bytes, name: str, usual: set[str] | tuple[str, ...]) -> float:
    """Return the share of usual characters among those outside ASCII; 0 where it is not decoded."""
    try:
        # The sample may end inside a character.
        text = codecs.getincrementaldecoder(name)("strict").decode(data)
    except (UnicodeDecodeError, LookupError):
        return 0.0
    foreign = [character for character in text if character >= "\x80"]
    if not foreign:
        return 0.0
    if isinstance(usual, tuple):
        names = (unicodedata.name(character, "") for character in foreign)
        share = sum(name.startswith(usual) for name in names) / len(foreign)
        if usual is KANA:
            return share + KANJI_SHARE if share > 0.25 else 0.0
        # Hebrew looks like Cyrillic, all of whose letters no longer text lacks.
        return 1.1 * share if usual == ("HEBREW LETTER",) and len(foreign) > 20 else share
    n_usual = sum(character in usual for character in foreign)
    # Capitals count less: among small letters they are what Cyrillic looks like in a wrong code.
    n_lower = sum(character.lower() in usual for character in foreign)
    share = (0.8 * n_usual + 0.2 * n_lower) / len(foreign)
    return share + RARE_SHARE if usual is CHINESE and share > 0.1 else share
