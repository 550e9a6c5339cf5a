"""Moving items: claim, split, run plugins, choose, apply, next wave; placement; conditions and timeouts runs."""
