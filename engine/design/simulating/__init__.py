"""Many items through a process on a virtual clock: how long they stay where, and how much stock is bound."""

from engine.design.simulating.assumptions import Assumptions
from engine.design.simulating.reading import read_assumptions
from engine.design.simulating.result import Simulated, StateFigures
from engine.design.simulating.run import simulate

__all__ = ["Assumptions", "Simulated", "StateFigures", "read_assumptions", "simulate"]
