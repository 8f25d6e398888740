// Checks of a draw from a finite box: its own leaf at once, the whole box when the secret is revealed.

import { buildDeck, deckRoot, issueCommitment, leaf, positionPrizes, rootFrom, sidesOf } from "./fairness.js";
import { bad, judged, ok, rewardName, same, titled, wait } from "./steps.js";

const UNTIL_REVEAL = "本期结束并公布密钥后可以核对。";
const BONUS = { first: "前半赏", last: "最终赏", global: "全局赏", nth: "第 N 抽", every: "每 N 抽", repdigit: "豹子号" };
const HIDDEN = ["first", "global"]; // where these come, only the secret says

export async function checkDeck(proof, terms) {
  const box = boxOf(proof, terms);
  return [
    { ...(await titled("这张票对应的奖品", () => checkLeaf(proof, box))), decides: !proof.draw.is_bonus },
    ...(proof.draw.is_bonus
      ? [{ ...(await titled("附加奖的位置", () => checkBonus(proof, box))), decides: true }]
      : []),
    await titled("密钥与承诺", () => checkSecret(proof)),
    await titled("整箱重新排列", () => checkBox(proof, box)),
  ];
}

function boxOf({ draw }, terms) {
  const tickets = terms.rewards.filter((reward) => reward.position === "ticket");
  const bonuses = terms.rewards.filter((reward) => reward.position in BONUS);
  return {
    terms,
    tickets: tickets.map((reward) => [reward.id, reward.quantity]),
    bonuses: bonuses.map((reward) => [reward.id, reward.position, reward.quantity, reward.position_n]),
    total: tickets.reduce((sum, reward) => sum + reward.quantity, 0),
    // An extra prize comes on top of its ticket's own, so there the leaf may hold any reward of the tickets.
    candidates: draw.is_bonus ? tickets.map((reward) => reward.id) : [draw.reward_id],
  };
}

/** An extra prize has no sale of its own: it came with that of its ticket. */
const turnOf = (draw) => draw.sale_no ?? (draw.is_bonus ? draw.ticket_no : null);

async function checkLeaf({ draw, issue, salt, path }, { terms, total, candidates }) {
  const facts = [
    ["票号", draw.ticket_no], ["销售序号", turnOf(draw)], ["盐", salt], ["默克尔路径", JSON.stringify(path)], ["公布的根", issue.root],
  ];
  const inTurn = terms.pick_number || draw.ticket_no === turnOf(draw);
  if (!inTurn) return bad(`第 ${draw.sale_no} 抽应得第 ${draw.sale_no} 号票，票号被换过。`, facts);
  if (!same(path.map(([side]) => side), sidesOf(draw.ticket_no, total))) {
    return bad("默克尔路径不是这个票号的路径。", facts);
  }
  const held = await rewardUnder({ draw, issue, salt, path }, candidates);
  if (held === undefined) return bad("这张票与公布的默克尔根对不上，奖品被换过。", facts);
  return ok(`开售前就已确定：第 ${draw.ticket_no} 号票是「${rewardName(terms, held)}」。`, facts);
}

async function rewardUnder({ draw, issue, salt, path }, candidates) {
  for (const rewardId of candidates) {
    const root = await rootFrom(await leaf(issue.issue_id, draw.ticket_no, rewardId, salt), path);
    if (root === issue.root) return rewardId;
  }
  return undefined;
}

async function checkBonus({ draw, issue }, { terms, total, bonuses }) {
  const [, kind] = bonuses.find(([id]) => id === draw.reward_id) ?? [];
  if (!kind) return bad("条款里没有这个附加奖。");
  if (HIDDEN.includes(kind) && !issue.secret) return wait(`${BONUS[kind]}的位置由密钥决定，${UNTIL_REVEAL}`);
  const own = bonuses.filter(([id]) => id === draw.reward_id);
  const prizes = await positionPrizes(issue.secret, issue.issue_id, total, own);
  const turn = turnOf(draw);
  const facts = [["销售序号", turn], ["应得位置", [...prizes.keys()].join("、")]];
  const [place, name] = [`${BONUS[kind]}的位置`, rewardName(terms, draw.reward_id)];
  const [good, wrong] = [`第 ${turn} 抽正是${place}，得「${name}」。`, `第 ${turn} 抽不是${place}。`];
  return judged(prizes.has(turn), good, wrong, facts);
}

async function checkSecret({ issue }) {
  if (!issue.secret) return wait(`密钥尚未公布（公布会让未售出的票提前泄露），${UNTIL_REVEAL}`);
  const commitment = await issueCommitment(issue.issue_id, issue.terms_hash, issue.root, issue.secret);
  const facts = [["公布的密钥", issue.secret], ["重新计算的承诺", commitment], ["事先公布的承诺", issue.commitment]];
  return judged(commitment === issue.commitment, "密钥正是开售前承诺的那一个。", "密钥与开售前的承诺不符。", facts);
}

async function checkBox({ draw, issue }, { terms, tickets, total, bonuses, candidates }) {
  if (!issue.secret) return wait(`全部 ${total} 张票的排列${UNTIL_REVEAL}`);
  const deck = await buildDeck(issue.secret, issue.issue_id, tickets);
  const root = await deckRoot(issue.secret, issue.issue_id, deck);
  const prizes = await positionPrizes(issue.secret, issue.issue_id, total, bonuses);
  const extras = [...prizes].map(([at, ids]) => `第 ${at} 抽：${ids.map((id) => rewardName(terms, id)).join("、")}`);
  const facts = [
    ["重新计算的根", root], ["公布的根", issue.root],
    ["全部票的奖品 id（按票号）", deck.join(" ")], ["附加奖的位置", extras.join("；")],
  ];
  if (root !== issue.root) return bad("用密钥重新排出的整箱与公布的根不符。", facts);
  const fits = candidates.includes(deck[draw.ticket_no - 1]);
  const good = `用密钥重新排出全部 ${total} 张票，与公布的根一致，这张票也在其中。`;
  return judged(fits, good, "整箱里这个票号是别的奖品。", facts);
}
