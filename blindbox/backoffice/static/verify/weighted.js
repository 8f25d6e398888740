// Checks of a draw by published odds: the secret of its day is committed before the day and revealed after it.

import { checkDay, checkDaySecret, inputsOf, untilReveal } from "./days.js";
import { pick, weightedRoll } from "./fairness.js";
import { countsOn, gives, owes, ruleOf, sumOf, tableOf, tierOf } from "./odds.js";
import { bad, judged, ok, rewardName, same, titled, wait } from "./steps.js";

const PPM = 1_000_000;

export async function checkWeighted(proof, terms) {
  return [
    await titled("当日密钥的承诺", () => checkDay(proof)),
    await titled("这一抽的概率表", () => checkTable(proof, terms)),
    ...(ruleOf(terms) ? [await titled("保底", () => checkGuarantee(proof, terms))] : []),
    await titled("当日密钥", () => checkDaySecret(proof)),
    { ...(await titled("重新计算这一抽", () => checkRoll(proof, terms))), decides: true },
  ];
}

/** Terms that announce no other table leave the server no choice: it knows the roll before anybody sees the table. */
function checkTable({ table, guarantee_table: tier, purpose, guarantee_before: before, roll }, terms) {
  const total = sumOf(table);
  const facts = [["概率表（奖品 id, 百万分之）", JSON.stringify(table)], ["合计", total]];
  if (total !== PPM) return bad("各奖品概率之和不是 100%。", facts);
  const published = same(table, tableOf(terms)) && same(tier, tierOf(terms));
  if (!published) return bad("所用概率与条款公示的概率不同。", facts);
  const due = owes(terms, pick(table, roll), before) ? "guarantee" : "roll";
  return judged(purpose === due, "所用概率与条款公示的概率完全一致。", "条款在这一抽不允许这种抽取方式。", facts);
}

/** What earlier draws made of the counter, the check of the whole issue shows. */
function checkGuarantee({ draw, guarantee_before: before, guarantee_after: after }, terms) {
  const { levels, within } = ruleOf(terms);
  const facts = [["这一抽之前", before], ["这一抽之后", after], ["保底赏级", levels.join("、")], ["多少抽之内", within]];
  const counted = countsOn(terms, { reward_id: draw.reward_id, guarantee_before: before, guarantee_after: after });
  if (!counted) return bad("保底计数与条款不符。", facts);
  if (owes(terms, draw.reward_id, before)) return bad(`第 ${within} 抽应得 ${levels.join("、")} 赏，没有兑现。`, facts);
  return ok(`${within} 抽之内必得 ${levels.join("、")} 赏：这一抽之前已连续 ${before} 抽未中，计数无误。`, facts);
}

async function checkRoll(proof, terms) {
  const { draw, day, day_secret: secret, player, seq, nonce, table, roll } = proof;
  const inputs = inputsOf(proof);
  if (!secret) return wait(`${untilReveal(day)}。计算所需的其他数据已经全部固定。`, inputs);
  const own = { secret, day, issueId: draw.issue_id, player, seq, nonce };
  const rolled = await weightedRoll({ ...own, purpose: "roll", below: sumOf(table) });
  const facts = [...inputs, ["重新计算的随机数", rolled], ["记录的随机数", roll]];
  if (rolled !== roll) return bad("重新计算的随机数与记录不符。", facts);
  return proof.purpose === "guarantee" ? checkSecondRoll(proof, terms, own, facts) : checkGiven(proof, terms, facts);
}

async function checkSecondRoll(proof, terms, own, facts) {
  const { guarantee_table: table, guarantee_roll: roll } = proof;
  const rolled = await weightedRoll({ ...own, purpose: "guarantee", below: sumOf(table) });
  const all = [...facts, ["重新计算的保底随机数", rolled], ["记录的保底随机数", roll]];
  if (rolled !== roll) return bad("重新计算的保底随机数与记录不符。", all);
  return checkGiven({ ...proof, table, roll }, terms, all);
}

function checkGiven({ draw, table, roll, substituted_for: replaced }, terms, facts) {
  const won = pick(table, roll);
  const interval = `「${rewardName(terms, won)}」的区间`;
  if (!gives(terms, won, draw.reward_id, replaced)) return bad(`随机数 ${roll} 在${interval}，给出的却是别的奖品。`, facts);
  const instead = replaced === null ? "" : `它已发完，按条款替换为「${rewardName(terms, draw.reward_id)}」。`;
  return ok(`随机数 ${roll} 落在${interval}。${instead}`, facts);
}
