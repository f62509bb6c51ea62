"""When something is due: on a calendar's or a working clock, with pauses. Pure Python, without Odoo.

Moments are aware datetimes; dues are given in UTC. Durations are elapsed seconds, so a change to
summer time neither adds nor takes an hour; dates are those of the clock's own zone.
"""

from .targets import DAYS, HOURS, SAME_DAY, Course, Plan, Target, consumed, follow, is_met, moment_at, plan, resume
from .working_time import NoWorkingTime, WorkingTime
