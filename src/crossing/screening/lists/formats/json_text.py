"""JSON as lists come in it: an array, an array somewhere within an object, or one object a line.

Records are read one at a time, so that memory holds the text and one record. Numbers stay the text that they were,
for a document number is no quantity. Two values of one name in one object are refused: readers differ in which one
counts.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from crossing.screening.errors import ListKeyRepeated, ListMalformed, ListRecordsMissing
from crossing.screening.lists.formats.text import MAX_LINE, Lines, whole_text

Json = dict[str, Any]
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_MAX_DEPTH: Final = 32
_FIRST_LOOK: Final = 4096


class _Repeated(ValueError):
    """One name twice in one object."""


def looks_like_json(content: bytes) -> bool:
    """Whether the first character that is no space opens an object or an array."""
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"{", b"["))


def line_records(content: bytes) -> Iterator[tuple[int, Any]]:
    """Each line's value with its line; empty lines are passed over. Raises a domain error with the line."""
    lines = Lines(content)
    decoder = _decoder()
    for text in lines:
        lines.begin_record()
        if text.strip():
            yield lines.number, _parsed(decoder, text, lines.number)


def records(content: bytes, path: str = "", *, longest: int = MAX_LINE) -> Iterator[tuple[int, Any]]:
    """Each record with the line at which it begins.

    ``path`` leads to the array through the names of objects ("data.items"). Where it is empty, the file itself is the
    array, or a value a line, or values one after the other. ``longest`` bounds the characters of one record. Raises
    a domain error with the line.
    """
    text = _Text(whole_text(content), longest)
    if path:
        yield from text.at(path.split("."), path)
    elif text.peek() == "[":
        yield from text.array()
    else:
        while text.peek():
            line = text.line
            yield line, text.value()
        return
    text.finish()


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_refuse)


def _object(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Repeated
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError("no such number in JSON")


def _parsed(decoder: json.JSONDecoder, text: str, line: int) -> Any:
    try:
        value = decoder.decode(text)
    except _Repeated as repeated:
        raise ListKeyRepeated(line=line) from repeated
    except (ValueError, RecursionError) as broken:
        raise ListMalformed(line=line) from broken
    refuse_depth(value, line)
    return value


def refuse_depth(value: Any, line: int) -> None:
    """Raises ListMalformed for a value of more than 32 levels."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ListMalformed(line=line)


class _Text:
    """A text and a place in it that moves on. Every method raises a domain error with the line."""

    def __init__(self, text: str, longest: int) -> None:
        self._text = text
        self._longest = longest
        self._at = 0
        self._counted = 0
        self._decoder = _decoder()
        self._line = 1
        self._value: Any = None

    @property
    def line(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def value(self) -> Any:
        self.peek()
        line = self.line
        size = min(_FIRST_LOOK, self._longest)
        while not self._try(line, size):
            size = min(size * 16, self._longest)
        value, self._value = self._value, None
        refuse_depth(value, line)
        return value

    def _try(self, line: int, size: int) -> bool:
        """Reads a value that ends within ``size`` characters. False where more of the text has to be looked at."""
        piece = self._text[self._at : self._at + size]
        is_all = self._at + size >= len(self._text)
        try:
            self._value, end = self._decoder.raw_decode(piece)
        except _Repeated as repeated:
            raise ListKeyRepeated(line=line) from repeated
        except json.JSONDecodeError as broken:
            if is_all or size == self._longest:
                raise ListMalformed(line=line + broken.lineno - 1) from broken
            return False
        except (ValueError, RecursionError) as broken:
            raise ListMalformed(line=line) from broken
        if end == len(piece) and not is_all and size < self._longest:
            return False
        self._at += end
        return True

    def skip(self, depth: int = _MAX_DEPTH) -> None:
        """Reads past a value of any length."""
        opening = self.peek()
        if opening not in ("{", "["):
            self.value()
            return
        if not depth:
            raise ListMalformed(line=self.line)
        for _ in self._members() if opening == "{" else self._places():
            self.skip(depth - 1)

    def array(self) -> Iterator[tuple[int, Any]]:
        for line in self._places():
            yield line, self.value()

    def at(self, names: list[str], path: str) -> Iterator[tuple[int, Any]]:
        """The records of the array under these names; what stands beside it is read past."""
        if not names:
            if self.peek() != "[":
                raise ListRecordsMissing(path=path)
            yield from self.array()
            return
        if self.peek() != "{":
            raise ListRecordsMissing(path=path)
        seen: set[str] = set()
        for key in self._members():
            if key in seen:
                raise ListKeyRepeated(line=self.line)
            seen.add(key)
            if key == names[0]:
                yield from self.at(names[1:], path)
            else:
                self.skip()
        if names[0] not in seen:
            raise ListRecordsMissing(path=path)

    def _places(self) -> Iterator[int]:
        """The lines of an array's values, each when its value comes next."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            self.peek()
            yield self.line
            if self.peek() == "]":
                break
            self._take(",")
        self._take("]")

    def _members(self) -> Iterator[str]:
        """The names in an object, each when its value comes next."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        while True:
            key = self.value() if self.peek() == '"' else None
            if not isinstance(key, str):
                raise ListMalformed(line=self.line)
            self._take(":")
            yield key
            if self.peek() == "}":
                break
            self._take(",")
        self._take("}")

    def finish(self) -> None:
        if self.peek():
            raise ListMalformed(line=self.line)

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise ListMalformed(line=self.line)
        self._at += 1
