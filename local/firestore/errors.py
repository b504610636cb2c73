"""What can go wrong before the emulator runs, in words that say what to do."""


class EmulatorError(RuntimeError):
    """The emulator can't be found, fetched or started."""
