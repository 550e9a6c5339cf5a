"""Excel workbooks (.xlsx): whether a file is one, what stands in its sheet, and its cells as they are shown."""
