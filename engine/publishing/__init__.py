"""Publishing to sinks with positions of their own: in order, at least once, each without heed of the others."""
