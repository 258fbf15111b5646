"""The databases that are measured: made up, the same for the same size, kept between runs."""
