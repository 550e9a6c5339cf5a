"""Scripts that run in a peer's own environment and place orders there when they are told to.

Each is started by its path, so that it finds its neighbours here, and imports nothing of the rest of the project
(but for Earmark's own).
"""
