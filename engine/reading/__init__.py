"""Answers to questions: orders, lists, history, the matrix, what an item waits for, availability, health."""
