"""Water that runs, leaks, or is used beyond measure."""
