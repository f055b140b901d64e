"""Sessions that two machines, or git, went on with apart: the rules by which they are one again. Pure."""
