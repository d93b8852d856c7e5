// A number that is known when an operation is compiled, or worked out from its variables each time. What is constant is added
// up once, so that a price costs a handful of multiplications.
import type { Variables } from '../sources/source.ts';

export type Amount = number | ((variables: Variables) => number);

export const valueOf = (amount: Amount, variables: Variables): number => (typeof amount === 'number' ? amount : amount(variables));

export function sum(amounts: readonly Amount[]): Amount {
  let fixed = 0;
  const open: ((variables: Variables) => number)[] = [];
  for (const amount of amounts) {
    if (typeof amount === 'number') fixed += amount;
    else open.push(amount);
  }
  const [first, second] = open;
  if (!first) return fixed;
  if (!second) return fixed === 0 ? first : (variables) => fixed + first(variables);
  return (variables) => {
    let total = fixed;
    for (const amount of open) total += amount(variables);
    return total;
  };
}

export function times(size: Amount, amount: Amount): Amount {
  if (size === 0 || amount === 0) return 0;
  if (size === 1) return amount;
  if (amount === 1) return size;
  if (typeof size === 'number') return typeof amount === 'number' ? size * amount : (variables) => size * amount(variables);
  return typeof amount === 'number' ? (variables) => size(variables) * amount : (variables) => size(variables) * amount(variables);
}

export function highest(amounts: readonly Amount[]): Amount {
  const fixed = amounts.filter((amount) => typeof amount === 'number');
  const open = amounts.filter((amount) => typeof amount !== 'number');
  const least = Math.max(0, ...fixed);
  if (open.length === 0) return least;
  return (variables) => open.reduce((most, amount) => Math.max(most, amount(variables)), least);
}

/** Nothing where one of the conditions does not hold. */
export function only(conditions: readonly ((variables: Variables) => boolean)[], amount: Amount): Amount {
  if (conditions.length === 0 || amount === 0) return amount;
  return (variables) => (conditions.every((holds) => holds(variables)) ? valueOf(amount, variables) : 0);
}
