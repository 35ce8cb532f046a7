"""Task balancing: how the losses of the tasks become one."""

from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.balancing.balancing import Equal
from mtl_zoo.balancing.balancing import Fixed
from mtl_zoo.balancing.balancing import get

__all__ = ["Balancing", "Equal", "Fixed", "get"]
