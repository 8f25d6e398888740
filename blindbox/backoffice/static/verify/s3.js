// Checks of a draw of the generic tool: its table is that of the terms, its roll follows from the secret of the day.

import { checkDay, checkDaySecret, untilReveal } from "./days.js";
import { s3Roll } from "./fairness.js";
import { bad, judged, ok, rewardName, same, titled, wait } from "./steps.js";
import { belowOf, given, isOfTerms, occurrencesOn } from "./tables.js";

export async function checkS3(proof, terms) {
  return [
    await titled("当日密钥的承诺", () => checkDay(proof)),
    await titled("场次", () => checkOccurrence(proof, terms)),
    await titled("这一抽的奖品与权重", () => checkTable(proof, terms)),
    await titled("奖品", () => checkGiven(proof, terms)),
    await titled("当日密钥", () => checkDaySecret(proof)),
    { ...(await titled("重新计算这一抽", () => checkRoll(proof, terms))), decides: true },
  ];
}

/** Which of a session's turns it was; that it was on at the time of payment, only the shop can see. */
function checkOccurrence({ day, session_draw: met }, terms) {
  const facts = [["场次日期", met.occurrence], ["版本", met.version], ["日期", day]];
  const fits = occurrencesOn(terms, day).includes(met.occurrence);
  return judged(fits, `场次 ${met.occurrence} 的第 ${met.version} 个版本。`, "场次日期与条款的时间不符。", facts);
}

function checkTable({ choice, session_draw: met }, terms) {
  const facts = [
    ["节点", met.node], ["奖品 id", met.rewards.join(" ")], ["剩余 q", leftOf(met)],
    ["权重 w", met.w.join(" ")], ["空奖权重 e", met.e],
  ];
  if (terms.config.tables && choice !== String(met.node)) return bad("节点不是付款前的预选。", [["预选", choice], ...facts]);
  const fixed = terms.config.probability === "static";
  const good = fixed ? "用的就是条款公示的概率。" : "用的就是条款公示的权重，机会是剩余数量乘权重。";
  return judged(isOfTerms(terms, met), good, "奖品、概率或权重与条款不同，或者剩余数量不可能。", facts);
}

const leftOf = ({ q }) => q.map((left) => left ?? "不限").join(" ");

function checkGiven({ draw, roll, session_draw: met }, terms) {
  const due = given(terms, met);
  const facts = [["记录的随机数", roll], ["应得奖品 id", due], ["给出的奖品 id", draw.reward_id]];
  if (roll !== met.roll) return bad("两处记录的随机数不同。", facts);
  if (due !== draw.reward_id) return bad(`应得「${rewardName(terms, due)}」，给出的却是别的。`, facts);
  const name = rewardName(terms, due);
  if (roll === null) return ok(`没有任何可抽的奖品，得「${name}」。`, facts);
  return ok(`随机数 ${roll} 得「${name}」。`, facts);
}

async function checkRoll(proof, terms) {
  const { draw, day, day_secret: secret, player, nonce, session_draw: met } = proof;
  const inputs = [
    ["日期", day], ["期编号", draw.issue_id], ["场次日期", met.occurrence], ["版本", met.version],
    ["玩家代号", player], ["您的随机串", nonce],
  ];
  if (!secret) return wait(`${untilReveal(day)}。计算所需的其他数据已经全部固定。`, inputs);
  if (!isOfTerms(terms, met)) return bad("奖品或权重与条款不同，无从计算。", inputs);
  const below = belowOf(terms, met);
  const place = { secret, day, session: draw.issue_id, occurrence: met.occurrence, version: met.version };
  const rolled = below ? await s3Roll({ ...place, uid: player, nonce, below }) : null;
  const facts = [...inputs, ["权重合计", below], ["重新计算的随机数", rolled], ["记录的随机数", met.roll]];
  const good = rolled === null ? "没有可抽的奖品，不产生随机数。" : `重新计算的随机数是 ${rolled}，与记录相同。`;
  return judged(same(rolled, met.roll), good, "重新计算的随机数与记录不符。", facts);
}
