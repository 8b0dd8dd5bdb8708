"""What the pickle machine and the standard library raise on bytes that are not what they claim."""

from __future__ import annotations

import pickle
import struct
import zlib

# Of these, what a value raises that the file uses in a way not known here.
NOT_FOLLOWED = (pickle.UnpicklingError, AttributeError, RecursionError, TypeError)
MALFORMED = (
    pickle.UnpicklingError,
    zlib.error,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
