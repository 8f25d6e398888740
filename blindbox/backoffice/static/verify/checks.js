// A draw's proof in, what was found out: every step with its verdict, and one verdict over all.

import { checkDeck } from "./deck.js";
import { checkPairs } from "./pairs.js";
import { checkEntry, checkTerms, isBefore } from "./published.js";
import { checkS3 } from "./s3.js";
import { bad, titled } from "./steps.js";
import { checkWeighted } from "./weighted.js";

const ALGORITHMS = { "deck/1": checkDeck, "pairs/1": checkPairs, "weighted/1": checkWeighted, "s3/1": checkS3 };
const BY_DAYS = ["pairs/1", "weighted/1", "s3/1"];

export async function checkDraw(proof) {
  const checkResult = ALGORITHMS[proof.algorithm];
  if (!checkResult) return concluded([{ title: "抽奖方式", ...bad(`本页不认识抽奖方式「${proof.algorithm}」。`) }]);
  const terms = parsed(proof.issue?.terms);
  const steps = [
    await titled("条款未被改动", () => checkTerms(proof, terms)),
    await titled("承诺事先公布", () => checkCommitment(proof)),
  ];
  try {
    steps.push(...(await checkResult(proof, terms)));
  } catch (error) {
    steps.push({ title: "抽奖结果", ...bad(`证明数据缺失或格式不对，无法核对（${error.message}）`) });
  }
  return concluded(steps);
}

/** Every step must hold; the one that decides the reward may still be waiting for a secret. */
function concluded(steps) {
  const failed = steps.some(({ state }) => state === "bad");
  const waiting = steps.some(({ state, decides }) => decides && state === "wait");
  return { verdict: failed ? "bad" : waiting ? "wait" : "ok", steps };
}

async function checkCommitment({ issue, draw, algorithm }) {
  // Days have no box to commit to: there the commitment is the hash of the terms itself.
  if (BY_DAYS.includes(algorithm) && issue.commitment !== issue.terms_hash) return bad("承诺的不是这份条款。");
  const inTime = !isBefore(draw.drawn_at, issue.log.published_at); // the browser knows milliseconds only
  return checkEntry(issue.log, `issue:${issue.issue_id}`, issue.commitment, inTime);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { rewards: [] };
  }
}
