"""Moving items: claim, split, run plugins, choose, apply, next wave; the one room that writes their steps."""
