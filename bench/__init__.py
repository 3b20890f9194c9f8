"""Measurements that are published, and converters of public benchmarks. Not part of the package."""
