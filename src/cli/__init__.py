"""What can be typed: `main.py` and one module a command."""
