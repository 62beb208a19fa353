"""The versions of the programs that execute the steps of cases."""

from __future__ import annotations

from importlib.metadata import version

#: As each entry of a case names them: a replay may need to know.
ENGINE = f"yichuang/{version('yichuang')} SpiffWorkflow/{version('SpiffWorkflow')}"
