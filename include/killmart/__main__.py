"""`python -m killmart …`: the library without Airflow."""

from killmart.cli.main import main

if __name__ == "__main__":
    main()
