"""The same joint case in other engines that can be run from packages, each in an environment of its own."""
