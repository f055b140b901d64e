"""What a model gets to see: earlier exchanges, results, recalled material, as much as fits."""
