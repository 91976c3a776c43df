/** fast-check for the tests: the same texts each time, so that whoever runs them sees what others see; `npm run fuzz` draws them anew. */
import fc from 'fast-check';

if (process.env.FUZZ !== 'anew') fc.configureGlobal({ seed: 51609 });

const junk = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 60 }),
  ...[
    ['', ' ', '\n', '\r\n', '\t', '\0', '\u001e', '\u2028', '𝟛', 'ß'],
    ['-', '<', '>', '/', '&amp;', '<![CDATA[', ']]>', "'", '"'],
  ].map((some) => fc.constantFrom(...some)),
  fc.constantFrom('0', '-1', '1', '100', '255', '65024', '1795409972', '9'.repeat(400), '1e309', '0x10', 'NaN', 'Infinity', 'null', '٣'),
);
/** One thing that goes wrong with a text; places are given as parts of its length. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const mishap: fc.Arbitrary<(text: string) => string> = fc.tuple(place, place, place, junk).chain(([first, second, third, some]) => {
  const at = (text: string, part: number) => Math.round(part * text.length);
  const cut = (text: string, from: number, to: number) => text.slice(at(text, Math.min(from, to)), at(text, Math.max(from, to)));
  return fc.constantFrom<((text: string) => string)[]>(
    (text) => cut(text, 0, first),
    (text) => cut(text, 0, Math.min(first, second)) + cut(text, Math.max(first, second), 1),
    (text) => cut(text, 0, first) + some + cut(text, first, 1),
    (text) => cut(text, 0, first) + some + text.slice(at(text, first) + some.length),
    (text) => cut(text, 0, first) + cut(text, second, third) + cut(text, first, 1),
    (text) => {
      const numbers = [...text.matchAll(/-?\d+/g)];
      const number = numbers[Math.floor(first * numbers.length)];
      return number ? text.slice(0, number.index) + some + text.slice(number.index + number[0].length) : some;
    },
    (text) => {
      const lines = text.split('\n');
      return lines.toSpliced(Math.floor(first * lines.length), 1, ...lines.slice(Math.floor(second * lines.length)).slice(0, 2)).join('\n');
    },
    (text) => text.replaceAll('\n', '\r\n'),
    (text) => text + text,
    (text) => text.toUpperCase(),
    () => some,
  );
});
/** Texts that were cut, doubled, or mixed with junk. */
export const garbling = fc
  .array(mishap, { minLength: 1, maxLength: 2 })
  .map((several) => (text: string) => several.reduce((so, go) => go(so), text));

export default fc;
