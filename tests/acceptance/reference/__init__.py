"""Cases about how items move, one file for each part of it, through nothing but what is public."""
