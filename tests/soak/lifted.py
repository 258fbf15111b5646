"""`python -m tests.soak.lifted serve …`: the server without the application's visibility conditions."""

from app.cli import main
from app.identity.visibility import lift_conditions

if __name__ == "__main__":
    lift_conditions()
    main()
