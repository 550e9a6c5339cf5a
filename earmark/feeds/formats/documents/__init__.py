"""XML documents with stock: how they are read safely, and those of UBL and GS1."""
