"""A night of feeds: four warehouses send their counts, each in its own way, to a shop that is killed."""
