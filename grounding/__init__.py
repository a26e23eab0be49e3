"""Second-level spatio-temporal video grounding: find who did what, when and where, in sports footage."""
