"""Orders that come again when they could not be placed any more.

Their process may be switched off by now, or the rules choose none for them. What is stored under their reference
with the same content is the answer all the same: whoever asks again did not hear it.
"""

from __future__ import annotations

from engine.errors import InputError
from engine.operations.order_names import document_text, fingerprint_of
from engine.operations.placing import Batch
from engine.requests import OrderRequest
from engine.runtime import Runtime


def find_stored_before(runtime: Runtime, batch: Batch) -> None:
    """Note as existing what was refused for its names and is stored already with the same content."""
    understood = {order.position for order in batch.resolved}
    refused = {position: batch.asked[position].request for position in batch.refused.keys() - understood}
    if not refused:
        return
    references = sorted({request.reference for request in refused.values()})
    with runtime.database.read() as reader:
        stored = {
            row.reference: row.fingerprint for row in reader.all("placement_begun", references=references)
        }
    for position, request in refused.items():
        known = stored.get(request.reference)
        if known is not None and known == _fingerprint(request):
            batch.existing.add(position)
            del batch.refused[position]


def _fingerprint(request: OrderRequest) -> str | None:
    try:
        return fingerprint_of(document_text(request))
    except InputError:  # what cannot be stored is not stored
        return None
