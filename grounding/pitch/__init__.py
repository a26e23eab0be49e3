"""Where the field lies on a picture, told by its lines: registration of broadcast pictures without a learned model."""
