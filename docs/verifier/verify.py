#!/usr/bin/env python3
"""
独立验证程序：只用 Python 标准库，不引用本平台的任何代码。算法见 ../fairness.md。

先把本文件和同目录的 proofcheck 文件夹一起存到您的电脑上（Python 3.10 以上，不用安装任何东西），然后：

    curl https://…/api/app/draw_logs/123/proof | python3 verify.py
    curl https://…/api/app/draw_commitments | python3 verify.py
    python3 verify.py https://…/api/app/activities/1/issues/21/proof        （自动读完每一页）
    cat 第一页.json 第二页.json | python3 verify.py                          （自己保存的各页）
    python3 verify.py < proofs.jsonl                                         （证据文件夹：每行一份证明）
"""

# ruff: noqa: T201
import json
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent))  # proofcheck lies beside this file, wherever that is

from proofcheck.cards import check_pairs_draw
from proofcheck.deck import check_box, check_deck_draw, check_draws_of
from proofcheck.odds import check_draws_by_odds, check_weighted_draw
from proofcheck.published import check_log, check_terms
from proofcheck.sessions import check_draws_of_sessions, check_session_draw

ONE_DRAW = {
    "deck/1": check_deck_draw,
    "pairs/1": check_pairs_draw,
    "weighted/1": check_weighted_draw,
    "s3/1": check_session_draw,
}
ALL_DRAWS = {
    "deck/1": check_draws_of,
    "pairs/1": check_draws_by_odds,
    "weighted/1": check_draws_by_odds,
    "s3/1": check_draws_of_sessions,
}


def check(proof):
    """Yield (what, holds) of a proof or of the log; None where a secret is awaited."""
    if not is_proof(proof):
        yield f"这不是证明：{json.dumps(proof, ensure_ascii=False)[:200]}", False
    elif "list" in proof:
        yield from check_log(proof["list"])
    elif proof["algorithm"] not in ONE_DRAW:
        yield f"本程序不认识抽奖方式 {proof['algorithm']}", False
    elif "draw" in proof:
        yield from check_issue(proof["issue"], proof["algorithm"])
        yield "抽奖属于这一期", proof["draw"]["issue_id"] == proof["issue"]["issue_id"]
        yield from ONE_DRAW[proof["algorithm"]](proof)
    else:
        yield from check_issue(proof, proof["algorithm"])
        yield "各页齐全", proof["next_cursor"] is None
        yield from ALL_DRAWS[proof["algorithm"]](proof)


def is_proof(document):
    """Tell a proof of a draw, a page of an issue or of the log from any other answer, such as a refusal."""
    if not isinstance(document, dict):
        return False
    return "list" in document or "algorithm" in document and ("draw" in document or "draws" in document)


def check_issue(issue, algorithm):
    """Yield what was published before the first sale."""
    yield from check_terms(issue, algorithm)
    if algorithm == "deck/1":
        yield from check_box(issue)


def whole(pages):
    """Return the pages of an issue's proof as one; the last of them says how much is sold."""
    return {**pages[-1], "draws": [draw for page in pages for draw in page["draws"]]} if len(pages) > 1 else pages[0]


def proofs_in(documents):
    """Return the proofs that documents are: pages of one issue are one, anything else is one of its own."""
    found = []
    for document in documents:
        page_of = document.get("issue_id") if is_proof(document) and "draws" in document else None
        if page_of is not None and found and found[-1][0] == page_of:
            found[-1][1].append(document)
        else:
            found.append((page_of, [document]))
    return [whole(pages) for _, pages in found]


def fetched(url):
    """Return every page of a proof, following its cursor; a refusal of the shop is a document too."""
    try:
        pages = [json.load(urlopen(url))]  # noqa: S310
    except HTTPError as refusal:
        return saved(refusal.read().decode(errors="replace"))
    while pages[-1].get("next_cursor") is not None and "draws" in pages[-1]:
        pages.append(json.load(urlopen(f"{url}?cursor={pages[-1]['next_cursor']}")))  # noqa: S310
    return pages


def saved(text):
    """Return the JSON documents of a text, one after the other; the first thing that is none, as the text it is."""
    decoder, pages = json.JSONDecoder(), []
    text = text.strip()
    while text:
        try:
            page, end = decoder.raw_decode(text)
        except ValueError:
            page, end = text, len(text)
        pages.append(page)
        text = text[end:].lstrip()
    return pages


def main():
    proofs = proofs_in(fetched(sys.argv[1]) if len(sys.argv) > 1 else saved(sys.stdin.read()))
    failed = not proofs
    for number, proof in enumerate(proofs, start=1):
        if len(proofs) > 1:
            print(title_of(proof, number))
        for what, holds in check(proof):
            print("…" if holds is None else "✓" if holds else "✗", what)
            failed = failed or (holds is not None and not holds)
    passed = "没有发现不符（… 表示要等密钥公布）"
    print("没有读到证明" if not proofs else "验证不通过" if failed else passed)
    sys.exit(failed)


def title_of(proof, number):
    """Return what stands above the checks of one of several proofs."""
    if is_proof(proof) and "draw" in proof:
        return f"—— 第 {number} 份：抽奖 {proof['draw'].get('id')}"
    return f"—— 第 {number} 份"


if __name__ == "__main__":
    main()
