"""What the full profile costs on a GPU: its networks, indexing end to end, a question to the model that looks.

Weights cannot always be had where this runs, and their values do not change what they cost. So models of the true
sizes are built with random weights (`builds`), saved as a hub would give them, and loaded and asked by the code that
does so in the product. What random weights find is of no use: where later work depends on it, it comes from elsewhere
(`finds`).
"""
