"""What git keeps beside its objects: branches, index, locks, configuration, work tree."""
