"""The cast: Alice is admin of the library, Eve edits, Victor watches, Sam is in another team."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from videosearch.accounts.models import User
from videosearch.library.models import Library, Membership, Role, Video
