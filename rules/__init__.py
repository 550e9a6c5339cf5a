"""Rule configuration: models, YAML loader and process selection; imports nothing else of Earmark."""

from rules.balancing import Part, balance, divide, is_due, trigger_level, whole_step
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
from rules.sharing import Sharing, SharingProblem

__all__ = [
    "Checkout",
    "EngineRules",
    "Exchange",
    "Execution",
    "Part",
    "ProcessNotDeployed",
    "ProcessSelection",
    "Publish",
    "RuleFileError",
    "RuleProblem",
    "Sharing",
    "SharingProblem",
    "StockUpdate",
    "balance",
    "divide",
    "is_due",
    "load_rules",
    "rules_schema",
    "select_process",
    "trigger_level",
    "whole_step",
]
