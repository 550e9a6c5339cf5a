"""Tests of processes: cases that designers write as YAML, how they are read, played and covered."""

from engine.design.testing.cases import Case, CaseFile, Seen
from engine.design.testing.coverage import Coverage, percent, way_text
from engine.design.testing.reading import CaseDocument, read_cases
from engine.design.testing.running import CaseResult, run_case, run_cases
from engine.design.testing.schema import SUFFIX, case_schema

__all__ = [
    "SUFFIX",
    "Case",
    "CaseDocument",
    "CaseFile",
    "CaseResult",
    "Coverage",
    "Seen",
    "case_schema",
    "percent",
    "read_cases",
    "run_case",
    "run_cases",
    "way_text",
]
