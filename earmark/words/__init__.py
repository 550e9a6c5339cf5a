"""What people read, as text: the same words wherever they are shown. Nothing here prints or knows a terminal."""
