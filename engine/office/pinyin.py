"""Finding Chinese names by what is typed on a keyboard: characters, syllables, or their first letters."""

from __future__ import annotations

from functools import lru_cache


def matches(query: str, *texts: str, name: str) -> bool:
    """Whether every word of `query` is part of one of `texts`, of `name`, of its pinyin or of its initials.

    ``sgxk`` and ``shigong xuke`` both find 建筑工程施工许可.
    """
    plain = [text.casefold() for text in (*texts, name)]
    for word in query.casefold().split():
        if any(word in text for text in plain):
            continue
        if not word.isascii() or not any(word in spelling for spelling in _spellings(name)):
            return False
    return True


@lru_cache(maxsize=20_000)
def _spellings(name: str) -> tuple[str, str]:
    # Its dictionaries take a while to load, and most processes never search.
    from pypinyin import lazy_pinyin

    syllables = [syllable.casefold() for syllable in lazy_pinyin(name)]
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)
