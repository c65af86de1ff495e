"""Foreign text made fit for a screen: topics and payloads may hold anything that UTF-8 can, and more."""

from __future__ import annotations

import html
import re
import unicodedata

# Controls, format characters such as bidirectional overrides, surrogates, private use, line separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


_PADDED_POWER = re.compile(r"e([+-])0+(?=\d)")


def printable(text: str, limit: int = 80) -> str:
    r"""`text` on one line, with invisible characters spelt out and its middle left out beyond `limit`.

    Args:
        text: any string, hostile ones included.
        limit: the greatest number of characters returned.

    Example:
        >>> printable("a\u202eb\n")
        'a\\u202eb\\n'
        >>> printable("abcdefghij", limit=5)
        'ab…ij'
    """
    if len(text) > limit:
        half = (limit - 1) // 2
        text = f"{text[: limit - 1 - half]}…{text[-half:]}"
    if text.isprintable():
        return text
    shown = (_spelt_out(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)
    return "".join(shown)[: 2 * limit]


def html_text(text: str, limit: int = 200) -> str:
    """Foreign text for HTML: literal, on one line, not too long.

    Example:
        >>> html_text("<b>")
        '&lt;b&gt;'
    """
    return html.escape(printable(text, limit))


def in_utf8(text: str) -> str:
    r"""`text`, its unpaired surrogates spelt out: JSON can name them, but no file and no browser takes them.

    Example:
        >>> in_utf8("\ud800 °C")
        '\\ud800 °C'
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="backslashreplace").decode()
    return text


def _spelt_out(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def sentence(text: str) -> str:
    """`text` as a sentence: with a capital, and with a full stop unless it ends with a mark of its own.

    Example:
        >>> sentence("nothing listens"), sentence("is it up?")
        ('Nothing listens.', 'Is it up?')
    """
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def quantity(count: int, noun: str) -> str:
    """`count` with thousands separators and its noun in the right number.

    Example:
        >>> quantity(1, "message"), quantity(1234, "message"), quantity(2, "series")
        ('1 message', '1,234 messages', '2 series')
    """
    plural = noun if count == 1 or noun.endswith("s") else f"{noun}s"
    return f"{count:,} {plural}"


def number_text(value: float, form: str = ",.10g") -> str:
    """A number as a person reads it, with thousands separators; its power of ten as browsers and axes write it.

    Args:
        value: the number.
        form: a format of Python's.

    Example:
        >>> number_text(30.0), number_text(1234.5), number_text(1.39e-7), number_text(1e9, ".3g")
        ('30', '1,234.5', '1.39e-7', '1e+9')
    """
    return _PADDED_POWER.sub(r"e\1", format(value, form))


def duration(seconds: float) -> str:
    """A span of time as a person says it.

    Example:
        >>> duration(0.42), duration(12.3), duration(150), duration(7330)
        ('0.4 s', '12 s', '2 min 30 s', '2 h 2 min')
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two_units(whole, 60, "min", "s")
    if whole < 86_400:
        return _two_units(whole // 60, 60, "h", "min")
    return _two_units(whole // 3600, 24, "d", "h")


def _two_units(amount: int, base: int, large: str, small: str) -> str:
    high, low = divmod(amount, base)
    return f"{high} {large} {low} {small}" if low else f"{high} {large}"
