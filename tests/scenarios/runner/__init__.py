"""Run scenarios: build a test internet for each, break it, and compare what the daemon found with the truth.

file -> reading -> Scenario -> stage (lab, daemons) and timeline -> records -> prediction -> scoring -> result -> report.
"""
