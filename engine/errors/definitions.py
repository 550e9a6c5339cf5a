"""What is wrong with process definitions."""

from __future__ import annotations

from engine.errors.base import EarmarkError


class DefinitionError(EarmarkError):
    """The process definition has errors."""

    code = "definition_invalid"
    default_remedy = "Run 'earmark process check' on the file and mend what it lists."


class ProcessNotFound(DefinitionError):
    """There is no such process."""

    code = "process_not_found"
    default_remedy = "'earmark process list' shows what is deployed; 'earmark process deploy PATH' deploys."


class ProcessInactive(ProcessNotFound):
    """The process takes no new orders."""

    code = "process_inactive"
    default_remedy = "Name another process, or switch it on with 'earmark process activate NAME'."


class StrandsItems(DefinitionError):
    """Live items stand in states that the new version does not have."""

    code = "strands_items"
    default_remedy = "Keep the states, or deploy with --force and migrate the items with --map OLD=NEW."
