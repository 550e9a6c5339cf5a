"""The checks behind ``earmark doctor``: each looks at one thing and says what to do when it is not in order."""
