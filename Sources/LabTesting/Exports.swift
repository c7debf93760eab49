// One import for a test: lab, scenarios, faults, oracles, and what the marketplace's client answers.
@_exported import CatalogAPI
@_exported import Contracts
@_exported import Lab
@_exported import OrdersAPI
@_exported import Runtime
@_exported import ServiceKit
@_exported import Simulation
@_exported import UsersAPI
