"""The part of aenum that generated clients use, on top of the standard library.

Debian does not package aenum. Unlike the standard Enum, aenum lets the annotations of a class
refer to the class itself, which generated code relies on.
"""

import enum
import sys


class _EnumType(enum.EnumMeta):
    @classmethod
    def __prepare__(mcs, name, bases, **keywords):
        sys._getframe(1).f_globals.setdefault(name, name)
        return super().__prepare__(name, bases, **keywords)


class Enum(enum.Enum, metaclass=_EnumType):
    """An enumeration."""


def no_arg():
    """Imported by generated code and never called."""
