"""The commands, one module each: `add` gives the parser its words, `run` carries it out. Each imports late."""
