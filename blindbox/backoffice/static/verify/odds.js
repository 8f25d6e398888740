// What the terms of odds say beyond the odds themselves: a guarantee, and what replaces a prize that ran out.

export const ruleOf = (terms) => terms.config?.guarantee ?? null;
export const tableOf = (terms) => terms.rewards.map((reward) => [reward.id, reward.odds_ppm]);
export const sumOf = (table) => table.reduce((sum, [, ppm]) => sum + ppm, 0);

const levelOf = (terms, id) => terms.rewards.find((reward) => reward.id === id)?.level;
export const meets = (terms, id) => ruleOf(terms).levels.includes(levelOf(terms, id));

/** The odds among the guaranteed rewards, or null where the terms promise none. */
export const tierOf = (terms) => {
  const rule = ruleOf(terms);
  if (!rule) return null;
  return terms.rewards.filter(({ level }) => rule.levels.includes(level)).map(({ id, odds_ppm }) => [id, odds_ppm]);
};

/** The misses in a row go on as the reward makes them; without a guarantee nothing is counted. */
export function countsOn(terms, { reward_id: id, guarantee_before: before, guarantee_after: after }) {
  if (!ruleOf(terms)) return before === null && after === null;
  return Number.isInteger(before) && before >= 0 && after === (meets(terms, id) ? 0 : before + 1);
}

/** Whether the guarantee is due after so many misses and this reward does not meet it. */
export const owes = (terms, id, before) => ruleOf(terms) !== null && before + 1 >= ruleOf(terms).within && !meets(terms, id);

/** Whether a reward is what was won, or what the terms put in its place, step by step. */
export function gives(terms, won, given, substitutedFor) {
  if (substitutedFor === null) return won === given;
  let at = substitutedFor;
  for (let steps = terms.rewards.length; steps > 0 && at !== undefined; steps--) {
    const reward = terms.rewards.find(({ id }) => id === at);
    at = reward && "quantity" in reward ? reward.substitute_id : undefined;
    if (at === given) return won === substitutedFor;
  }
  return false;
}

/** A player's draws since the last hit, as they stood at one of them; a refunded one counts until it was refunded. */
export function missesAt(terms, own, place) {
  let misses = 0;
  for (let at = place - 1; at >= 0; at--) {
    if (own[at].refund_seq !== null && own[at].refund_seq <= own[place].seq) continue;
    if (meets(terms, own[at].reward_id)) break;
    misses++;
  }
  return misses;
}
