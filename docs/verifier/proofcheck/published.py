"""事先公布的：条款、公开日志、当日承诺（第 3、5、6 节）。"""

import json
from datetime import datetime
from hashlib import sha256

from proofcheck.streams import sha

BY_DAYS = ("weighted/1", "pairs/1", "s3/1")  # no box: the commitment is the hash of the terms


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def logged(entry, subject, commitment):
    link = (entry[name] for name in ("seq", "subject", "commitment", "published_at", "prev_hash"))
    return sha("blindbox/log/1", *link) == entry["entry_hash"] and (entry["subject"], entry["commitment"]) == (
        subject,
        commitment,
    )


def check_terms(issue, algorithm):
    """Yield whether the terms are those that were published, and the public log holds what commits to them."""
    terms, issue_id = json.loads(issue["terms"]), issue["issue_id"]
    yield "条款与哈希一致", sha256(issue["terms"].encode()).hexdigest() == issue["terms_hash"]
    yield "条款属于这一期", (terms["issue_id"], terms["algorithm"]) == (issue_id, algorithm)
    yield "承诺在公开日志里", logged(issue["log"], f"issue:{issue_id}", issue["commitment"])
    if algorithm in BY_DAYS:
        yield "承诺的是这份条款", issue["commitment"] == issue["terms_hash"]


def check_log(entries):
    """Yield whether a stretch of the public log is one chain in which no subject was committed twice."""
    entries = sorted(entries, key=lambda entry: entry["seq"])
    subjects = [entry["subject"] for entry in entries]
    links = list(zip(entries, entries[1:], strict=False))
    yield "每一条的哈希正确", all(logged(entry, entry["subject"], entry["commitment"]) for entry in entries)
    yield "每一条锁住前一条", all(b["prev_hash"] == a["entry_hash"] and b["seq"] == a["seq"] + 1 for a, b in links)
    yield "每个主题只承诺一次", len(subjects) == len(set(subjects))


def check_day(proof):
    """Yield what every draw by the secret of a day shows."""
    draw, issue, day, secret = proof["draw"], proof["issue"], proof["day"], proof["day_secret"]
    log = proof["day_log"]
    before_day = moment(log["published_at"]) < moment(f"{day}T00:00:00+08:00")
    yield "承诺先于抽奖", moment(issue["log"]["published_at"]) <= moment(draw["drawn_at"])
    yield "当日承诺在公开日志里", logged(log, f"day:{day}", proof["day_commitment"])
    yield "当日承诺先于当日或先于开售", before_day or log["seq"] < issue["log"]["seq"]
    yield "当日密钥与承诺相符", secret and sha("blindbox/day/1", day, secret) == proof["day_commitment"]
