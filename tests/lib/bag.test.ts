import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bag, type Place } from '../../lib/bag.ts';

test('a bag holds what was put in and not yet taken out, whatever the order', () => {
  const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 50 })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const bag = new Bag<number>();
      const model = new Set<number>();
      const places: Place<number>[] = [];
      for (const step of all) {
        if (step === 'add') {
          model.add(places.length);
          places.push(bag.add(places.length));
        } else {
          const place = places[step];
          if (!place) continue;
          // A second time as well: nothing happens.
          bag.remove(place);
          model.delete(place.value);
        }
        expect(bag.size).toBe(model.size);
        expect(new Set(bag.values())).toEqual(model);
      }
    }),
  );
});
