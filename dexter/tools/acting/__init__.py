"""Tools that act on the machine: files below the working directory, commands, questions to the user."""
