"""What is measured of a target: pose, appearance, number, colours, place, motion, and the words for them."""
