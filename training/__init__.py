"""Commands that train and measure networks."""

# First of all: with it backends load without their greetings.
import mtl_zoo  # noqa: F401
