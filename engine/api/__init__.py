"""The door: the verbs of the engine, one file a subject, and what their callers need besides."""
