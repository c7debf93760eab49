// One import for a test: lab, scenarios, faults, oracles.
@_exported import Lab
@_exported import Runtime
@_exported import Simulation
