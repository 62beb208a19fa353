"""Finds a decision model and those it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.dmn.decisions import DecisionModel
from engine.dmn.errors import DmnError
from engine.dmn.model import Import
from engine.dmn.reader import read_definitions
from engine.dmn.xml import is_xml, source_bytes

_MAX_IMPORTS = 50
_DMN = "/spec/DMN/"


def parse(source: bytes | str | Path, *, imports: Mapping[str, bytes] | None = None) -> DecisionModel:
    """Read a DMN model.

    :param source: the XML, or the path of a file; imports of a file are looked for in its folder
    :param imports: content of other models by file name, for a source that is no file
    :raises DmnError: with line and element, when it is not a model that can be evaluated; what is wrong within
        a single FEEL expression is told by :meth:`DecisionModel.problems` and raised when it is evaluated
    """
    others = dict(imports or {})
    folder: Path | None = None
    if not isinstance(source, bytes) and not is_xml(source):
        folder = Path(source).parent
    return _Loader(others, folder).load(source_bytes(source), ())


class _Loader:
    def __init__(self, others: dict[str, bytes], folder: Path | None) -> None:
        self._others = others
        self._folder = folder
        self._loaded: dict[str, DecisionModel] = {}

    def load(self, data: bytes, above: tuple[str, ...]) -> DecisionModel:
        definitions = read_definitions(data)
        known = self._loaded.get(definitions.namespace)
        if known is not None:
            return known
        imported: list[tuple[str, DecisionModel]] = []
        for wanted in definitions.imports:
            if wanted.namespace in (*above, definitions.namespace):
                message = f"the import of '{wanted.namespace}' leads back here"
                raise DmnError(message, line=wanted.line, element=wanted.name)
            if len(self._loaded) > _MAX_IMPORTS:
                raise DmnError(f"more than {_MAX_IMPORTS} imports", line=wanted.line, element=wanted.name)
            found = self._find(wanted)
            if found is not None:
                imported.append((wanted.name, self.load(found, (*above, definitions.namespace))))
        model = DecisionModel(definitions, imported)
        self._loaded[definitions.namespace] = model
        return model

    def _find(self, wanted: Import) -> bytes | None:
        """The imported model: by the name of its file, or by its namespace among the files at hand."""
        name = wanted.location.replace("\\", "/").rsplit("/", 1)[-1]
        candidates: list[bytes] = []
        if name and name in self._others:
            candidates.append(self._others[name])
        elif self._folder is not None and name and (self._folder / name).is_file():
            candidates.append(source_bytes(self._folder / name))
        else:
            candidates += self._others.values()
            if self._folder is not None:
                candidates += [source_bytes(path) for path in sorted(self._folder.glob("*.dmn"))[:_MAX_IMPORTS]]
        for data in candidates:
            try:
                if read_definitions(data).namespace == wanted.namespace:
                    return data
            except DmnError:
                continue
        if name.lower().endswith((".xsd", ".pmml", ".xml")):
            return None  # types or models in other languages, which nothing here can use
        message = f"the imported model '{wanted.name}' ({wanted.namespace}) was not found"
        raise DmnError(message, line=wanted.line, element=wanted.id)
