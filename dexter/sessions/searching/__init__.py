"""Full text over exchanges: what is looked for, how good a hit is, and what is shown of it."""
