"""`python -m gan_school` does what `gan-school` does."""

from gan_school.faces.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
