"""A crawler that was started ends, and says how: moto's runs for ever. It writes no tables.

LastCrawl is there when a crawl has ended, with Glue's own words for it. Where rights are enforced, the crawl does its
work under the crawler's role first (glue_crawl_work), and fails when that may not.
"""

from moto.glue.exceptions import InvalidInputException
from moto.glue.models import FakeCrawler
from moto.moto_api import state_manager

from glue_crawl_work import CrawlFailed, crawl, crawler_session, see_connections
from iam_enforcement import enforced
from service_roles import NotTrusted

SECONDS = 2
ENDS = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}

_init = FakeCrawler.__init__
_as_dict = FakeCrawler.as_dict
_start_crawler = FakeCrawler.start_crawler


def init(self, *args, **options):
    _init(self, *args, **options)
    if enforced():
        see_connections(_session(self), self.targets)


def _session(crawler):
    try:
        return crawler_session(crawler)
    except NotTrusted:
        raise InvalidInputException(
            "", "Service is unable to assume provided role. Please verify role's TrustPolicy"
        ) from None


def start_crawler(self):
    session = _session(self) if enforced() else None
    _start_crawler(self)
    if session is None:
        return
    run = self.crawls[-1]
    try:
        crawl(self, session, run)
    except CrawlFailed as error:
        run.status, run.error = "FAILED", str(error)


def as_dict(self):
    if self.crawls:
        self.crawls[-1].advance()
    told = _as_dict(self)
    last = told.pop("LastCrawl", None)
    if last is not None and last["Status"] in ENDS:
        told["LastCrawl"] = {**last, "Status": ENDS[last["Status"]]}
        error = getattr(self.crawls[-1], "error", None)
        if error is not None:
            told["LastCrawl"]["ErrorMessage"] = error
    return told


state_manager.set_transition("glue::crawl", {"progression": "time", "seconds": SECONDS})
FakeCrawler.__init__ = init
FakeCrawler.start_crawler = start_crawler
FakeCrawler.as_dict = as_dict
