"""A crawler that was started ends, and says how: moto's runs for ever. It writes no tables.

LastCrawl is there when a crawl has ended, with Glue's own words for it.
"""

from moto.glue.models import FakeCrawler
from moto.moto_api import state_manager

SECONDS = 2
ENDS = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}

_as_dict = FakeCrawler.as_dict


def as_dict(self):
    if self.crawls:
        self.crawls[-1].advance()
    told = _as_dict(self)
    last = told.pop("LastCrawl", None)
    if last is not None and last["Status"] in ENDS:
        told["LastCrawl"] = {**last, "Status": ENDS[last["Status"]]}
    return told


state_manager.set_transition("glue::crawl", {"progression": "time", "seconds": SECONDS})
FakeCrawler.as_dict = as_dict
