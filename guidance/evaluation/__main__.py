import typer

from guidance.evaluation.command import evaluate

if __name__ == "__main__":
    typer.run(evaluate)
