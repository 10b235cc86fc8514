"""What a person touches: the command line, the check of a machine, the workshop's timetable."""

__all__: list[str] = []  # its modules are imported by their names, each when it is needed
