"""Moving items from one version of their process to another, and back."""
