"""Alarms as SCAIP over SIP MESSAGE, to a social alarm receiving centre."""
