"""Which texts are for people: logs, errors, sentences. The numbers in them are no measurements.

A text is known by the topic or key that it comes under, by its beginning as log lines have it, and by its words: a
sentence has words that no list of keys and values needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ...base.units import symbol
from .names import sense_of, words_of
from .quantity import quantity_in


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOGS = _words(
    """log logs logging logger logline error errors err errmsg errormessage debug dbg trace console stdout stderr
    syslog dmesg journal warning warnings warn exception exceptions fault faults lasterror notification
    notifications fehler fehlermeldung protokoll erreur erreurs journaux registro errore errori avviso fout
    fouten melding alert alerts"""
)
_PARENTS = _words("log logs logging syslog debug console stdout stderr")
_MESSAGES = _words("msg message messages text meldung mensaje messaggio bericht note comment description")
_STRONG = _words(
    """too failed failure cannot could couldnt unable exceeded exceeds invalid unexpected expected retrying timed
    ignored skipped skipping please succeeded successfully connected connecting disconnected restarting received
    sending zu fehlgeschlagen ungültig verbunden gescheitert überschritten trop échec échoué impossible connecté
    demasiado falló inválido conectado troppo fallito connesso mislukt ongeldig verbonden"""
)
_LITTLE = _words(
    """the a an is was were are has have been will be not to from with for at this that it
    der die das ist war wurde wird nicht mit von für auf ein eine und
    le la les est une pas pour avec sur el los las está una para con il lo gli non per het een niet met voor"""
)
_FEWEST_WORDS, _LONGEST, _LONGEST_END = 2, 1_000, 100

_LETTERS = ("t", "h", "p", "rh")
"""Temperature, humidity, pressure, as small firmware has them."""

_VAGUE = frozenset(("", "s", "ms", "min", "h", "d", "B", "kB", "KB", "MB", "GB", "m"))
"""Units that messages of any kind have."""

_LOG_LINE = re.compile(
    r"(?:\x1b\[[0-9;]{0,10}m)?\[|<[0-9]{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:|[VDIWEF] \([0-9]|[VDIWEF]/|"
    r"\d{4}-\d\d-\d\d[T ]\S{5,20}\s+(?:\[|<)?(?:TRACE|DEBUG|INFO|NOTICE|WARN|ERR|FATAL|CRIT)|"
    r"(?:\d\d:\d\d:\d\d\S{0,8}\s+)?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|FEHLER)\b"
)
_LOGFMT = re.compile(
    r"\b(?:level|lvl|severity)=\"?(?:trace|debug|info|notice|warn|err|fatal|crit|panic)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_PAIR = re.compile(r"(?<!\S)[^\s:=：]{1,64}\s?[:=：]\s?\S*")
"""A key of one word and its value."""


def is_log(topic: str) -> bool:
    """Whether texts under a topic, or a key, are a log's or an error's.

    Example:
        >>> is_log("watermeter/main/error"), is_log("node1/log/info"), is_log("node1/temperature")
        (True, True, False)
    """
    return _is_log(topic[-_LONGEST_END:])


@lru_cache(maxsize=1_000)
def _is_log(topic: str) -> bool:
    above, _, last = topic.rpartition("/")
    words, parent = words_of(last), words_of(above.rpartition("/")[2])
    if parent and parent[-1] in _PARENTS:
        return True
    return bool(words) and (words[-1] in _LOGS or "".join(words) in _LOGS)


def is_message(topic: str) -> bool:
    """Whether texts under a topic, or a key, may be for people.

    Example:
        >>> is_message("node1/msg"), is_message("node1/data")
        (True, False)
    """
    words = words_of(topic.rpartition("/")[2])
    return bool(words) and words[-1] in _MESSAGES


def is_log_line(text: str) -> bool:
    """Whether a text begins like a line of a log.

    Example:
        >>> is_log_line("[12] <err> temp=5"), is_log_line("E (1234) wifi: code=5"), is_log_line("temp=5")
        (True, True, False)
    """
    if _LOG_LINE.match(text) is not None:
        return True
    return "=" in text and _LOGFMT.search(text, 0, _LONGEST) is not None


def is_prose(text: str) -> bool:
    """Whether a text is a sentence, with numbers in it or not, by its words outside of keys and values.

    Example:
        >>> is_prose("Rate too high - Read: 1356.8"), is_prose("Distance to the wall: 23 cm"), is_prose("lost=5")
        (True, False, False)
    """
    words = [word.lower() for word in _WORD.findall(_PAIR.sub(" ", text[:_LONGEST]))]
    if len(words) < _FEWEST_WORDS:
        return False
    little = sum(word in _LITTLE for word in words)
    return not _STRONG.isdisjoint(words) or little > 1 + any(sense_of(word).is_quantity for word in words)


def holds_data(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether at least half of some keys and values are measured by their names or units, as in no sentence.

    Example:
        >>> holds_data([("temp", "21.5")]), holds_data([("Inlet", "45 °C")]), holds_data([("retry", "3")])
        (True, True, False)
    """
    return 2 * sum(_is_measured(key, value) for key, value in pairs) >= len(pairs)


def _is_measured(key: str, value: str) -> bool:
    quantity = quantity_in(value, is_keyed=True)
    if quantity is None:
        return False
    return sense_of(key).is_quantity or key.lower() in _LETTERS or symbol(quantity[1]) not in _VAGUE
