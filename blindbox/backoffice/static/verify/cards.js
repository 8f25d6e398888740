// A session of 对对碰, played again by its published rules: pure functions, no DOM, no network.

/** What happened, how many pairs there were, which cards came; of what is due, the lucky card comes before a pair. */
export function played(deck, config, choice) {
  const session = { events: [], pairs: 0, cards: [] };
  const lying = new Map();
  let lucky = 0;
  const deal = (n) => {
    const cards = deck.slice(session.cards.length, session.cards.length + n);
    if (!cards.length) return;
    session.cards.push(...cards);
    session.events.push({ deal: cards });
    for (const card of cards) lying.set(card, (lying.get(card) ?? 0) + 1);
    lucky += cards.filter((card) => String(card) === choice).length;
  };
  const tell = (event, n) => {
    session.events.push(event);
    deal(n);
  };
  deal(config.hand);
  if (config.different_gain && lying.size === config.hand) tell({ different: true }, config.different_gain);
  for (let pair = leastPair(lying); lucky || pair !== undefined; pair = leastPair(lying)) {
    if (lucky) {
      lucky--;
      tell({ lucky: Number(choice) }, config.lucky_gain);
    } else {
      lying.set(pair, lying.get(pair) - 2);
      session.pairs++;
      tell({ pair }, config.gain);
    }
  }
  return session;
}

function leastPair(lying) {
  const found = [...lying].filter(([, n]) => n > 1).map(([card]) => card);
  return found.length ? Math.min(...found) : undefined;
}

export const dealtIn = (events) => events.flatMap(({ deal = [] }) => deal);

/** The highest tier that so many pairs reach. */
export function tierOf(terms, pairs) {
  const reached = terms.rewards.filter(({ node }) => node !== undefined && node <= pairs);
  return reached.reduce((one, other) => (other.node > one.node ? other : one)).id;
}

/** What ran out between the tier and what was given, by the substitutes that the terms declare; null if they do not lead there. */
export function skippedBetween(terms, tier, given) {
  const skipped = [];
  for (let at = tier; at !== given; ) {
    const reward = terms.rewards.find(({ id }) => id === at);
    if (!reward || !("quantity" in reward) || skipped.includes(at)) return null;
    skipped.push(at);
    at = reward.substitute_id;
  }
  return skipped;
}
