// A whole issue of the generic tool, replayed version by version: every one is a draw or a release of the plan.

import { bad, judged, ok, titled } from "./steps.js";
import { endOf, given, isOfTerms } from "./tables.js";

export async function checkS3Draws(proof, terms) {
  const last = new Map(proof.occurrences.map(({ occurrence, version }) => [occurrence, version]));
  const draws = inOrder(proof.draws.map((draw) => ({ ...draw.session_draw, draw })), last);
  const history = { draws, releases: inOrder(proof.releases, last) };
  return [
    await titled("每个场次的版本", () => checkVersions(history, last)),
    await titled("均匀投放", () => checkPlan(history, terms)),
    await titled("每一抽之前的余量", () => checkLeft(history, terms)),
    await titled("每一抽的奖品", () => checkPrizes(history, terms)),
    await titled("每位玩家的次数和节点", () => checkCounts(history, terms)),
  ];
}

const compared = (one, other) =>
  one.occurrence < other.occurrence ? -1 : one.occurrence > other.occurrence ? 1 : one.version - other.version;

/** What happened in order; what came after the versions that the answer names was not yet counted there. */
const inOrder = (listed, last) =>
  listed.filter(({ occurrence, version }) => version <= (last.get(occurrence) ?? 0)).sort(compared);

const placeOf = ({ occurrence, version }) => `${occurrence} 第 ${version} 个版本`;

function checkVersions({ draws, releases }, last) {
  const own = draws.map(placeOf);
  const seen = new Set([...own, ...releases.map(placeOf)]);
  const due = [...last].flatMap(([occurrence, end]) =>
    Array.from({ length: end }, (_, n) => placeOf({ occurrence, version: n + 1 })));
  const gap = due.find((place) => !seen.has(place));
  const whole = !gap && seen.size === due.length && new Set(own).size === own.length;
  const good = `${last.size} 个场次共 ${due.length} 个版本，没有空缺和重复。`;
  return judged(whole, good, gap ? `${gap}缺失。` : "版本重复，或不从 1 起。", [["抽数", own.length]]);
}

/** The draws in order, each with the releases that came before it or with it; the last entry has no draw. */
function* withReleases({ draws, releases }) {
  let next = 0;
  for (const each of [...draws, null]) {
    const start = next;
    while (next < releases.length && (!each || compared(releases[next], each) <= 0)) next++;
    yield [releases.slice(start, next), each];
  }
}

const rowOf = ({ reward_id: id, at, quantity }) => JSON.stringify([id, Date.parse(at), quantity]);

/** Each release is one of the plan and not early, and none was held back from a draw. */
function checkPlan(history, terms) {
  const plan = new Map((terms.releases ?? []).map((row) => [rowOf(row), Date.parse(row.at)]));
  const facts = [["计划投放", plan.size], ["已投放", history.releases.length]];
  let nextDue = Math.min(...plan.values());
  for (const [releases, each] of withReleases(history)) {
    for (const release of releases) {
      const due = plan.get(rowOf(release));
      const fits = due !== undefined && due <= Date.parse(release.released_at);
      if (!fits) return bad(`${placeOf(release)}的投放不在计划里，或早于计划。`, facts);
      plan.delete(rowOf(release));
      nextDue = Math.min(...plan.values());
    }
    const until = each && Math.min(Date.parse(each.draw.drawn_at), endOf(terms, each.occurrence));
    if (each && nextDue < until) return bad(`${placeOf(each)}抽奖时，到期的投放还没有投入。`, facts);
  }
  return ok("每一次投放都在公示的计划里，不早也不晚。", facts);
}

function checkLeft(history, terms) {
  const planned = new Set((terms.releases ?? []).map(({ reward_id: id }) => id));
  const limited = terms.rewards.filter((reward) => "quantity" in reward);
  const left = new Map(limited.map(({ id, quantity }) => [id, planned.has(id) ? 0 : quantity]));
  for (const [releases, each] of withReleases(history)) {
    for (const { reward_id: id, quantity } of releases) left.set(id, (left.get(id) ?? 0) + quantity);
    if (!each) continue;
    const wrong = each.rewards.some((id, place) => each.q[place] !== (left.get(id) ?? null));
    if (wrong) return bad(`${placeOf(each)}：记录的剩余数量不是之前的投放和抽奖所剩的。`);
    const { reward_id: id } = each.draw;
    if (left.get(id) === 0) return bad(`${placeOf(each)}给出的奖品已经没有。`);
    if (left.has(id)) left.set(id, left.get(id) - 1);
  }
  return ok("从开放时的数量起，逐次投放、逐抽重数，每一抽之前的余量都相符。", [["现在的余量", JSON.stringify([...left])]]);
}

function checkPrizes({ draws }, terms) {
  const isGiven = (each) => each.roll === each.draw.roll && given(terms, each) === each.draw.reward_id;
  const wrong = draws.find((each) => !isOfTerms(terms, each) || !isGiven(each));
  const good = "每一抽的奖品和权重都是条款的，奖品都由记录的随机数得出；随机数本身由每一抽自己的证明核对。";
  return judged(!wrong, good, wrong && `${placeOf(wrong)}的奖品或权重不符。`);
}

/** A player's limits hold, and where the type asks for it the n-th draw was at node n. */
function checkCounts({ draws }, { config }) {
  const [counts, reached] = [new Map(), new Map()];
  const count = (key) => counts.set(key, (counts.get(key) ?? 0) + 1).get(key);
  const wrong = draws.find(({ occurrence, node, draw: { player } }) => {
    const [n, all] = [count(`${occurrence} ${player}`), count(player)];
    const over = n > (config.session_times_limit || n) || all > (config.times_limit || all);
    const low = node <= (reached.get(player) ?? 0); // draws of other issues count too, so numbers may be missing
    if (config.count_within === "activity") reached.set(player, node);
    return over || (config.count_within === "session" && node !== n) || (config.count_within === "activity" && low);
  });
  return judged(!wrong, "没有人超过次数，第几次就用第几个节点。", wrong && `${placeOf(wrong)}的次数或节点不符。`);
}
