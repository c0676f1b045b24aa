"""Single-layer looks: what a target means, the questions, what is odd about the answers, and how they are drawn."""
