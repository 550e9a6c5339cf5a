"""Rule configuration: models, YAML loader and process selection; imports nothing else of Earmark."""

from rules.errors import RuleFileError, RuleProblem
from rules.loader import load_rules, rules_schema
from rules.models import (
    Checkout,
    EngineRules,
    Exchange,
    Execution,
    ProcessSelection,
    Publish,
    StockUpdate,
)
from rules.selection import ProcessNotDeployed, select_process

__all__ = [
    "Checkout",
    "EngineRules",
    "Exchange",
    "Execution",
    "ProcessNotDeployed",
    "ProcessSelection",
    "Publish",
    "RuleFileError",
    "RuleProblem",
    "StockUpdate",
    "load_rules",
    "rules_schema",
    "select_process",
]
