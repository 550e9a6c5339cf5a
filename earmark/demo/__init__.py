"""The demonstration: the main job, played once from the first stock count to the last closed item.

``run_demo`` makes a world from a seed, plays the story on an engine whose clock it sets, and writes a project
folder with processes, diagrams, published events and a report.
"""

from earmark.demo.run import Demo, run_demo

__all__ = ["Demo", "run_demo"]
