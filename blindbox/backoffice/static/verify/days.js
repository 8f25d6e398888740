// Checks of a day's secret: committed before the day begins, revealed after it.

import { dayCommitment } from "./fairness.js";
import { checkEntry, isBefore, shanghai } from "./published.js";
import { judged, wait } from "./steps.js";

const A_DAY = 86_400_000;
const dayAfter = (day) => new Date(Date.parse(`${day}T00:00:00Z`) + A_DAY).toISOString().slice(0, 10);

export const untilReveal = (day) => `${dayAfter(day)} 01:00 公布密钥后可验证`;

/** When the secret of a draw will be public: a day's on the next one, a box's once it is over. */
export function whenRevealed({ day }, terms) {
  if (day) return `${untilReveal(day)}；当天还有订单没结算时稍晚。`;
  const planned = terms.ends_at ? `，计划结束时间 ${shanghai(terms.ends_at)}` : "";
  return `密钥在本期售完或结束之后公布${planned}。`;
}

export function checkDay({ day, day_commitment, day_log, issue }) {
  // On the day on which a shop opens its first issue, the day's entry cannot be older than the day, but than the issue.
  const inTime = isBefore(day_log.published_at, `${day}T00:00:00+08:00`) || day_log.seq < issue.log.seq;
  return checkEntry(day_log, `day:${day}`, day_commitment, inTime);
}

export async function checkDaySecret({ day, day_commitment, day_secret }) {
  if (!day_secret) return wait(`${untilReveal(day)}：当日密钥要在当天全部订单结算之后公布。`);
  const commitment = await dayCommitment(day, day_secret);
  const facts = [["公布的当日密钥", day_secret], ["重新计算的承诺", commitment], ["事先公布的承诺", day_commitment]];
  return judged(commitment === day_commitment, `密钥正是 ${day} 之前承诺的那一个。`, "密钥与事先的承诺不符。", facts);
}

/** What a result depends on besides the secret, in words. */
export const inputsOf = ({ day, player, seq, nonce }) =>
  [["日期", day], ["玩家代号", player], ["本期第几次（从 0 起）", seq], ["您的随机串", nonce]];
