"""Who answers when: plans, rosters, holidays, coverage, and whom a step of a plan calls."""
