"""Everything at once: workers do all that can be done, are killed at random, and are audited from outside.

``outside`` is the world around the database: shelves, calls of plugins, and what each worker asked and was told.
``flows`` and ``plugins`` are the processes and what their commands do; ``stage`` prepares a shop. ``worker`` does
one deed after the other (``buying``, ``moving``, ``counting``, ``operating``), and ``run`` starts and kills the
workers. ``audit`` holds the database against sentences (``sentences``, ``places``, ``shelves``, ``answers``):
plain SQL on one snapshot, which takes nothing on trust that the engine says of itself.
"""
