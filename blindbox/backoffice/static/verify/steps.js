// What one check found: "ok", "bad", or "wait" when what it needs is not yet public. People read the texts.

const step = (state) => (text, facts = []) => ({ state, text, facts: facts.filter(([, value]) => value != null) });
export const ok = step("ok");
export const bad = step("bad");
export const wait = step("wait");

export const judged = (holds, good, wrong, facts) => (holds ? ok(good, facts) : bad(wrong, facts));

/** Runs a check under its title; a proof that lacks or garbles what the check needs has failed it. */
export async function titled(title, check) {
  try {
    return { title, ...(await check()) };
  } catch (error) {
    return { title, ...bad(`证明数据缺失或格式不对，无法核对（${error.message}）`) };
  }
}

export function rewardName(terms, id) {
  const reward = terms.rewards?.find((candidate) => candidate.id === id);
  return reward ? [reward.level, reward.name].filter(Boolean).join(" · ") : `奖品 ${id}`;
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
