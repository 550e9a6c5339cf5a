"""Guards of the rule files as conditions: what they ask of items, and what they say."""
