"""Facts over time: deals as they stood at a moment of the past, and the changes of the pipeline since."""
