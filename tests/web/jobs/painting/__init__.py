"""A Django app of the tests alone: kinds of jobs for real worker processes to do."""
