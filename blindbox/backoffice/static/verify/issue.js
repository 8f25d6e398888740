// A whole issue: what only all its draws together show. The pages of its proof come in as one.

import { buildDeck, positionPrizes } from "./fairness.js";
import { countsOn, missesAt, owes, ruleOf } from "./odds.js";
import { checkS3Draws } from "./s3issue.js";
import { bad, judged, same, titled, wait } from "./steps.js";

const CHECKS = { "deck/1": checkBoxDraws, "pairs/1": checkOddsDraws, "weighted/1": checkOddsDraws, "s3/1": checkS3Draws };

export async function checkIssue(proof, shown) {
  const check = CHECKS[proof.algorithm];
  if (!check) return [{ title: "整期核对", ...bad(`本页不认识抽奖方式「${proof.algorithm}」。`) }];
  const terms = JSON.parse(proof.terms);
  return [
    await titled("就是这一期", () => checkSame(proof, shown)),
    ...(await check(proof, terms)),
  ];
}

/** The issue's list must be of the terms that were checked, whole, and hold the draw that is shown. */
function checkSame(proof, { issue, draw, session_draw: met = null }) {
  const facts = [["抽数", proof.draws.length]];
  if (proof.terms_hash !== issue.terms_hash || proof.terms !== issue.terms) return bad("整期的条款与这一抽的不同。", facts);
  if (proof.next_cursor !== null) return bad("没有读完每一页。", facts);
  const listed = proof.draws.find(({ id }) => id === draw.id);
  const prize = listed?.reward_id === draw.reward_id && listed?.sale_no === draw.sale_no;
  const found = prize && same(listed.session_draw ?? null, met);
  return judged(found, `整期 ${proof.draws.length} 条结果，这一抽在其中。`, "整期的结果里没有这一抽，或与它不同。", facts);
}

const numbers = (count) => Array.from({ length: count }, (_, i) => i);
const ordered = (draws, key) => [...draws].sort((one, other) => one[key] - other[key]);

async function checkBoxDraws(proof, terms) {
  const own = ordered(proof.draws.filter((draw) => !draw.is_bonus), "sale_no");
  return [
    await titled("每一抽恰好一次", () => checkNumbers(own, proof.deck.sold)),
    await titled("每一抽的奖品", () => checkPrizes(proof, terms, own)),
  ];
}

function checkNumbers(own, sold) {
  const whole = same(own.map(({ sale_no }) => sale_no), numbers(sold).map((n) => n + 1));
  return judged(whole, `第 1 到第 ${sold} 抽各恰好一次。`, "抽奖的序号有缺漏或重复。", [["已售", sold]]);
}

async function checkPrizes({ secret, issue_id: issueId, deck, draws }, terms, own) {
  if (!secret) return wait("本期结束并公布密钥后可以核对。");
  const rewards = terms.rewards.map((reward) => [reward.id, reward.position, reward.quantity, reward.position_n]);
  const isTicket = ([, position]) => position === "ticket";
  const tickets = await buildDeck(secret, issueId, rewards.filter(isTicket).map(([id, , quantity]) => [id, quantity]));
  const due = await positionPrizes(secret, issueId, deck.total, rewards.filter((reward) => !isTicket(reward)));
  const fits = own.every((draw) => tickets[draw.ticket_no - 1] === draw.reward_id);
  if (!fits) return bad("有一抽的奖品不是整箱里那张票的奖品。");
  const listed = (pairs) => pairs.map(([at, id]) => `${at} ${id}`).sort();
  const given = draws.filter((draw) => draw.is_bonus).map((draw) => [draw.sale_no ?? draw.ticket_no, draw.reward_id]);
  const owed = [...due].filter(([at]) => at <= deck.sold).flatMap(([at, ids]) => ids.map((id) => [at, id]));
  const met = same(listed(given), listed(owed));
  return judged(met, "每一抽的奖品、每一个附加奖都与整箱相符。", "附加奖多了、少了或给错了。");
}

async function checkOddsDraws(proof, terms) {
  const players = new Map(proof.draws.map(({ player }) => [player, []]));
  const own = proof.draws.filter((draw) => !draw.is_bonus);
  for (const draw of ordered(own, "seq")) players.get(draw.player).push(draw);
  const limited = terms.rewards.filter((reward) => "quantity" in reward);
  return [
    await titled("每位玩家的抽取序号", () => checkSequences(players)),
    ...(ruleOf(terms) ? [await titled("每位玩家的保底", () => checkGuarantees(players, terms))] : []),
    ...(limited.length ? [await titled("限量奖品", () => checkShelf(proof.draws, limited))] : []),
  ];
}

function checkSequences(players) {
  const gap = [...players].find(([, own]) => !same(own.map(({ seq }) => seq), numbers(own.length)));
  const good = `${players.size} 位玩家的序号都从 0 起连续，没有空缺和重复。`;
  return judged(!gap, good, `玩家 ${gap?.[0]} 的序号有空缺或重复。`);
}

function checkGuarantees(players, terms) {
  const broken = [...players].find(([, own]) => !own.every((draw, place) => isKept(terms, own, place)));
  return judged(!broken, "每一次计数都能由之前的结果推出，到期的保底全部兑现。", `玩家 ${broken?.[0]} 的保底计数不符或没有兑现。`);
}

function isKept(terms, own, place) {
  const [draw, before] = [own[place], missesAt(terms, own, place)];
  return draw.guarantee_before === before && countsOn(terms, draw) && !owes(terms, draw.reward_id, before);
}

/** Along the sale: a limited prize is given while there is one, and replaced only when there is none. */
function checkShelf(draws, limited) {
  const left = new Map(limited.map(({ id, quantity }) => [id, quantity]));
  const sale = ordered(draws, "sale_no");
  const own = sale.filter((draw) => !draw.is_bonus);
  if (!same(own.map(({ sale_no }) => sale_no), numbers(own.length).map((n) => n + 1))) {
    return bad("售出序号有缺漏或重复。");
  }
  for (const { sale_no, reward_id: id, substituted_for: replaced } of sale) {
    if (left.get(id) === 0) return bad(`第 ${sale_no} 抽给出的限量奖品已经发完。`);
    if (replaced !== null && left.get(replaced) !== 0) return bad(`第 ${sale_no} 抽替换的奖品还没有发完。`);
    if (left.has(id)) left.set(id, left.get(id) - 1);
  }
  return judged(true, "限量奖品没有多发，替换都发生在发完之后。", "", [["各限量奖品的余量", JSON.stringify([...left])]]);
}
