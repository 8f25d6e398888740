// Checks of what was published before the draw: the terms and the entries of the public log.

import { entryHash, termsHash } from "./fairness.js";
import { bad, judged } from "./steps.js";

export async function checkTerms({ issue, draw, algorithm }, terms) {
  const hash = await termsHash(issue.terms);
  const facts = [["条款原文（其中的时间为 UTC）", issue.terms], ["重新计算的哈希", hash], ["公布的哈希", issue.terms_hash]];
  if (hash !== issue.terms_hash) return bad("条款原文与公布的哈希不符，条款被改动过。", facts);
  const meant = terms.issue_id === issue.issue_id && draw.issue_id === issue.issue_id && terms.algorithm === algorithm;
  if (!meant) return bad("条款不属于这一期，或抽奖方式与条款不同。", facts);
  const listed = terms.rewards.some((reward) => reward.id === draw.reward_id);
  return judged(listed, "条款（奖品、数量或概率、价格）与公布时逐字一致。", "抽中的奖品不在条款里。", facts);
}

/** An entry of the log must name the subject and its commitment, and hash to what it says; `inTime`: it came early. */
export async function checkEntry(log, subject, commitment, inTime) {
  const hash = await entryHash(log);
  const facts = [
    ["公开日志序号", log.seq], ["主题", log.subject], ["承诺", log.commitment], ["公布时间（UTC）", log.published_at],
    ["上一条哈希", log.prev_hash], ["本条哈希", log.entry_hash], ["重新计算的哈希", hash],
  ];
  if (hash !== log.entry_hash) return bad("公开日志这一条的哈希对不上，内容被改动过。", facts);
  const named = log.subject === subject && log.commitment === commitment;
  if (!named) return bad("公开日志这一条承诺的不是这次抽奖。", facts);
  const good = `承诺在 ${shanghai(log.published_at)} 已写入公开日志，先于抽奖。`;
  return judged(inTime, good, "承诺公布得太晚，不算事先公布。", facts);
}

export const isBefore = (one, other) => Date.parse(one) < Date.parse(other);

export const shanghai = (moment) =>
  new Date(moment).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
